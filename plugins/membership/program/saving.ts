import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql';
import { LockMode } from '@mikro-orm/postgresql';
import { validate as isId } from 'uuid';
import { conflict, Idempotent, notFound, type Context } from 'clinic-rapport';
import { readProgram, type ProgramDraft } from './program-draft.ts';
import {
  CreateMembershipProgramInput,
  EndMembershipProgramInput,
  UpdateMembershipProgramInput,
} from './program-input.ts';
import { activeProgram, MembershipProgram, programWrite } from './program.ts';
import { sweepTiers } from './sweep.ts';
import { Tier, tiersOf } from './tier.ts';

@Resolver()
export class ProgramWriting {
  @Authorized(programWrite)
  @Idempotent()
  @Mutation(() => MembershipProgram, {
    description: 'Begins a programme. CONFLICT while another one goes on. Every registered patient becomes a member.',
  })
  async createMembershipProgram(
    @Arg('input', () => CreateMembershipProgramInput, { description: 'The programme.' })
    { program }: CreateMembershipProgramInput,
    @Ctx() context: Context,
  ): Promise<MembershipProgram> {
    return createMembershipProgram(await readProgram(program, 'input.program', context), context);
  }

  @Authorized(programWrite)
  @Mutation(() => MembershipProgram, {
    description:
      'Changes a programme. Who comes higher by it does at once, who would come lower has a period of grace first.',
  })
  async updateMembershipProgram(
    @Arg('input', () => UpdateMembershipProgramInput, { description: 'The programme as it is to be.' })
    { id, expectedVersion, program: wanted }: UpdateMembershipProgramInput,
    @Ctx() context: Context,
  ): Promise<MembershipProgram> {
    const program = await lockProgram(id, context);
    if (expectedVersion != null && program.version !== expectedVersion) {
      throw conflict(`It was changed meanwhile: its version is ${program.version}, not ${expectedVersion}.`);
    }
    return updateMembershipProgram(program, await readProgram(wanted, 'input.program', context), context);
  }

  @Authorized(programWrite)
  @Mutation(() => MembershipProgram, {
    description: 'Ends a programme: members stay as they are, and nobody joins, goes up or goes down.',
  })
  async endMembershipProgram(
    @Arg('input', () => EndMembershipProgramInput, { description: 'Which one.' }) { id }: EndMembershipProgramInput,
    @Ctx() context: Context,
  ): Promise<MembershipProgram> {
    const program = await lockProgram(id, context);
    program.active = false;
    await context.em.flush();
    return program;
  }
}

/** Throws CONFLICT while another programme goes on: the clinic has one. */
export async function createMembershipProgram(draft: ProgramDraft, context: Context): Promise<MembershipProgram> {
  const { em, now, clinicId } = context;
  await em.execute('select pg_advisory_xact_lock(hashtextextended(?, 0))', [`membership program ${clinicId}`]);
  if (await activeProgram(context)) throw conflict('A programme goes on already: change that one, or end it first.');
  const { name, graceDays, descent, needsVerifiedAddress } = draft;
  const program = em.create(MembershipProgram, {
    ...{ name, graceDays, descent, needsVerifiedAddress, active: true, createdAt: now, updatedAt: now },
  });
  await em.flush();
  await writeTiers(program, draft, [], context);
  await context.enqueue(sweepTiers, undefined, { key: 'more' });
  return program;
}

/** Also of a clinic that has none of it yet. */
export async function updateMembershipProgram(
  program: MembershipProgram,
  draft: ProgramDraft,
  context: Context,
): Promise<MembershipProgram> {
  const { em, now } = context;
  const { name, graceDays, descent, needsVerifiedAddress } = draft;
  em.assign(program, { name, graceDays, descent, needsVerifiedAddress, updatedAt: now });
  await writeTiers(program, draft, await tiersOf(program, context), context);
  await context.enqueue(sweepTiers, undefined, { key: 'more' });
  return program;
}

async function writeTiers(
  program: MembershipProgram,
  { tiers }: ProgramDraft,
  known: readonly Tier[],
  { em, now }: Context,
): Promise<void> {
  const ranks = ranksIn(known, tiers);
  for (const tier of known) if (!tiers.some(({ code }) => code === tier.code)) tier.retiredAt = now;
  for (const tier of known) tier.rank = ranks.get(tier.id)!;
  const all = await em.find(Tier, { program: program.id });
  for (const [rank, draft] of tiers.entries()) {
    const tier = all.find(({ code }) => code === draft.code);
    if (tier) em.assign(tier, { ...draft, rank, retiredAt: null });
    else em.create(Tier, { ...draft, program, rank });
  }
  await em.flush();
}

/** By id: the rank that each tier has among others; one that is given up, that of the next lower one which is kept. */
export function ranksIn(known: readonly Tier[], tiers: readonly { readonly code: string }[]): Map<string, number> {
  let lower = 0;
  return new Map(
    known
      .toSorted((a, b) => a.rank - b.rank)
      .map(({ id, code }) => {
        const rank = tiers.findIndex(tier => tier.code === code);
        if (rank >= 0) lower = rank;
        return [id, lower];
      }),
  );
}

async function lockProgram(id: string, { em }: Context): Promise<MembershipProgram> {
  const lockMode = LockMode.PESSIMISTIC_WRITE;
  const program = isId(id)
    ? await em.findOne(MembershipProgram, { id, active: true }, { lockMode, refresh: true })
    : null;
  if (!program) throw notFound('This programme');
  return program;
}
