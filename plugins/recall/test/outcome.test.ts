import type { Delivery } from 'clinic-rapport/schema';
import { outcomeOf, type Outcome } from '../outcome.ts';
import type { Dropped } from '../reminder.ts';

const sentAt = new Date('2026-06-09T02:30:00Z');

const cases: [dropped: Dropped | null, delivery: Partial<Delivery> | undefined, outcome: Outcome][] = [
  [null, undefined, { state: 'PLANNED' }],
  [null, { state: 'queued' }, { state: 'PLANNED' }],
  [null, { state: 'claimed' }, { state: 'PLANNED' }],
  [null, { state: 'sending' }, { state: 'PLANNED' }],
  [null, { state: 'sent', sentAt }, { state: 'SENT', sentAt }],
  [null, { state: 'sent', reason: 'BOUNCED 5.2.2', sentAt }, { state: 'FAILED', reason: 'BOUNCED 5.2.2', sentAt }],
  [null, { state: 'withheld', reason: 'CONSENT_WITHDRAWN' }, { state: 'SKIPPED', reason: 'CONSENT_WITHDRAWN' }],
  [null, { state: 'withheld', reason: 'APPOINTMENT_CHANGED' }, { state: 'CANCELLED', reason: 'APPOINTMENT_CHANGED' }],
  [null, { state: 'failed', reason: '550 no such user' }, { state: 'FAILED', reason: '550 no such user' }],
  [null, { state: 'uncertain', reason: null }, { state: 'FAILED', reason: undefined }],
  ['OFFSET_PASSED', undefined, { state: 'SKIPPED', reason: 'OFFSET_PASSED' }],
  ['APPOINTMENT_CANCELLED', { state: 'queued' }, { state: 'CANCELLED', reason: 'APPOINTMENT_CANCELLED' }],
  ['APPOINTMENT_CHANGED', { state: 'sent', sentAt }, { state: 'SENT', sentAt }],
];

test.each(cases)('dropped %j and delivery %j', (dropped, delivery, outcome) => {
  expect(outcomeOf(dropped, delivery as Delivery | undefined)).toEqual(outcome);
});
