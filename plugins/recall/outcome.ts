import { registerEnumType } from 'type-graphql';
import { defineLoader } from 'clinic-rapport';
import { Delivery } from 'clinic-rapport/schema';
import { reminderMail, type Dropped } from './reminder.ts';

export const ReminderState = {
  PLANNED: 'PLANNED',
  SENT: 'SENT',
  SKIPPED: 'SKIPPED',
  CANCELLED: 'CANCELLED',
  FAILED: 'FAILED',
} as const;
export type ReminderState = keyof typeof ReminderState;

registerEnumType(ReminderState, {
  name: 'ReminderState',
  description: 'What became of a reminder.',
  valuesConfig: {
    PLANNED: { description: 'It will be sent when it is due.' },
    SENT: { description: 'It was handed over to the mail server.' },
    SKIPPED: {
      description: 'It was not sent: it was too late for it, or the patient must not or cannot be written to.',
    },
    CANCELLED: { description: 'It was not sent, as the appointment was changed or called off.' },
    FAILED: { description: 'It could not be sent, or nobody knows whether it was.' },
  },
});

/** What became of a reminder: the mail pipeline is the truth, except for what never came that far. */
export interface Outcome {
  readonly state: ReminderState;
  /** Why it was not sent. */
  readonly reason?: string;
  readonly sentAt?: Date;
}

/** The delivery of a reminder's mail, by the id of the reminder. */
export const deliveryOfReminder = defineLoader<string, Delivery | undefined>(async (ids, { em }) => {
  const deliveries = await em.find(Delivery, { mail: reminderMail.name, key: { $in: [...ids] } });
  const byKey = new Map(deliveries.map(delivery => [delivery.key, delivery]));
  return ids.map(id => byKey.get(id));
});

export function outcomeOf(dropped: Dropped | null | undefined, delivery: Delivery | undefined): Outcome {
  const reason = delivery?.reason ?? undefined;
  const sentAt = delivery?.sentAt ?? undefined;
  if (delivery?.state === 'sent') return reason ? { state: 'FAILED', reason, sentAt } : { state: 'SENT', sentAt };
  if (delivery?.state === 'failed' || delivery?.state === 'uncertain') return { state: 'FAILED', reason };
  if (dropped) return { state: dropped === 'OFFSET_PASSED' ? 'SKIPPED' : 'CANCELLED', reason: dropped };
  if (delivery?.state !== 'withheld') return { state: 'PLANNED' };
  return { state: reason?.startsWith('APPOINTMENT_') ? 'CANCELLED' : 'SKIPPED', reason };
}
