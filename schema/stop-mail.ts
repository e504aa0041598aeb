import { reconsiderMails, seeingAllPatients, suppress, type Context, type Suppressing } from 'clinic-rapport';

/** Stops mail to an address from now on, also what a worker holds already; answers the id of the suppression. */
export async function stopMail(stop: Suppressing, context: Context): Promise<string> {
  const id = await suppress(stop, context);
  await reconsiderMails(await patientsAt(stop.address, context), context);
  return id;
}

/** Whoever has the address, or to whom one belongs who has it, also whom the actor does not see. */
async function patientsAt(address: string, context: Context): Promise<string[]> {
  const { em, clinicId } = context;
  const rows = await seeingAllPatients(context, () =>
    em.execute<{ patient_id: string }[]>(
      `with owner as (
         select patient_id from contact_point
         where clinic_id = ? and system = 'EMAIL' and verified_at is not null and value = ?)
       select patient_id from owner
       union select r.patient_id from related_person r
       where r.clinic_id = ? and (r.email = ? or r.person_id in (select patient_id from owner))`,
      [clinicId, address, clinicId, address],
    ),
  );
  return rows.map(({ patient_id }) => patient_id);
}
