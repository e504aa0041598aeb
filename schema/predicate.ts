import { Field, InputType, Int } from 'type-graphql';
import { badInput, LocalDate, sql, type Context, type Fact, type FactType, type Sql, type Where } from 'clinic-rapport';
import { clinicOf } from './clinic.ts';
import { dayOf } from './clinic-day.ts';
import type { Patient } from './patient.ts';

const deepest = 5;
const mostConditions = 50;
const mostWords = 100;
const longestWord = 200;

@InputType({
  description:
    'What one fact must be: all that is given must hold. A fact that is not known holds nothing but `known: false`.',
})
export class FactConditionInput {
  @Field(() => String, { description: 'Name of the fact: `visit.last`.' })
  fact: string;

  @Field(() => Int, { nullable: true, description: 'INTEGER: this much or more.' })
  atLeast?: number | null;

  @Field(() => Int, { nullable: true, description: 'INTEGER: this much or less.' })
  atMost?: number | null;

  @Field(() => LocalDate, { nullable: true, description: 'DATE: this day or later.' })
  from?: string | null;

  @Field(() => LocalDate, { nullable: true, description: 'DATE: this day or earlier.' })
  to?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'DATE: this many days ago or longer, by the clinic’s calendar; of what is to come if negative.',
  })
  daysAgoAtLeast?: number | null;

  @Field(() => Int, { nullable: true, description: 'DATE: this many days ago or less, or still to come.' })
  daysAgoAtMost?: number | null;

  @Field(() => [String], {
    nullable: true,
    description: `TEXT: one of these. TEXTS: at least one of them is among these. At most ${mostWords}; an empty list matches nothing.`,
  })
  oneOf?: string[] | null;

  @Field(() => Boolean, { nullable: true, description: 'BOOLEAN: this.' })
  is?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether it is known at all.' })
  known?: boolean | null;
}

@InputType({
  description: `Which patients. Exactly one of its fields is given; at most ${deepest} deep, and ${mostConditions} facts in all.`,
})
export class PredicateInput {
  @Field(() => [PredicateInput], { nullable: true, description: 'All of these hold; an empty list holds always.' })
  all?: PredicateInput[] | null;

  @Field(() => [PredicateInput], {
    nullable: true,
    description: 'At least one of these holds; an empty list never does.',
  })
  any?: PredicateInput[] | null;

  @Field(() => PredicateInput, { nullable: true, description: 'This does not hold, or cannot be known to.' })
  not?: PredicateInput | null;

  @Field(() => FactConditionInput, { nullable: true, description: 'What a fact must be.' })
  fact?: FactConditionInput | null;
}

/** A predicate that has been checked against the facts of a clinic. */
export interface Predicate {
  readonly holds: Sql;
  /** What it asks of facts, in the order in which it stands there. */
  readonly conditions: readonly PredicateCondition[];
  /** Whether it says something of a patient's health. */
  readonly sensitive: boolean;
}

export interface PredicateCondition {
  /** Where it stands: `where.all.0.fact`. */
  readonly path: string;
  readonly fact: Fact;
  readonly value: Sql;
  readonly holds: Sql;
}

type Operator = Exclude<keyof FactConditionInput, 'fact'>;

const operators: Readonly<Record<FactType, readonly Operator[]>> = {
  INTEGER: ['atLeast', 'atMost'],
  DATE: ['from', 'to', 'daysAgoAtLeast', 'daysAgoAtMost'],
  TEXT: ['oneOf'],
  TEXTS: ['oneOf'],
  BOOLEAN: ['is'],
};

/** What can be asked of facts of a type. */
export const operatorsOf = (type: FactType): readonly string[] => [...operators[type], 'known'];

/**
 * Throws BAD_USER_INPUT, with the path of what is wrong, for a fact that the clinic does not have, and for what cannot be asked
 * of it.
 */
export async function readPredicate(input: PredicateInput, context: Context, path = 'where'): Promise<Predicate> {
  const { timeZone } = await clinicOf(context);
  const reader = new Reader(context, dayOf(context.now, timeZone));
  const holds = await reader.read(input, path, 1);
  const { conditions } = reader;
  return { holds, conditions, sensitive: conditions.some(({ fact }) => fact.sensitive) };
}

/** Those of whom a predicate holds; never one who died, was erased or merged. */
export const whoMatches = ({ holds }: Predicate): Where<Patient> => [
  { deceasedOn: null, erasedAt: null, mergedInto: null },
  holds,
];

