import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js/max';
import { Authorized, Field, ID, Int, ObjectType, registerEnumType, Resolver } from 'type-graphql';
import { v7 as newId } from 'uuid';
import { badInput, DateTime, definePermission, RelatedAll, type Row } from 'clinic-rapport';
import { Patient } from './patient.ts';

export const contactRead = definePermission('patient.contact.read', 'See the addresses and phone numbers of patients', [
  'owner',
  'frontDesk',
  'practitioner',
  'patient',
  'emergency',
]);

export const ContactSystem = { EMAIL: 'EMAIL', PHONE: 'PHONE', LINE: 'LINE' } as const;
export type ContactSystem = keyof typeof ContactSystem;

registerEnumType(ContactSystem, {
  name: 'ContactSystem',
  description: 'What kind of address a contact point is.',
  valuesConfig: {
    EMAIL: { description: 'An e-mail address.' },
    PHONE: { description: 'A phone number, E.164: `+886912345678`.' },
    LINE: { description: 'A LINE user id.' },
  },
});

@ObjectType({ description: 'An address at which a patient can be reached.' })
@Entity({ tableName: 'contact_point' })
export class ContactPoint {
  @Field(() => ID, { description: 'Id of the contact point.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @ManyToOne(() => Patient)
  patient: Patient;

  @Field(() => ContactSystem, { description: 'What kind of address it is.' })
  @Property({ type: 'text' })
  system: ContactSystem;

  @Field(() => String, { description: 'The address itself.' })
  @Property({ type: 'text' })
  value: string;

  @Field(() => Int, { description: 'Order of preference: 1 is tried first.' })
  @Property({ type: 'integer' })
  rank: Opt<number> = 1;

  @Field(() => DateTime, { nullable: true, description: 'When the patient proved to own it; null if not yet.' })
  @Property({ type: 'datetime', nullable: true })
  verifiedAt?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When the patient last said that it is still right.' })
  @Property({ type: 'datetime', nullable: true })
  confirmedAt?: Date | null;

  /** What the patient has to repeat to prove to own the address; gone once that is done. */
  @Property({ type: 'text', nullable: true, hidden: true })
  verificationCode?: string | null;

  @Property({ type: 'datetime', nullable: true, hidden: true })
  verificationExpiresAt?: Date | null;

  @Property({ type: 'integer', hidden: true })
  verificationAttempts: Opt<number> = 0;

  @Property({ type: 'datetime' })
  createdAt: Opt<Date> = new Date();
}

@Resolver(() => Patient)
export class PatientContactPoints {
  @Authorized(contactRead)
  @RelatedAll(() => ContactPoint, {
    inverse: 'patient',
    orderBy: { rank: 'asc', createdAt: 'asc' },
    limit: 50,
    nullable: true,
    description: 'Addresses and phone numbers, the preferred ones first.',
  })
  contactPoints: Row<ContactPoint>[] | null;
}

/**
 * An address in the one form in which it is stored and compared. Throws BAD_USER_INPUT for `field` where it is none.
 * A phone number without a country code is taken as one of `country`.
 */
export function normalAddress(system: ContactSystem, value: string, field: string, country?: CountryCode): string {
  const address = value.normalize('NFKC').trim();
  if (system === 'EMAIL') return normalEmail(address, field);
  if (system === 'LINE') return normalLineId(address, field);
  const number = parsePhoneNumberFromString(address, country);
  if (!number?.isValid())
    throw badInput(field, `\`${field}\` is not a phone number with its country code, as +886912345678.`);
  return number.number;
}

function normalEmail(address: string, field: string): string {
  // Deliberately narrower than RFC 5322: nothing that could end a header or add a recipient.
  const parts = /^([^\s@",;:<>()[\]\\\p{Cc}]{1,64})@((?:[\p{L}\p{N}-]{1,63}\.)+[\p{L}\p{N}-]{2,63})$/u.exec(address);
  if (!parts || address.length > 254) throw badInput(field, `\`${field}\` is not an e-mail address.`);
  return `${parts[1]}@${parts[2]!.toLowerCase()}`;
}

function normalLineId(address: string, field: string): string {
  if (!/^U[0-9a-f]{32}$/.test(address))
    throw badInput(field, `\`${field}\` is not a LINE user id: U and 32 hex digits.`);
  return address;
}

const countries: Readonly<Record<string, CountryCode>> = {
  'Asia/Taipei': 'TW',
  'Asia/Shanghai': 'CN',
  'Asia/Hong_Kong': 'HK',
};

/** The country whose phone numbers are written without a country code in a clinic of this time zone. */
export const phoneCountryOf = (timeZone: string): CountryCode | undefined => countries[timeZone];
