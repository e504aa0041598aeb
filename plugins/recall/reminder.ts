import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { v7 as newId } from 'uuid';
import { DateTime, defineLoader, defineMail, withheld, type Context } from 'clinic-rapport';
import { Appointment, Patient } from 'clinic-rapport/schema';
import { appointmentTemplate, invitation } from './appointment-mails.ts';
import { sample } from './mails/sample.ts';
import { reminderTexts } from './mails/texts.ts';
import { dueAt, OffsetScalar, type Offset } from './offset.ts';
import { RecallSettings } from './settings.ts';
import { tellingOf } from './told.ts';
import { settledZone } from './zone.ts';

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
    const reminder = await context.load(remindersDue, reminderId);
    if (!reminder) return withheld('REMINDER_ERASED');
    if (reminder.dropped) return withheld(reminder.dropped);
    const { appointmentId, startsAt, isLate } = reminder;
    const telling = await tellingOf({ appointmentId, startsAt }, context);
    if (!telling.obstacle && isLate) return withheld('TOO_LATE');
    return invitation(telling, context, locale);
  },
});

interface ReminderDue {
  readonly id: string;
  readonly dropped: Dropped | null;
  readonly appointmentId: string;
  /** RFC 3339. */
  readonly startsAt: string;
  /** After an outage: more than half of the time until the next one, or until the appointment, is over. */
  readonly isLate: boolean;
}

const remindersDue = defineLoader<string, ReminderDue | undefined>(async (ids, { em, clinicId, now }) => {
  const rows = await em.execute<ReminderDue[]>(
    `select r.id, r.dropped, r.appointment_id as "appointmentId", to_json(r.starts_at) #>> '{}' as "startsAt",
       ?::timestamptz - r.due_at > (coalesce((select min(l.due_at) from recall_reminder l
         where l.clinic_id = r.clinic_id and l.appointment_id = r.appointment_id and l.version = r.version
           and l.dropped is null and l.due_at > r.due_at), r.starts_at) - r.due_at) / 2 as "isLate"
     from recall_reminder r
     where r.clinic_id = ? and r.id = any(?::uuid[])`,
    [now.toISOString(), clinicId, `{${ids.join()}}`],
  );
  const byId = new Map(rows.map(row => [row.id, row]));
  return ids.map(id => byId.get(id));
});

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
  const timeZone = await settledZone(context);
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
