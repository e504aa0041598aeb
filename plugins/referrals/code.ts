import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import { DateTime as LocalTime } from 'luxon';
import { Field, ID, ObjectType } from 'type-graphql';
import { v7 as newId } from 'uuid';
import { DateTime, notFound, RapportError, type Context } from 'clinic-rapport';
import { findPatient, Patient } from 'clinic-rapport/schema';
import { codeOfText, newCode, spoken } from './code-signs.ts';
import { ReferralsSettings } from './settings.ts';

@ObjectType({ description: 'What a patient gives to friends. It says nothing of who the patient is.' })
@Entity({ tableName: 'referrals_code' })
export class ReferralCode {
  @Field(() => ID, { description: 'Id of the code.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @ManyToOne(() => Patient)
  patient: Patient;

  @Field(() => String, {
    description: 'Eight signs, none of which is taken for another: `K7M49QXA`. One wrong sign is noticed.',
  })
  @Property({ type: 'text' })
  code: string;

  @Field(() => DateTime, { description: 'Since when it is good.' })
  @Property({ type: 'datetime' })
  createdAt: Date;

  @Field(() => DateTime, { nullable: true, description: 'From when on it is good no more; null for ever.' })
  @Property({ type: 'datetime', nullable: true })
  expiresAt?: Date | null;
}

/** The patient's code; a new one where there is none that is good. Throws NOT_FOUND and CONFLICT as `findPatient`. */
export async function codeOf(patientId: string, context: Context): Promise<ReferralCode> {
  // Two who ask at once get one code.
  await context.em.execute('select 1 from patient where clinic_id = ? and id = ? for update', [
    context.clinicId,
    patientId,
  ]);
  return (await presentCode(patientId, context)) ?? makeCode(patientId, context);
}

/** Undefined where the patient has none that is good. */
export async function presentCode(patientId: string, { em, now }: Context): Promise<ReferralCode | undefined> {
  const code = await em.findOne(
    ReferralCode,
    { patient: patientId, $or: [{ expiresAt: null }, { expiresAt: { $gt: now } }] },
    { orderBy: { createdAt: 'desc' } },
  );
  return code ?? undefined;
}

/** Another code from now on; who has the old one learns that it is old. */
export async function renewCode(patientId: string, context: Context): Promise<ReferralCode> {
  const { em, now } = context;
  await codeOf(patientId, context);
  const good = { patient: patientId, $or: [{ expiresAt: null }, { expiresAt: { $gt: now } }] };
  await em.nativeUpdate(ReferralCode, good, { expiresAt: now });
  return makeCode(patientId, context);
}

async function makeCode(patientId: string, context: Context): Promise<ReferralCode> {
  const { em, now } = context;
  const patient = await findPatient(patientId, context);
  const { codeValidMonths } = await context.settings(ReferralsSettings);
  const expiresAt =
    codeValidMonths === 0 ? null : LocalTime.fromJSDate(now).plus({ months: codeValidMonths }).toJSDate();
  // Of seventeen billion codes a clinic has some thousand: that one is taken needs no second try, but an error.
  const code = em.create(ReferralCode, { patient, code: newCode(), createdAt: now, expiresAt });
  await em.flush();
  return code;
}

/** The code that someone said. Throws BAD_USER_INPUT for a misspelt, NOT_FOUND for an unknown, and CONFLICT for an expired one. */
export async function findCode(
  text: string,
  field: string,
  { em, now }: Pick<Context, 'em' | 'now'>,
): Promise<ReferralCode> {
  const code = codeOfText(text, field);
  const found = await em.findOne(ReferralCode, { code }, { populate: ['patient'] });
  if (!found || found.patient.erasedAt) throw notFound(`The code ${spoken(code)}`);
  if (found.expiresAt && found.expiresAt <= now)
    throw new RapportError('CONFLICT', 'This code is not good any more: ask for the new one.', { field });
  return found;
}