class Reader {
  readonly conditions: PredicateCondition[] = [];
  readonly #context: Context;
  readonly #today: string;

  constructor(context: Context, today: string) {
    this.#context = context;
    this.#today = today;
  }

  async read(input: PredicateInput, path: string, depth: number): Promise<Sql> {
    if (depth > deepest) throw badInput(path, `A predicate is at most ${deepest} deep.`);
    const given = (['all', 'any', 'not', 'fact'] as const).filter(key => input[key] != null);
    if (given.length !== 1) throw badInput(path, 'Give exactly one of `all`, `any`, `not` and `fact`.');
    const { all, any, not, fact } = input;
    if (fact) return this.#ask(fact, `${path}.fact`);
    if (not) return sql`(${await this.read(not, `${path}.not`, depth + 1)}) is not true`;
    const parts: Sql[] = [];
    for (const [index, part] of (all ?? any)!.entries())
      parts.push(await this.read(part, `${path}.${given[0]}.${index}`, depth + 1));
    return all ? joined(parts, sql` and `, sql`true`) : joined(parts, sql` or `, sql`false`);
  }

  async #ask(input: FactConditionInput, path: string): Promise<Sql> {
    const fact = this.#context.facts.find(({ name }) => name === input.fact);
    if (!fact) throw badInput(`${path}.fact`, `There is no fact '${input.fact}' in this clinic: \`facts\` lists them.`);
    if (this.conditions.length === mostConditions)
      throw badInput(path, `A predicate asks at most ${mostConditions} facts.`);
    refuseMisfit(input, fact, path);
    const value = await fact.value(this.#context);
    const holds = joined(comparisons(input, { fact, value, today: this.#today }), sql` and `, sql`true`);
    this.conditions.push({ path, fact, value, holds });
    return holds;
  }
}

function refuseMisfit(input: FactConditionInput, { name, type, values }: Fact, path: string): void {
  const given = Object.entries(input).flatMap(([key, value]) => (key === 'fact' || value == null ? [] : [key]));
  const possible = operatorsOf(type);
  if (given.length === 0) throw badInput(path, `Say what '${name}' must be: ${possible.join(', ')}.`);
  const foreign = given.find(key => !possible.includes(key));
  if (foreign)
    throw badInput(`${path}.${foreign}`, `'${name}' is ${type}, of which can be asked: ${possible.join(', ')}.`);
  const { oneOf } = input;
  if (!oneOf) return;
  if (oneOf.length > mostWords || oneOf.some(word => word.length > longestWord))
    throw badInput(`${path}.oneOf`, `At most ${mostWords} words of ${longestWord} characters can be asked for.`);
  const unknown = values && oneOf.find(word => !values.includes(word));
  if (unknown !== undefined) throw badInput(`${path}.oneOf`, `'${name}' is one of ${values!.join(', ')}.`);
}

interface Asked {
  fact: Fact;
  value: Sql;
  today: string;
}

function comparisons(input: FactConditionInput, { fact: { type }, value, today }: Asked): Sql[] {
  const { atLeast, atMost, from, to, daysAgoAtLeast, daysAgoAtMost, oneOf, is, known } = input;
  return [
    atLeast != null && sql`(${value}) >= ${atLeast}::integer`,
    atMost != null && sql`(${value}) <= ${atMost}::integer`,
    from != null && sql`(${value}) >= ${from}::date`,
    to != null && sql`(${value}) <= ${to}::date`,
    daysAgoAtLeast != null && sql`(${value}) <= ${today}::date - ${daysAgoAtLeast}::integer`,
    daysAgoAtMost != null && sql`(${value}) >= ${today}::date - ${daysAgoAtMost}::integer`,
    oneOf != null && (type === 'TEXTS' ? sql`(${value}) && ${oneOf}::text[]` : sql`(${value}) = any(${oneOf}::text[])`),
    is != null && sql`(${value}) = ${is}::boolean`,
    known != null && (known ? sql`(${value}) is not null` : sql`(${value}) is null`),
  ].filter(part => part !== false);
}

function joined(parts: readonly Sql[], word: Sql, none: Sql): Sql {
  if (parts.length === 0) return none;
  return sql`(${parts.reduce((all, part) => sql`${all}${word}${part}`)})`;
}
