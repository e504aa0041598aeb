import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import type { GraphQLResolveInfo } from 'graphql';
import {
  Args,
  Authorized,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Info,
  ObjectType,
  Query,
  registerEnumType,
  Resolver,
  Root,
} from 'type-graphql';
import { v7 as newId } from 'uuid';
import {
  anyOf,
  anyOfIds,
  DateTime,
  listOf,
  Needs,
  range,
  type Context,
  type Page,
  type PageArguments,
  type Row,
} from 'clinic-rapport';
import { Patient, patientRead, subjectRequestRead } from './patient.ts';

/** Days for which an export can be fetched. */
export const exportDays = 7;
export const exportPath = '/patient-export';

export const SubjectRequestKind = {
  EXPORT: 'EXPORT',
  ERASURE: 'ERASURE',
  HOLD: 'HOLD',
  RELEASE: 'RELEASE',
} as const;
export type SubjectRequestKind = keyof typeof SubjectRequestKind;

registerEnumType(SubjectRequestKind, {
  name: 'SubjectRequestKind',
  description: 'What is done with all that is stored of a patient.',
  valuesConfig: {
    EXPORT: { description: 'It is handed out.' },
    ERASURE: { description: 'It is erased; what has to be kept is made anonymous.' },
    HOLD: { description: 'It is kept from erasure.' },
    RELEASE: { description: 'It may be erased again.' },
  },
});

@ObjectType({ description: 'That somebody exported, erased or held the data of a patient. Kept for ever.' })
@Entity({ tableName: 'subject_request' })
export class SubjectRequest {
  @Field(() => ID, { description: 'Id of the record.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Authorized(patientRead)
  @Field(() => Patient, { nullable: true, description: 'Whose data.' })
  @ManyToOne(() => Patient)
  patient: Patient;

  @Field(() => SubjectRequestKind, { description: 'What was done.' })
  @Property({ type: 'text' })
  kind: SubjectRequestKind;

  @Field(() => String, { nullable: true, description: 'Why; null once a later erasure took it away.' })
  @Property({ type: 'text', nullable: true })
  reason?: string | null;

  @Field(() => String, { description: 'What did it: `user`, `key`, `system`.' })
  @Property({ type: 'text' })
  actorKind: string;

  @Field(() => String, { description: 'Id of the user, or the name of what did it.' })
  @Property({ type: 'text' })
  actorId: string;

  @Field(() => DateTime, { description: 'When.' })
  @Property({ type: 'datetime' })
  at: Date;
}

export const SubjectRequestList = listOf(() => SubjectRequest, {
  name: 'SubjectRequest',
  filter: { kind: anyOf(SubjectRequestKind), patient: anyOfIds(), at: range(DateTime) },
  orderBy: { AT: 'at' },
  // Ids are in the order of time, and the primary key is an index that is there anyway.
  defaultOrder: { id: 'desc' },
});

export const exportEndsAt = (at: Date): Date => new Date(at.getTime() + exportDays * 86_400_000);

@Resolver(() => SubjectRequest)
export class SubjectRequestResolver {
  @Needs('kind', 'at')
  @FieldResolver(() => String, {
    nullable: true,
    description: `Of an export: the path, below the URL of this API, at which it is fetched as JSON for ${exportDays} days, by GET with the credential of somebody who may export.`,
  })
  downloadPath(@Root() { id, kind, at }: Row<SubjectRequest>, @Ctx() { now }: Context): string | null {
    return kind === 'EXPORT' && now < exportEndsAt(at) ? `/plugins/core${exportPath}?id=${id}` : null;
  }

  @Authorized(subjectRequestRead)
  @Query(() => SubjectRequestList.Connection, {
    description: 'Exports, erasures and legal holds of patients’ data, the latest first.',
  })
  subjectRequests(
    @Args(() => SubjectRequestList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Page<SubjectRequest>> {
    return read.page(SubjectRequestList, info, page);
  }
}
