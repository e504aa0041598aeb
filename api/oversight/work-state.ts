import { registerEnumType } from 'type-graphql';

export const WorkState = { WAITING: 'waiting', RUNNING: 'running', DEAD: 'dead' } as const;
export type WorkState = (typeof WorkState)[keyof typeof WorkState];

registerEnumType(WorkState, {
  name: 'WorkState',
  description: 'Where a job stands, or an event on its way to a handler. What is done is gone.',
  valuesConfig: {
    WAITING: { description: 'Waits until it is due, for the first time or to be tried again.' },
    RUNNING: { description: 'A worker has it.' },
    DEAD: { description: 'Tried as often as it may be: a dead letter, which stays until someone decides.' },
  },
});
