import { Arg, Authorized, Ctx, Field, ID, InputType, Mutation, Resolver } from 'type-graphql';
import { badInput, definePermission, Idempotent, type Context } from 'clinic-rapport';
import { clinicOf } from './clinic.ts';
import { ContactPoint, ContactSystem, normalAddress, phoneCountryOf } from './contact-point.ts';
import { askToVerify, verifyByCode } from './contact-verification.ts';
import { find } from './find.ts';
import { findPatient } from './find-patient.ts';
import { indexPatient } from './patient-search.ts';
import { patientUpdated, type Patient } from './patient.ts';

const mostContactPoints = 20;

export const contactWrite = definePermission(
  'patient.contact.write',
  'Add and verify addresses and phone numbers of patients',
  ['owner', 'frontDesk', 'practitioner', 'patient'],
);

@InputType({ description: 'An address to add to a patient.' })
export class AddContactPointInput {
  @Field(() => ID, { description: 'Whose address it is.' })
  patientId: string;

  @Field(() => ContactSystem, { description: 'What kind of address it is.' })
  system: ContactSystem;

  @Field(() => String, { description: 'The address; a phone number with its country code unless it is a local one.' })
  value: string;
}

@InputType({ description: 'The code that was mailed to an address, as proof of owning it.' })
export class VerifyContactPointInput {
  @Field(() => ID, { description: 'Id of the contact point.' })
  contactPointId: string;

  @Field(() => String, { description: 'The six digits of the mail; they count for a day, and for five attempts.' })
  code: string;
}

@Resolver()
export class ContactPointResolver {
  @Authorized(contactWrite)
  @Idempotent()
  @Mutation(() => ContactPoint, {
    description: 'Adds an address to a patient; a mail asks to confirm an e-mail address.',
  })
  async addContactPoint(
    @Arg('input', () => AddContactPointInput, { description: 'The address.' }) input: AddContactPointInput,
    @Ctx() context: Context,
  ): Promise<ContactPoint> {
    const patient = await findPatient(input.patientId, context);
    const contact = await addContactPoint(patient, input.system, input.value, 'input.value', context);
    await indexPatient(patient, context);
    context.publish(patientUpdated, { patientId: patient.id, version: patient.version });
    return contact;
  }

  @Authorized(contactWrite)
  @Mutation(() => ContactPoint, {
    description:
      'Proves by the mailed code that an address is the patient’s; `verifiedAt` stays null if the code is wrong or too old.',
  })
  async verifyContactPoint(
    @Arg('input', () => VerifyContactPointInput, { description: 'The code.' }) input: VerifyContactPointInput,
    @Ctx() context: Context,
  ): Promise<ContactPoint> {
    const contact = await find(ContactPoint, input.contactPointId, context);
    await verifyByCode(contact, input.code, context);
    return contact;
  }
}

/** Of several who change the addresses of one patient at once each sees what the one before left. */
export async function lockContacts(patientId: string, { em, clinicId }: Context): Promise<void> {
  await em.flush();
  await em.execute('select 1 from patient where clinic_id = ? and id = ? for no key update', [clinicId, patientId]);
}

/** Adds an address, or answers the one that is there already. Throws BAD_USER_INPUT for `field` where it is malformed. */
export async function addContactPoint(
  patient: Patient,
  system: ContactSystem,
  value: string,
  field: string,
  context: Context,
): Promise<ContactPoint> {
  const { em, now } = context;
  await lockContacts(patient.id, context);
  const clinic = await clinicOf(context);
  const address = normalAddress(system, value, field, phoneCountryOf(clinic.timeZone));
  const present = await em.find(ContactPoint, { patient });
  const known = present.find(contact => contact.system === system && contact.value === address);
  if (!known && present.length >= mostContactPoints)
    throw badInput(field, `A patient has at most ${mostContactPoints} addresses.`);
  const contact =
    known ?? em.create(ContactPoint, { patient, system, value: address, createdAt: now, rank: present.length + 1 });
  if (system === 'EMAIL' && !contact.verifiedAt) await askToVerify(contact, patient.language, context);
  await em.flush();
  return contact;
}
