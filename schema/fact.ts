import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Args,
  Authorized,
  Ctx,
  Field,
  ID,
  Info,
  Int,
  ObjectType,
  Query,
  registerEnumType,
  Resolver,
} from 'type-graphql';
import {
  definePermission,
  factTypes,
  RapportError,
  select,
  sql,
  type Context,
  type Fact,
  type FactType as Type,
  type Page,
  type PageArguments,
  type Sql,
} from 'clinic-rapport';
import { conditionRead } from './condition.ts';
import { find } from './find.ts';
import { Patient, PatientList, patientRead } from './patient.ts';
import { operatorsOf, PredicateInput, readPredicate, whoMatches, type Predicate } from './predicate.ts';

/** Below this a number could point at a person, to somebody who may not see patients. */
const fewest = 10;

export const factRead = definePermission(
  'patient.fact.read',
  'Ask how many patients there are of whom something holds',
  ['owner', 'frontDesk', 'practitioner', 'marketer'],
);

export const FactType = Object.fromEntries(factTypes.map(type => [type, type])) as { [K in Type]: K };

registerEnumType(FactType, {
  name: 'FactType',
  description: 'What the values of a fact are.',
  valuesConfig: {
    INTEGER: { description: 'A whole number.' },
    DATE: { description: 'A day of the clinic’s calendar.' },
    TEXT: { description: 'A word.' },
    TEXTS: { description: 'Any number of words.' },
    BOOLEAN: { description: 'Yes or no.' },
  },
});

@ObjectType('Fact', { description: 'Something that can be asked of every patient, by segments and recall rules.' })
export class FactInfo {
  @Field(() => String, { description: 'Its name in predicates: `visit.last`.' })
  name: string;

  @Field(() => String, { description: 'What it says, with its unit.' })
  description: string;

  @Field(() => FactType, { description: 'What its values are.' })
  type: Type;

  @Field(() => [String], { nullable: true, description: 'All that it can be, where that is a closed set.' })
  values: readonly string[] | null;

  @Field(() => [String], { description: 'What can be asked of it: the fields of `FactConditionInput`.' })
  operators: readonly string[];

  @Field(() => Boolean, {
    description:
      'Whether it says something of the patient’s health, so that single patients cannot be listed by it without the right to see diagnoses.',
  })
  sensitive: boolean;
}

@ObjectType({ description: 'How many patients there are of whom something holds.' })
export class PatientCount {
  @Field(() => Int, {
    nullable: true,
    description: `How many. To who may not see patients it is null where there are some, but fewer than ${fewest}. Of what says something of health, who may not see diagnoses learns full tens, and null for fewer than ${fewest}, none included.`,
  })
  count: number | null;
}

@ObjectType({ description: 'What a patient is to one condition of a predicate.' })
export class PatientMatchCondition {
  @Field(() => String, { description: 'Where it stands: `where.all.0.fact`.' })
  path: string;

  @Field(() => String, { description: 'The fact.' })
  fact: string;

  @Field(() => String, { nullable: true, description: 'What it is of this patient, as JSON; null if not known.' })
  value: string | null;

  @Field(() => Boolean, { description: 'Whether the condition holds.' })
  holds: boolean;
}

@ObjectType({ description: 'Why a predicate holds of a patient, or does not.' })
export class PatientMatch {
  @Field(() => Boolean, {
    description: 'Whether the patient is among those who match. Who died, was erased or merged never is.',
  })
  matches: boolean;

  @Field(() => [PatientMatchCondition], { description: 'Each fact that is asked for, in the order of the predicate.' })
  conditions: PatientMatchCondition[];
}

@Resolver()
export class FactResolver {
  @Authorized(factRead)
  @Query(() => [FactInfo], {
    description: 'What can be asked of every patient in this clinic; as many as its plugins have.',
  })
  facts(@Ctx() { facts }: Context): FactInfo[] {
    return facts.map(({ name, description, type, values, sensitive = false }: Fact) => ({
      name,
      description,
      type,
      values: values ?? null,
      operators: operatorsOf(type),
      sensitive,
    }));
  }

