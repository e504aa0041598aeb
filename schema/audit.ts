import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Args,
  Authorized,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Info,
  Int,
  ObjectType,
  Query,
  registerEnumType,
  Resolver,
  Root,
} from 'type-graphql';
import {
  anyOf,
  anyOfIds,
  DateTime,
  definePermission,
  listOf,
  Needs,
  range,
  Related,
  type Context,
  type Locale,
  type Page,
  type PageArguments,
  type Row,
} from 'clinic-rapport';
import { wordsFor } from './audit-words.ts';
import { Language } from './localized-text.ts';
import { Patient } from './patient.ts';

export const auditRead = definePermission('audit.read', 'See who read and changed what, and report incidents', [
  'owner',
  'operator',
]);

export const accessLogRead = definePermission('audit.access-log.read', 'See who had to do with a patient’s record', [
  'owner',
  'operator',
  'patient',
]);

export const AuditKind = { READ: 'READ', CREATE: 'CREATE', UPDATE: 'UPDATE', DELETE: 'DELETE', ACT: 'ACT' } as const;
export type AuditKind = keyof typeof AuditKind;

registerEnumType(AuditKind, {
  name: 'AuditKind',
  description: 'What was done.',
  valuesConfig: {
    READ: { description: 'Something was read.' },
    CREATE: { description: 'Something was made.' },
    UPDATE: { description: 'Something was changed.' },
    DELETE: { description: 'Something was removed.' },
    ACT: { description: 'An operation ran, or a page was opened, and no stored thing shows what changed.' },
  },
});

/** Append only: nobody may change or remove a row. */
@ObjectType({
  description: 'That someone read or changed something. Never changed, and linked to the entry before it.',
})
@Entity({ tableName: 'audit_entry' })
export class AuditEntry {
  @Field(() => ID, { description: 'Id of the entry.' })
  @PrimaryKey({ type: 'uuid' })
  id: string;

  @Property({ type: 'uuid' })
  clinicId: string;

  @Field(() => DateTime, { description: 'When.' })
  @Property({ type: 'datetime' })
  at: Date;

  @Field(() => AuditKind, { description: 'What was done.' })
  @Property({ type: 'text' })
  kind: AuditKind;

  @Field(() => String, {
    description: 'As what: the permission it needed, as `appointment.book`; without one the name of what ran.',
  })
  @Property({ type: 'text' })
  action: string;

  @Authorized(auditRead)
  @Field(() => String, { nullable: true, description: 'The field of the API: `bookAppointment`.' })
  @Property({ type: 'text', nullable: true })
  operation?: string | null;

  @Field(() => String, { description: 'Who, by kind: `user`, `key`, `link`, `job`, `system`, `anonymous`.' })
  @Property({ type: 'text' })
  actorKind: string;

  @Authorized(auditRead)
  @Field(() => ID, { nullable: true, description: 'Id of the user or API key; else the name of what acted.' })
  @Property({ type: 'text' })
  actorId: string;

  @Field(() => String, { nullable: true, description: 'The first role of the user: `frontDesk`; null for others.' })
  @Property({ type: 'text', nullable: true })
  actorRole?: string | null;

  @Authorized(auditRead)
  @Field(() => String, { nullable: true, description: 'Id of the request, as in the log.' })
  @Property({ type: 'text' })
  requestId: string;

  @Field(() => String, {
    nullable: true,
    description: 'Name of the table: `appointment`; null where none was touched.',
  })
  @Property({ type: 'text', nullable: true })
  subjectType?: string | null;

  @Authorized(auditRead)
  @Field(() => ID, { nullable: true, description: 'Id of the thing; null for lists.' })
  @Property({ type: 'text', nullable: true })
  subjectId?: string | null;

  /** No relation: what is left of an erased patient is this number. */
  @Authorized(auditRead)
  @Field(() => ID, { nullable: true, description: 'Id of the patient whom it concerned; null for lists.' })
  @Property({ type: 'uuid', nullable: true })
  patientId?: string | null;

  @Authorized(auditRead)
  @Field(() => [String], { nullable: true, description: 'Names of the fields that were set. Never their values.' })
  @Property({ type: 'array', columnType: 'text[]' })
  fields: string[];

  @Authorized(auditRead)
  @Field(() => Int, { nullable: true, description: 'Number of rows of a list that was read; null for anything else.' })
  @Property({ type: 'integer', nullable: true })
  rowCount?: number | null;
}

export const AuditEntryList = listOf(() => AuditEntry, {
  name: 'AuditEntry',
  filter: {
    kind: anyOf(AuditKind),
    actorId: anyOfIds(),
    patientId: anyOfIds(),
    subjectId: anyOfIds(),
    at: range(DateTime),
  },
  // Ids are in the order of time.
  defaultOrder: { id: 'desc' },
});

@Resolver(() => AuditEntry)
export class AuditResolver {
  @Authorized(auditRead)
  @Query(() => AuditEntryList.Connection, { description: 'Who read and changed what, the latest first.' })
  auditEntries(
    @Args(() => AuditEntryList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Page<AuditEntry>> {
    return read.page(AuditEntryList, info, page);
  }

  @Needs('kind', 'actorKind', 'actorRole', 'subjectType')
  @FieldResolver(() => String, { description: 'Who did what, as a sentence for the patient.' })
  words(
    @Root() entry: Row<AuditEntry>,
    @Arg('language', () => Language, { description: 'The reader’s language.' }) language: Locale,
  ): string {
    return wordsFor(entry, language);
  }
}

@Resolver(() => Patient)
export class PatientAccessLog {
  @Authorized(accessLogRead)
  @Related(() => AuditEntryList, {
    inverse: 'patientId',
    nullable: true,
    description: 'Who had to do with this record, the latest first. Patients see that of their own.',
  })
  accessLog: Page<AuditEntry> | null;
}
