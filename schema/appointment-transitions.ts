import { registerEnumType } from 'type-graphql';
import { conflict } from 'clinic-rapport';

export const AppointmentStatus = {
  PENDING: 'PENDING',
  BOOKED: 'BOOKED',
  CONFIRMED: 'CONFIRMED',
  ARRIVED: 'ARRIVED',
  FULFILLED: 'FULFILLED',
  CANCELLED: 'CANCELLED',
  NO_SHOW: 'NO_SHOW',
  WAITLIST: 'WAITLIST',
} as const;
export type AppointmentStatus = keyof typeof AppointmentStatus;

registerEnumType(AppointmentStatus, {
  name: 'AppointmentStatus',
  description: 'Where an appointment stands.',
  valuesConfig: {
    PENDING: { description: 'Asked for; the clinic has yet to accept it. Takes its time.' },
    BOOKED: { description: 'Booked. Takes its time.' },
    CONFIRMED: { description: 'The patient said to come. Takes its time.' },
    ARRIVED: { description: 'The patient is here. Takes its time.' },
    FULFILLED: { description: 'The patient was seen.' },
    CANCELLED: { description: 'Called off by the patient or the clinic.' },
    NO_SHOW: { description: 'The patient did not come.' },
    WAITLIST: { description: 'Waits for a time to become free.' },
  },
});

/** Every way in which an appointment changes, from which states, and to which. There is no other. */
export const transitions = {
  CONFIRMED: { from: ['PENDING', 'BOOKED'], to: 'CONFIRMED' },
  RESCHEDULED: { from: ['PENDING', 'BOOKED', 'CONFIRMED', 'WAITLIST', 'NO_SHOW'], to: 'BOOKED' },
  CANCELLED: { from: ['PENDING', 'BOOKED', 'CONFIRMED', 'WAITLIST'], to: 'CANCELLED' },
  // A no-show that came late after all is an arrival.
  ARRIVED: { from: ['PENDING', 'BOOKED', 'CONFIRMED', 'NO_SHOW'], to: 'ARRIVED' },
  FULFILLED: { from: ['ARRIVED'], to: 'FULFILLED' },
  MISSED: { from: ['PENDING', 'BOOKED', 'CONFIRMED'], to: 'NO_SHOW' },
} as const satisfies Record<string, { from: readonly AppointmentStatus[]; to: AppointmentStatus }>;

export type AppointmentTransition = keyof typeof transitions;

export const AppointmentChangeKind = {
  BOOKED: 'BOOKED',
  CONFIRMED: 'CONFIRMED',
  RESCHEDULED: 'RESCHEDULED',
  CANCELLED: 'CANCELLED',
  ARRIVED: 'ARRIVED',
  FULFILLED: 'FULFILLED',
  MISSED: 'MISSED',
} as const;
export type AppointmentChangeKind = keyof typeof AppointmentChangeKind;

registerEnumType(AppointmentChangeKind, {
  name: 'AppointmentChangeKind',
  description: 'What happened to an appointment.',
  valuesConfig: {
    BOOKED: { description: 'It was booked.' },
    CONFIRMED: { description: 'The patient said to come.' },
    RESCHEDULED: {
      description: 'Its time, practitioner or room changed; an earlier confirmation does not count any more.',
    },
    CANCELLED: { description: 'It was called off.' },
    ARRIVED: { description: 'The patient checked in.' },
    FULFILLED: { description: 'The patient was seen.' },
    MISSED: { description: 'The patient did not come.' },
  },
});

export const allows = (transition: AppointmentTransition, status: AppointmentStatus): boolean =>
  (transitions[transition].from as readonly AppointmentStatus[]).includes(status);

/** The state after `transition`; throws CONFLICT where it is not allowed in the state `status`. */
export function stateAfter(transition: AppointmentTransition, status: AppointmentStatus): AppointmentStatus {
  if (allows(transition, status)) return transitions[transition].to;
  const { from, to } = transitions[transition];
  throw conflict(`An appointment that is ${status} cannot become ${to}: only one that is ${from.join(', ')} can.`);
}
