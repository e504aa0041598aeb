import type { Context } from 'clinic-rapport';
import { addContactPoint } from '../contact-change.ts';
import { ContactPoint } from '../contact-point.ts';
import { markVerified } from '../contact-verification.ts';
import { find } from '../find.ts';
import { indexPatient } from '../patient-search.ts';
import { Patient } from '../patient.ts';
import { registerPatient } from '../registration.ts';
import type { BookingRequest } from './request.ts';

/**
 * The patient whom the owner of the address has registered or is: one who is known by this address, this name and this day of birth
 * is the same; anyone else is a new one. Of several in a family who share a mailbox no one becomes another so. A new one who has
 * the day of birth and the name, the address or the phone number of someone else is marked for staff to look at.
 */
export async function patientOf(asked: BookingRequest, context: Context): Promise<Patient> {
  const known = await knownAs(asked, context);
  const patient = known ? await find(Patient, known, context) : await register(asked, context);
  await prove(patient, asked, context);
  if (asked.phone) await addContactPoint(patient, 'PHONE', asked.phone, 'phone', context);
  await indexPatient(patient, context);
  return patient;
}

const sameName = `lower(regexp_replace(normalize(p.name, NFKC), '[[:space:]\\u3000]+', '', 'g'))
  = lower(regexp_replace(normalize(?, NFKC), '[[:space:]\\u3000]+', '', 'g'))`;

const hasAddress = `exists (select from contact_point c where c.clinic_id = p.clinic_id and c.patient_id = p.id
  and c.system = ? and lower(c.value) = lower(?))`;

/** By the names and addresses of all records of a person: what both had stays with the one that was merged. */
async function knownAs({ name, birthDate, email }: BookingRequest, { em, clinicId }: Context) {
  const rows = await em.execute<{ id: string }[]>(
    `with recursive record as (
       select p.id, p.merged_into from patient p
       where p.clinic_id = ? and p.birth_date = ? and ${sameName} and ${hasAddress}
       union select p.id, p.merged_into from record r join patient p on p.clinic_id = ? and p.id = r.merged_into)
     select p.id from record r join patient p on p.clinic_id = ? and p.id = r.id
     where p.merged_into is null and p.erased_at is null and p.deceased_on is null limit 2`,
    [clinicId, birthDate, name, 'EMAIL', email, clinicId, clinicId],
  );
  return rows.length === 1 ? rows[0]!.id : undefined;
}

async function register(asked: BookingRequest, context: Context): Promise<Patient> {
  const { name, birthDate, language, origin, noticeVersion } = asked;
  const isDouble = await resembles(asked, context);
  const patient = await registerPatient(
    { name, birthDate, language, origin, toldNoticeVersionId: noticeVersion?.id },
    context,
  );
  patient.possibleDuplicate = isDouble;
  return patient;
}

async function resembles(
  { name, birthDate, email, phone }: BookingRequest,
  { em, clinicId }: Context,
): Promise<boolean> {
  const rows = await em.execute<unknown[]>(
    `select 1 from patient p where p.clinic_id = ? and p.erased_at is null and p.merged_into is null and p.birth_date = ?
       and (${sameName} or ${hasAddress} or ${hasAddress}) limit 1`,
    [clinicId, birthDate, name, 'EMAIL', email, 'PHONE', phone ?? ''],
  );
  return rows.length > 0;
}

/** By following the link that was mailed there. */
async function prove(patient: Patient, { email }: BookingRequest, context: Context): Promise<void> {
  const { em, now } = context;
  const known = await em.find(ContactPoint, { patient, system: 'EMAIL' });
  const contact =
    known.find(({ value }) => value.toLowerCase() === email.toLowerCase()) ??
    em.create(ContactPoint, { patient, system: 'EMAIL', value: email, createdAt: now, rank: known.length + 1 });
  await markVerified(contact, context);
  await em.flush();
}
