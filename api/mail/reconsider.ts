import { seeingAllPatients } from '../database/all-patients.ts';
import type { Context } from '../plugin.ts';

/**
 * Takes back the mails to patients, and to persons who belong to them, which a worker holds and has not begun to send: it was asked whether they may go before
 * what this transaction changes, and is asked again after it. Those that are due wait for its end, as nobody may ask in
 * between. After the commit goes out only what was given to the mail server before.
 *
 * For whatever ends what mails rest on, as the withdrawal of a consent.
 */
export async function reconsiderMails(patientIds: readonly string[], context: Context): Promise<void> {
  const { em, clinicId, now } = context;
  if (patientIds.length === 0) return;
  const ids = `{${patientIds.join()}}`;
  await seeingAllPatients(context, () =>
    em.execute(takeBack, [clinicId, ids, clinicId, ids, clinicId, now.toISOString(), clinicId]),
  );
}

// In the order of ids, so that two of these wait for each other and do not lock each other out.
const takeBack = `with about as (
    select id from delivery where clinic_id = ? and patient_id = any(?::uuid[]) and state in ('claimed', 'queued')
    union all
    select d.id from related_person r join delivery d on d.clinic_id = r.clinic_id and d.related_person_id = r.id
    where r.clinic_id = ? and r.patient_id = any(?::uuid[]) and d.state in ('claimed', 'queued')),
  held as (
    select id, state from delivery
    where clinic_id = ? and id = any(array(select id from about)) and (state = 'claimed' or state = 'queued' and due_at <= ?::timestamptz)
    order by id for update)
  update delivery d set state = 'queued', claimed_by = null, lease_until = null, attempts = d.attempts - 1
  from held where d.clinic_id = ? and d.id = held.id and held.state = 'claimed'`;
