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
import { successionTo, type Succession } from './succession.ts';
import { sweepTiers } from './sweep.ts';
import { Tier } from './tier.ts';

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
  const succession = await successionTo(draft.tiers, context);
  const { name, graceDays, descent, needsVerifiedAddress } = draft;
  const program = em.create(MembershipProgram, {
    ...{ name, graceDays, descent, needsVerifiedAddress, active: true, createdAt: now, updatedAt: now },
  });
  await em.flush();
  await writeTiers(program, draft, succession, context);
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
  await writeTiers(program, draft, await successionTo(draft.tiers, context), context);
  await context.enqueue(sweepTiers, undefined, { key: 'more' });
  return program;
}

/** Tiers of a programme that has ended are given up as well: their members come to those of this one. */
async function writeTiers(
  program: MembershipProgram,
  { tiers }: ProgramDraft,
  { ranks }: Succession,
  { em, now }: Context,
): Promise<void> {
  const all = await em.find(Tier, {});
  for (const tier of all) {
    tier.rank = ranks[tier.id]!;
    tier.retiredAt ??= now;
  }
  for (const [rank, draft] of tiers.entries()) {
    const tier = all.find(known => known.program.id === program.id && known.code === draft.code);
    if (tier) em.assign(tier, { ...draft, rank, retiredAt: null });
    else em.create(Tier, { ...draft, program, rank });
  }
  await em.flush();
}

async function lockProgram(id: string, { em }: Context): Promise<MembershipProgram> {
  const lockMode = LockMode.PESSIMISTIC_WRITE;
  const program = isId(id)
    ? await em.findOne(MembershipProgram, { id, active: true }, { lockMode, refresh: true })
    : null;
  if (!program) throw notFound('This programme');
  return program;
}
