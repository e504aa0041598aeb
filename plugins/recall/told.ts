import { defineLoader, notFound, type Context } from 'clinic-rapport';
import type { Appointment, Localized } from 'clinic-rapport/schema';
import { obstacleOf, type Agreed, type Obstacle } from './standing.ts';

/** What a mail about an appointment is made of. */
export interface Told {
  readonly id: string;
  readonly status: Appointment['status'];
  readonly version: number;
  readonly startsAt: Date | null;
  readonly endsAt: Date | null;
  readonly patientId: string;
  readonly patient: string;
  readonly practitioner: Readonly<{ name: string; title?: string | null }> | null;
  readonly room: string | null;
  readonly location: Readonly<{
    name: Localized;
    address: Localized;
    directions?: Localized | null;
    parking?: Localized | null;
    phone?: string | null;
  }> | null;
}

type Row = Omit<Told, 'startsAt' | 'endsAt'> & Record<'startsAt' | 'endsAt', number | string | null>;

const statement = `select a.id, a.status, a.version, (extract(epoch from a.starts_at) * 1000)::float8 as "startsAt",
    (extract(epoch from a.ends_at) * 1000)::float8 as "endsAt",
    a.patient_id as "patientId", p.name as patient, r.name as room,
    case when d.id is not null then jsonb_build_object('name', d.name, 'title', d.title) end as practitioner,
    case when l.id is not null then jsonb_build_object('name', l.name, 'address', l.address,
      'directions', l.directions, 'parking', l.parking, 'phone', l.phone) end as location
  from appointment a
  join patient p on p.clinic_id = a.clinic_id and p.id = a.patient_id
  left join practitioner d on d.clinic_id = a.clinic_id and d.id = a.practitioner_id
  left join location l on l.clinic_id = a.clinic_id and l.id = a.location_id
  left join room r on r.clinic_id = a.clinic_id and r.id = a.room_id
  where a.clinic_id = ? and a.id = any(?::uuid[])`;

/** Rows and not entities: mails are prepared by the hundred, and an entity costs ten times as much. */
const appointments = defineLoader<string, Told | undefined>(async (ids, { em, clinicId }) => {
  const rows = await em.execute<Row[]>(statement, [clinicId, `{${ids.join()}}`]);
  const byId = new Map(rows.map(row => [row.id, row]));
  return ids.map(id => {
    const row = byId.get(id);
    return row && { ...row, startsAt: instantOf(row.startsAt), endsAt: instantOf(row.endsAt) };
  });
});

const instantOf = (milliseconds: number | string | null): Date | null =>
  milliseconds === null ? null : new Date(Number(milliseconds));

/** The appointment as it is now, and whether it still stands as agreed. Throws NOT_FOUND for one that is gone. */
export async function tellingOf(
  agreement: Agreed,
  context: Context,
): Promise<{ appointment: Told; obstacle: Obstacle | undefined }> {
  const appointment = await context.load(appointments, agreement.appointmentId);
  if (!appointment) throw notFound('This appointment');
  return { appointment, obstacle: obstacleOf(appointment, agreement, context.now) };
}
