import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import { Authorized, Field, ID, ObjectType, registerEnumType, Resolver } from 'type-graphql';
import { v7 as newId } from 'uuid';
import { badInput, DateTime, definePermission, RelatedAll, type Row } from 'clinic-rapport';
import { identifiersIn } from './compliance/identifiers.ts';
import { normalIdentifier, PatientIdentifierKind } from './identifier.ts';
import { Patient } from './patient.ts';
import { codePoints, requiredText } from './text.ts';

export const identifierUseRead = definePermission(
  'patient.identifier.use.read',
  'See who found or saw national ids, insurance and chart numbers, and why',
);

export const IdentifierAct = { FOUND: 'FOUND', REVEALED: 'REVEALED' } as const;
export type IdentifierAct = keyof typeof IdentifierAct;

registerEnumType(IdentifierAct, {
  name: 'IdentifierAct',
  description: 'What was done with a number of a patient.',
  valuesConfig: {
    FOUND: { description: 'The patient was found by it: who asked had it in hand.' },
    REVEALED: { description: 'It was shown in clear.' },
  },
});

/** Append only, so that the audit has of each look what row it is about. */
@ObjectType({ description: 'That someone used a number of a patient.' })
@Entity({ tableName: 'identifier_use' })
export class IdentifierUse {
  @Field(() => ID, { description: 'Id of the record.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @ManyToOne(() => Patient)
  patient: Patient;

  @Field(() => ID, { description: 'Id of the number’s record, which may be removed since.' })
  @Property({ type: 'uuid' })
  identifierId: string;

  @Field(() => PatientIdentifierKind, { description: 'What number it is.' })
  @Property({ type: 'text' })
  kind: PatientIdentifierKind;

  @Field(() => IdentifierAct, { description: 'What was done with it.' })
  @Property({ type: 'text' })
  act: IdentifierAct;

  @Field(() => String, {
    nullable: true,
    description: 'Why it was shown; null where none was asked for, or once erased.',
  })
  @Property({ type: 'text', nullable: true })
  reason?: string | null;

  @Field(() => String, { description: 'Who used it: `user <id>`, `key <id>`.' })
  @Property({ type: 'text' })
  usedBy: string;

  @Field(() => DateTime, { description: 'When.' })
  @Property({ type: 'datetime' })
  usedAt: Date;
}

const shortest = 5;

/** Throws BAD_USER_INPUT for a reason that says nothing, or the number itself: a reason is not encrypted. */
export function reasonFor(given: string, value: string): string {
  const field = 'input.reason';
  const reason = requiredText(given, field, 500).trim();
  if (codePoints(reason) < shortest) throw badInput(field, `\`${field}\` must have ${shortest} to 500 characters.`);
  const isNamed = normalIdentifier(reason).includes(normalIdentifier(value));
  if (isNamed || identifiersIn(reason, ['TW_ID', 'TW_NHI_CARD', 'CN_ID']).length > 0)
    throw badInput(field, `\`${field}\` must not have the number in it.`);
  return reason;
}

@Resolver(() => Patient)
export class PatientIdentifierUses {
  @Authorized(identifierUseRead)
  @RelatedAll(() => IdentifierUse, {
    inverse: 'patient',
    orderBy: { usedAt: 'desc' },
    limit: 100,
    nullable: true,
    description: 'Who found the patient by a number, or saw one in clear, and why; the newest first.',
  })
  identifierUses: Row<IdentifierUse>[] | null;
}
