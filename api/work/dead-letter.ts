import { defineEvent } from '../define.ts';
import type { WorkTable } from './claims.ts';

/** What was tried as often as it may be, and stays until someone decides. No data of it: it may be about people. */
export interface DeadLetter {
  /** Of the job, or of the handling of an event. */
  id: string;
  kind: 'JOB' | 'HANDLING';
  plugin: string;
  /** The job, or plugin and handler. */
  name: string;
  attempts: number;
  reason: string;
}

export const deadLettered = defineEvent<DeadLetter>('work.dead-lettered', ({ id }) => ({ type: 'dead-letter', id }));

export const kindOf = ({ table }: WorkTable): DeadLetter['kind'] => (table === 'job' ? 'JOB' : 'HANDLING');
