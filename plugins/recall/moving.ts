import { moveMails, type Context } from 'clinic-rapport';
import type { ClinicZoneChange } from 'clinic-rapport/schema';
import { dueAt, type Offset } from './offset.ts';
import { reminderMail } from './reminder.ts';
import { settledZone } from './zone.ts';

interface Planned {
  readonly id: string;
  readonly offset: Offset;
  readonly starts_at: string;
  readonly due_at: string;
}

/** What waits to be sent is due by the calendar of the clinic's new zone. */
export async function moveReminders(_: ClinicZoneChange, context: Context): Promise<void> {
  const { em, clinicId, now } = context;
  const timeZone = await settledZone(context);
  const planned = await em.execute<Planned[]>(
    `select id, time_before as offset, to_json(starts_at) #>> '{}' as starts_at, to_json(due_at) #>> '{}' as due_at
     from recall_reminder where clinic_id = ? and dropped is null and due_at > ?::timestamptz`,
    [clinicId, now.toISOString()],
  );
  const moved = planned
    .map(({ id: key, offset, starts_at, due_at }) => ({
      key,
      at: dueAt(new Date(starts_at), offset, timeZone),
      before: new Date(due_at),
    }))
    .filter(({ at, before }) => at.getTime() !== before.getTime());
  await em.execute(
    `update recall_reminder r set due_at = t.at from jsonb_to_recordset(?::jsonb) t (key uuid, at timestamptz)
     where r.clinic_id = ? and r.id = t.key`,
    [JSON.stringify(moved), clinicId],
  );
  await moveMails(reminderMail, moved, context);
}