  @Authorized(factRead)
  @Query(() => PatientCount, {
    description: 'How many patients there are, not counting who died, of whom a predicate holds.',
  })
  async patientCount(
    @Arg('where', () => PredicateInput, { description: 'Which patients.' }) where: PredicateInput,
    @Ctx() context: Context,
  ): Promise<PatientCount> {
    const { holds, sensitive } = await readPredicate(where, context);
    const [{ count }] = (await select<{ count: number }>(
      context.em,
      sql`select count(*)::integer as count from patient p ${sql.besides} where ${isLiving(context)} and (${holds})`,
      'p',
    )) as [{ count: number }];
    return { count: sensitive ? countOfHealth(count, context) : countOf(count, context) };
  }

  @Authorized([factRead, patientRead])
  @Query(() => PatientList.Connection, {
    description:
      'The patients, without who died, of whom a predicate holds. FORBIDDEN where it asks of their health and the actor may not see diagnoses.',
  })
  async patientsMatching(
    @Arg('where', () => PredicateInput, { description: 'Which patients.' }) where: PredicateInput,
    @Args(() => PatientList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() context: Context,
  ): Promise<Page<Patient>> {
    return context.read.page(PatientList, info, page, whoMatches(await readAllowed(where, context)));
  }

  @Authorized([factRead, patientRead])
  @Query(() => PatientMatch, {
    description:
      'Why a predicate holds of a patient, or does not. FORBIDDEN where it asks of health and the actor may not see diagnoses; NOT_FOUND for a patient the actor may not see.',
  })
  async patientMatch(
    @Arg('patientId', () => ID, { description: 'Id of the patient.' }) patientId: string,
    @Arg('where', () => PredicateInput, { description: 'The predicate.' }) where: PredicateInput,
    @Ctx() context: Context,
  ): Promise<PatientMatch> {
    const predicate = await readAllowed(where, context);
    const { id } = await find(Patient, patientId, context);
    return explain(predicate, id, context);
  }
}

const countOf = (count: number, { can }: Context): number | null =>
  can(patientRead) || count === 0 || count >= fewest ? count : null;

/**
 * Age, sex and the day of a visit point at one patient as a rule, and then "none" tells as much as "one"; so does the difference
 * of two large numbers.
 */
function countOfHealth(count: number, context: Context): number | null {
  if (context.can(conditionRead)) return countOf(count, context);
  return count >= fewest ? count - (count % fewest) : null;
}

async function readAllowed(where: PredicateInput, context: Context): Promise<Predicate> {
  const predicate = await readPredicate(where, context);
  if (predicate.sensitive && !context.can(conditionRead))
    throw new RapportError('FORBIDDEN', `To ask this of single patients needs the permission '${conditionRead.name}'.`);
  return predicate;
}

const isLiving = ({ clinicId }: Context): Sql =>
  sql`p.clinic_id = ${clinicId}::uuid and p.deceased_on is null and p.erased_at is null
    and p.merged_into is null`;

async function explain({ holds, conditions }: Predicate, id: string, context: Context): Promise<PatientMatch> {
  const asked = conditions.map(
    ({ value, holds: one }) => sql`json_build_object('value', to_jsonb(${value}), 'holds', (${one}) is true)`,
  );
  const rows = await select<{ matches: boolean; asked: { value: unknown; holds: boolean }[] }>(
    context.em,
    sql`select (${isLiving(context)} and (${holds})) is true as matches,
      json_build_array(${asked.length === 0 ? sql`` : asked.reduce((all, one) => sql`${all}, ${one}`)}) as asked
      from patient p ${sql.besides} where p.clinic_id = ${context.clinicId}::uuid and p.id = ${id}::uuid`,
    'p',
  );
  const { matches, asked: answers } = rows[0]!;
  return {
    matches,
    conditions: conditions.map(({ path, fact }, index) => ({
      path,
      fact: fact.name,
      value: answers[index]!.value == null ? null : JSON.stringify(answers[index]!.value),
      holds: answers[index]!.holds,
    })),
  };
}
