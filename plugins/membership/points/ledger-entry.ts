import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import { Authorized, Field, ID, Int, ObjectType } from 'type-graphql';
import { v7 as newId } from 'uuid';
import { anyOf, anyOfIds, DateTime, definePermission, listOf, range } from 'clinic-rapport';
import { Patient, patientRead } from 'clinic-rapport/schema';
import { PointsLot } from './lot.ts';
import { LedgerEntryKind, PointsAccount } from './words.ts';

export const pointsRead = definePermission('membership.points.read', 'See the points of patients and where they went', [
  'owner',
  'frontDesk',
  'practitioner',
  'patient',
]);
export const pointsAdjust = definePermission('membership.points.adjust', 'Give points and take them, with a reason', [
  'owner',
  'frontDesk',
]);

/** The most points in one entry. */
export const mostPoints = 1_000_000_000;

/** Append only, for the runtime and for who owns the database. Written by `post` alone. */
@ObjectType({ description: 'One immutable line of the ledger: points that went from one account to another.' })
@Entity({ tableName: 'membership_ledger_entry' })
export class LedgerEntry {
  @Field(() => ID, { description: 'Id of the entry.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Authorized(patientRead)
  @Field(() => Patient, { nullable: true, description: 'Whose points.' })
  @ManyToOne(() => Patient)
  patient: Patient;

  @Field(() => Int, { description: 'The first entry of the patient has 1, the next one 2.' })
  @Property({ type: 'integer' })
  sequence: number;

  @Field(() => ID, { description: 'Entries that were made by one act have the same.' })
  @Property({ type: 'uuid' })
  postingId: string;

  @Field(() => PointsLot, { description: 'With which other points they were given.' })
  @ManyToOne(() => PointsLot)
  lot: PointsLot;

  @Field(() => LedgerEntryKind, { description: 'Why.' })
  @Property({ type: 'text' })
  kind: LedgerEntryKind;

  @Field(() => PointsAccount, { description: 'Where they were.' })
  @Property({ type: 'text', fieldName: 'from_account' })
  from: PointsAccount;

  @Field(() => PointsAccount, { description: 'Where they are.' })
  @Property({ type: 'text', fieldName: 'to_account' })
  to: PointsAccount;

  @Field(() => Int, { description: `How many points, 1 to ${mostPoints}; \`from\` and \`to\` say which way.` })
  @Property({ type: 'integer' })
  points: number;

  @Field(() => Int, { description: 'What the patient could spend after it.' })
  @Property({ type: 'integer' })
  availableAfter: number;

  @Field(() => Int, { description: 'What was pending after it.' })
  @Property({ type: 'integer' })
  pendingAfter: number;

  @Field(() => String, { description: 'For what, as a code that begins with a plugin’s name: `membership.spending`.' })
  @Property({ type: 'text' })
  reason: string;

  @Field(() => String, { nullable: true, description: 'What staff said of it; null if nothing.' })
  @Property({ type: 'text', nullable: true })
  note?: string | null;

  @Field(() => DateTime, { description: 'When it was made.' })
  @Property({ type: 'datetime' })
  recordedAt: Date;

  @Authorized(pointsAdjust)
  @Field(() => String, { nullable: true, description: 'Who made it: `user` and an id, or `system` and what did it.' })
  @Property({ type: 'text' })
  recordedBy: string;
}

export const LedgerEntryList = listOf(() => LedgerEntry, {
  name: 'LedgerEntry',
  plural: 'ledger entries',
  filter: { patient: anyOfIds(), kind: anyOf(LedgerEntryKind), recordedAt: range(DateTime) },
  orderBy: { SEQUENCE: 'sequence', RECORDED_AT: 'recordedAt' },
  defaultOrder: { recordedAt: 'desc' },
});

/** Of one patient: in the order in which they were made. */
export const StatementList = listOf(() => LedgerEntry, {
  name: 'PointsStatement',
  plural: 'ledger entries',
  filter: { kind: anyOf(LedgerEntryKind), recordedAt: range(DateTime) },
  orderBy: { SEQUENCE: 'sequence' },
  defaultOrder: { sequence: 'desc' },
});
