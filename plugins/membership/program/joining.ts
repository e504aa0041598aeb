import { select, sql, type Context } from 'clinic-rapport';
import type { PatientChange } from 'clinic-rapport/schema';
import { giveTo } from '../benefits/giving.ts';
import { evaluate } from './evaluation.ts';
import { welcomeMail } from './mails.ts';
import type { Among } from './measures.ts';
import { activeProgram, type MembershipProgram } from './program.ts';
import { isLiving, these } from './rules-sql.ts';

/** Every registered patient is a member of the lowest tier at once. */
export async function welcomePatient({ patientId }: PatientChange, context: Context): Promise<void> {
  const program = await activeProgram(context);
  if (!program) return;
  const joined = await joinPatients(program, these([patientId]), context);
  if (joined.length === 0) return;
  await evaluate([patientId], context);
  await giveTo(these([patientId]), context);
  await context.send(welcomeMail, { patientId }, { patientId }, { key: `membership.welcome:${patientId}` });
}

/** Makes members of those who are none. Answers the ids of the patients. */
export async function joinPatients(program: MembershipProgram, among: Among, context: Context): Promise<string[]> {
  const { clinicId, em, now } = context;
  await em.flush();
  const rows = await select<{ id: string }>(
    em,
    sql`with lowest as (select id from membership_tier where clinic_id = ${clinicId}::uuid and program_id = ${program.id}::uuid
        and rank = 0 and retired_at is null),
      joined as (insert into membership_member (clinic_id, id, patient_id, tier_id, joined_at, tier_since)
        select p.clinic_id, p.id, p.id, l.id, ${now}::timestamptz, ${now}::timestamptz from patient p cross join lowest l
        where p.clinic_id = ${clinicId}::uuid and ${among(sql`p.id`)} and ${isLiving}
          and not exists (select from membership_member m where m.clinic_id = p.clinic_id and m.patient_id = p.id)
        order by p.id on conflict do nothing returning patient_id, tier_id)
      insert into membership_tier_change (clinic_id, id, patient_id, number, to_tier_id, reason, changed_at)
      select ${clinicId}::uuid, gen_random_uuid(), patient_id, 1, tier_id, 'JOINED', ${now}::timestamptz from joined
      returning patient_id as id`,
  );
  return rows.map(({ id }) => id);
}
