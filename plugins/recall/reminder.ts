import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { v7 as newId } from 'uuid';
import { DateTime, defineMail, withheld, type Context } from 'clinic-rapport';
import { Appointment, clinicOf, Patient } from 'clinic-rapport/schema';
import { appointmentTemplate, invitation } from './appointment-mails.ts';
import { sample } from './mails/sample.ts';
import { reminderTexts } from './mails/texts.ts';
import { dueAt, OffsetScalar, type Offset } from './offset.ts';
import { RecallSettings } from './settings.ts';
import { standingOf } from './standing.ts';

export const ReminderChannel = { EMAIL: 'EMAIL' } as const;
export type ReminderChannel = keyof typeof ReminderChannel;

registerEnumType(ReminderChannel, {
  name: 'ReminderChannel',
  description: 'How a patient is reminded.',
  valuesConfig: { EMAIL: { description: 'By e-mail.' } },
});

/** Why a reminder was given up before it came to sending. */
export type Dropped = 'OFFSET_PASSED' | 'APPOINTMENT_CHANGED' | 'APPOINTMENT_CANCELLED';

@ObjectType({
  description: 'A message that reminds a patient of one appointment, planned when it was booked or moved.',
})
@Entity({ tableName: 'recall_reminder' })
export class Reminder {
  @Field(() => ID, { description: 'Id of the reminder.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Field(() => Appointment, { description: 'The appointment that it reminds of.' })
  @ManyToOne(() => Appointment)
  appointment: Appointment;

  @ManyToOne(() => Patient)
  patient: Patient;

  @Field(() => Int, { description: 'The version that the appointment had when it was booked or moved to this time.' })
  @Property({ type: 'integer' })
  version: number;

  @Field(() => OffsetScalar, { description: 'How long before the appointment it is due.' })
  @Property({ type: 'text', fieldName: 'time_before' })
  offset: Offset;

  @Field(() => ReminderChannel, { description: 'How it is sent.' })
  @Property({ type: 'text' })
  channel: ReminderChannel;

  @Field(() => DateTime, { description: 'The start of the appointment that it was planned for.' })
  @Property({ type: 'datetime' })
  startsAt: Date;

  @Field(() => DateTime, { description: 'When it is to be sent.' })
  @Property({ type: 'datetime' })
  dueAt: Date;

  @Property({ type: 'text', nullable: true })
  dropped?: Dropped | null;

  /** A legal hold keeps it from erasure. */
  @Property({ type: 'boolean' })
  held: Opt<boolean> = false;
}

export const reminderMail = defineMail<{ reminderId: string }>('recall.reminder', {
  purpose: 'reminder',
  stream: 'transactional',
  template: appointmentTemplate,
  texts: reminderTexts,
  sample,
  async fields({ reminderId }, context, locale) {
    const reminder = await context.em.findOne(Reminder, reminderId);
    if (!reminder) return withheld('REMINDER_ERASED');
    if (reminder.dropped) return withheld(reminder.dropped);
    const { appointment, startsAt } = reminder;
    const agreement = { appointmentId: appointment.id, startsAt: startsAt.toISOString() };
    const standing = await standingOf(agreement, context);
    if (!standing.obstacle && (await isOvertaken(reminder, context))) return withheld('TOO_LATE');
    return invitation(standing, context, locale);
  },
});

/** After an outage several are due at once; only the last of them is worth a mail. */
async function isOvertaken({ appointment, version, dueAt }: Reminder, { em, now }: Context): Promise<boolean> {
  const later = { appointment, version, dropped: null, dueAt: { $gt: dueAt, $lte: now } };
  return (await em.count(Reminder, later)) > 0;
}

/**
 * Plans the reminders of an appointment that was booked or moved, in place of those for an earlier time. An offset that
 * has passed already is written down as skipped, so that staff see why nothing was sent.
 */
export async function planReminders(appointment: Appointment, version: number, context: Context): Promise<void> {
  const { em } = context;
  const known = await em.find(Reminder, { appointment });
  if (known.some(reminder => reminder.version >= version)) return;
  for (const reminder of known) reminder.dropped ??= 'APPOINTMENT_CHANGED';
  const { reminderOffsets } = await context.settings(RecallSettings);
  const { timeZone } = await clinicOf(context);
  const { patient, startsAt } = appointment;
  for (const offset of new Set(reminderOffsets)) {
    const due = dueAt(startsAt!, offset, timeZone);
    const dropped = due <= context.now ? 'OFFSET_PASSED' : null;
    const plan = {
      appointment,
      patient,
      version,
      offset,
      channel: 'EMAIL',
      startsAt: startsAt!,
      dueAt: due,
      dropped,
    } as const;
    const reminder = em.create(Reminder, plan);
    if (dropped) continue;
    await context.send(
      reminderMail,
      { patientId: patient.id },
      { reminderId: reminder.id },
      { at: due, key: reminder.id },
    );
  }
}

/** An appointment that was called off is not reminded of. */
export async function dropReminders(appointmentId: string, { em }: Context): Promise<void> {
  await em.nativeUpdate(Reminder, { appointment: appointmentId, dropped: null }, { dropped: 'APPOINTMENT_CANCELLED' });
}
