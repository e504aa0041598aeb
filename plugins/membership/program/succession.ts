import type { Context } from 'clinic-rapport';
import { MembershipProgram } from './program.ts';
import { Tier } from './tier.ts';

type Coded = Pick<Tier, 'code'>;

/** What becomes of all tiers that the clinic ever had. */
export interface Succession {
  /** By id: the rank among those that are in force. One that is given up has that of the next lower one which is kept. */
  readonly ranks: Readonly<Record<string, number>>;
  /** Ids of those that are given up: their members keep them until a grace is over. */
  readonly gone: readonly string[];
}

/** Of these tiers, the lowest first, once they are in force. A tier stays the same by its code, in another programme too. */
export async function successionTo(tiers: readonly Coded[], { em }: Context): Promise<Succession> {
  const all = await em.find(Tier, {});
  // Tiers of those before the last one have their ranks among its tiers.
  const orderBy = { active: 'desc', createdAt: 'desc', id: 'desc' } as const;
  const [last] = await em.find(MembershipProgram, {}, { orderBy, limit: 1 });
  const present = all.filter(({ program, retiredAt }) => program.id === last?.id && !retiredAt);
  const byRank = new Map<number, number>();
  let lower = 0;
  for (const { code, rank } of present.toSorted((a, b) => a.rank - b.rank)) {
    lower = indexOf(code, tiers) ?? lower;
    byRank.set(rank, lower);
  }
  const ranks = all.map(({ id, code, rank }) => [id, indexOf(code, tiers) ?? byRank.get(rank) ?? 0] as const);
  return { ranks: Object.fromEntries(ranks), gone: goneOf(all, tiers) };
}

/** Ids of those that have no successor of the same code. */
export const goneOf = (all: readonly Tier[], tiers: readonly Coded[]): string[] =>
  all.filter(({ code }) => indexOf(code, tiers) === undefined).map(({ id }) => id);

function indexOf(code: string, tiers: readonly Coded[]): number | undefined {
  const index = tiers.findIndex(tier => tier.code === code);
  return index < 0 ? undefined : index;
}
