import {
  Arg,
  Authorized,
  Ctx,
  Field,
  FieldResolver,
  Float,
  InputType,
  Int,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { select, sql, type Context, type Sql } from 'clinic-rapport';
import { mostTiers, MembershipProgramInput } from './program-input.ts';
import { readProgram, type ProgramDraft } from './program-draft.ts';
import { programWrite } from './program.ts';
import { fallen, ranked, rises } from './rules-sql.ts';
import { successionTo } from './succession.ts';
import { Tier } from './tier.ts';

@InputType({ description: 'A programme to try out.' })
export class SimulateMembershipProgramInput {
  @Field(() => MembershipProgramInput, {
    description: 'The programme as it might be, whole. Tiers are the same by their code.',
  })
  program: MembershipProgramInput;
}

@ObjectType({ simpleResolvers: true, description: 'Patients who would go the same way.' })
export class TierMove {
  @Field(() => String, { nullable: true, description: 'Code of the tier now; null for who is no member yet.' })
  from: string | null;

  @Field(() => String, { description: 'Code of the tier then.' })
  to: string;

  @Field(() => Int, { description: 'How many patients.' })
  patients: number;

  @Field(() => Int, { description: 'Days until they go: 0 for at once, else the period of grace.' })
  afterDays: number;
}

/** With the statement that found it, whose plan can be asked for. */
@ObjectType({
  simpleResolvers: true,
  description: 'What a programme would do to all patients, of which nothing was saved.',
})
export class MembershipProgramSimulation {
  @Field(() => Int, { description: 'Patients who are members then.' })
  members: number;

  @Field(() => Int, { description: 'Members who keep their tier.' })
  stay: number;

  @Field(() => Int, { description: 'Members who come higher, at once.' })
  up: number;

  @Field(() => Int, {
    description: 'Members who come lower after the grace, those whose tier is given up among them.',
  })
  down: number;

  @Field(() => Int, { description: 'Patients who are no members yet, and become some.' })
  join: number;

  @Field(() => [TierMove], {
    description: `How many go from where to where, those who stay included; at most ${(mostTiers + 1) * mostTiers}, the most patients first.`,
  })
  moves: TierMove[];

  @Field(() => Float, { description: 'What the tiers cost in a year now, by `yearlyValue`, in whole minor units.' })
  yearlyCostNow: number;

  @Field(() => Float, {
    description: 'What they would cost in a year after the first period of grace, in whole minor units.',
  })
  yearlyCostThen: number;

  readonly statement: Sql;
}

@Resolver(() => MembershipProgramSimulation)
export class SimulationResolver {
  @Authorized(programWrite)
  @Query(() => MembershipProgramSimulation, {
    description:
      'Tries a programme out over all patients, with the checks of `updateMembershipProgram` and by the statement of the nightly sweep. Saves nothing.',
  })
  async simulateMembershipProgram(
    @Arg('input', () => SimulateMembershipProgramInput, { description: 'The programme.' })
    { program }: SimulateMembershipProgramInput,
    @Ctx() context: Context,
  ): Promise<MembershipProgramSimulation> {
    return simulate(await readProgram(program, 'input.program', context), context);
  }

  @FieldResolver(() => [String], {
    description: 'How the database goes about it, line by line, as `EXPLAIN` shows it.',
  })
  async plan(@Root() { statement }: MembershipProgramSimulation, @Ctx() { em }: Context): Promise<string[]> {
    const lines = await select<{ 'QUERY PLAN': string }>(em, sql`explain ${statement}`);
    return lines.map(line => line['QUERY PLAN']);
  }
}

interface Counted {
  /** The tier now, by id. */
  readonly tier: string | null;
  /** Ranks in the draft. */
  readonly current: number;
  readonly target: number;
  readonly patients: number;
}

async function simulate(draft: ProgramDraft, context: Context): Promise<MembershipProgramSimulation> {
  const all = await context.em.find(Tier, {});
  const statement = await counting(draft, context);
  const counted = await select<Counted>(context.em, statement);
  const moves = counted.map(row => moveOf(row, all, draft));
  const sum = (of: (row: Counted) => number): number => counted.reduce((total, row) => total + of(row), 0);
  const sumWhere = (holds: (row: Counted, move: TierMove) => boolean): number =>
    sum(row => (holds(row, moves[counted.indexOf(row)]!) ? row.patients : 0));
  const valueNow = ({ tier }: Counted): number => all.find(({ id }) => id === tier)?.yearlyValue ?? 0;
  return {
    members: sum(({ patients }) => patients),
    stay: sumWhere((_, { from, to }) => from === to),
    up: sumWhere(({ current, target }, { from, to }) => from !== null && from !== to && target > current),
    down: sumWhere(({ current, target }, { from, to }) => from !== null && from !== to && target <= current),
    join: sumWhere((_, { from }) => from === null),
    moves,
    yearlyCostNow: sum(row => row.patients * valueNow(row)),
    yearlyCostThen: sum(row => row.patients * draft.tiers[row.target]!.yearlyValue),
    statement,
  };
}

function moveOf({ tier, current, target, patients }: Counted, all: readonly Tier[], draft: ProgramDraft): TierMove {
  const from = all.find(({ id }) => id === tier)?.code ?? null;
  const to = draft.tiers[target]!.code;
  const waits = from !== null && from !== to && target <= current;
  return { from, to, patients, afterDays: waits ? draft.graceDays : 0 };
}

/** By where patients are and where they end: who falls goes as far down as the sweep after the first period of grace sends them. */
async function counting(draft: ProgramDraft, context: Context): Promise<Sql> {
  const everybody = (): Sql => sql`true`;
  const { tiers, needsVerifiedAddress, descent } = draft;
  const scheme = { tiers, needsVerifiedAddress, ...(await successionTo(tiers, context)) };
  return sql`with ranked as materialized (${await ranked(scheme, everybody, context)})
    select member_tier as tier, current, target, count(*)::integer as patients
    from (select *, case when ${rises} then earned else ${fallen(descent)} end as target from ranked) decided
    group by member_tier, current, target order by patients desc, member_tier nulls last, target`;
}
