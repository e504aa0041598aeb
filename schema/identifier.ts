import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import { Authorized, Field, ID, ObjectType, registerEnumType, Resolver } from 'type-graphql';
import { v7 as newId } from 'uuid';
import { DateTime, definePermission, RelatedAll, type Place, type Row } from 'clinic-rapport';
import { Patient } from './patient.ts';

export const identifierRead = definePermission(
  'patient.identifier.read',
  'See that a patient has a national id, insurance or chart number, and its end; never the whole of it',
  ['owner', 'frontDesk', 'practitioner', 'patient'],
);

export const PatientIdentifierKind = {
  NATIONAL_ID: 'NATIONAL_ID',
  INSURANCE_NUMBER: 'INSURANCE_NUMBER',
  CHART_NUMBER: 'CHART_NUMBER',
} as const;
export type PatientIdentifierKind = keyof typeof PatientIdentifierKind;

registerEnumType(PatientIdentifierKind, {
  name: 'PatientIdentifierKind',
  description: 'What number of a patient it is.',
  valuesConfig: {
    NATIONAL_ID: { description: 'Number of the identity or residence card that a country gave.' },
    INSURANCE_NUMBER: { description: 'Number of the health insurance card.' },
    CHART_NUMBER: { description: 'Number of the patient’s chart in this clinic.' },
  },
});

@ObjectType({
  description:
    'A number by which a patient is known. The number itself is stored encrypted, and no query answers it: see `revealPatientIdentifier`.',
})
@Entity({ tableName: 'patient_identifier' })
export class PatientIdentifier {
  @Field(() => ID, { description: 'Id of the record.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @ManyToOne(() => Patient)
  patient: Patient;

  @Field(() => PatientIdentifierKind, { description: 'What number it is.' })
  @Property({ type: 'text' })
  kind: PatientIdentifierKind;

  @Field(() => String, {
    nullable: true,
    description: 'The country that gave it, ISO 3166-1: `TW`; null for a number of the clinic’s own, or if not known.',
  })
  @Property({ type: 'character', length: 2, nullable: true })
  country?: string | null;

  @Property({ type: 'blob', hidden: true })
  sealed: Buffer;

  /** Keyed hash of the value in its normal form. */
  @Property({ type: 'text', hidden: true })
  lookup: string;

  @Field(() => String, {
    description: 'As many dots as it has letters and digits, but for the last ones: `•••••••789`. Of a short one none.',
  })
  @Property({ type: 'text' })
  masked: string;

  @Field(() => DateTime, { description: 'When it was recorded.' })
  @Property({ type: 'datetime' })
  recordedAt: Date;

  /** As `user <id>`. */
  @Property({ type: 'text' })
  recordedBy: string;
}

/** Where the number of a record lies. */
export const placeOf = (id: string): Place => ({ table: 'patient_identifier', column: 'sealed', id });

/** For what hashes of numbers are made: a chart number is not found by an equal national id. */
export const useOf = (kind: PatientIdentifierKind): string => `patient_identifier.${kind}`;

/** One form for all writings of a number: full-width or not, in capitals, without what separates its parts. */
export const normalIdentifier = (value: string): string =>
  value
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[^\p{L}\p{M}\p{N}]/gu, '');

const dot = '•';

/** Of a number in its normal form. What is shown tells staff which one it is, and is not enough to guess the rest. */
export function maskedIdentifier(normal: string): string {
  const signs = [...normal];
  const shown = signs.length >= 8 ? 3 : signs.length >= 5 ? 2 : 0;
  return dot.repeat(signs.length - shown) + signs.slice(signs.length - shown).join('');
}

/** How long the number is, and how it ends. */
export const shapeOf = (masked: string): { length: number; ending: string } => ({
  length: [...masked].length,
  ending: masked.replaceAll(dot, ''),
});

@Resolver(() => Patient)
export class PatientIdentifiers {
  @Authorized(identifierRead)
  @RelatedAll(() => PatientIdentifier, {
    inverse: 'patient',
    orderBy: { recordedAt: 'desc' },
    limit: 20,
    nullable: true,
    description: 'National id, insurance and chart number, masked; the newest first.',
  })
  identifiers: Row<PatientIdentifier>[] | null;
}
