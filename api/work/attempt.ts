import type { EntityManager, Transaction } from '@mikro-orm/postgresql';
import type { PlatformContext } from '../context.ts';
import type { Platform } from '../platform.ts';
import type { Actor } from '../plugin.ts';
import type { Claim, Claims } from './claims.ts';
import { TimeLimitError, withTimeLimit, type Ending } from './time-limit.ts';

/** The lease ended before the work did: it is someone else's now, and what was changed here is rolled back. */
export class ClaimLost extends Error {
  override readonly name = 'ClaimLost';
}

export interface Attempt {
  readonly claim: Claim;
  readonly actor: Actor;
  readonly plugin: string;
  /** Milliseconds. */
  readonly timeLimit: number;
  /** When the process is to end, the work is cut off, and done again by another one. */
  readonly ending?: Ending;
  run(context: PlatformContext): Promise<void>;
}

/**
 * Does the work and removes its row in one transaction: what it changes in the database happens exactly once, however
 * often it is tried. Where the plugin was switched off meanwhile there is nothing more to do.
 */
export async function attempt(
  platform: Platform,
  claims: Claims<object>,
  { claim, actor, plugin, timeLimit, ending, run }: Attempt,
): Promise<void> {
  const context = await platform.contextFor({ clinicId: claim.clinicId, actor });
  const { proxy, revoke } = Proxy.revocable(context, { get: ownProperty });
  let open: { em: EntityManager; transaction: Transaction | undefined } | undefined;
  try {
    await context.transaction(async () => {
      const { em } = context;
      open = { em, transaction: em.getTransactionContext() };
      if (context.enabled.has(plugin)) await withTimeLimit(timeLimit, claim.name, async () => run(proxy), ending);
      // Last: a transaction that has written holds up all subscribers until it ends, and a handler may take its time.
      if (!(await claims.finish(em, claim))) throw new ClaimLost(claim.name);
    });
  } catch (error) {
    if (!(error instanceof TimeLimitError)) throw error;
    // What the plugin still does must have no effect: its context is taken away, and its entity manager is left with the
    // transaction that has ended, as it would begin another one by itself.
    revoke();
    open?.em.setTransactionContext(open.transaction);
    throw error;
  }
}

/** Getters run on the context itself: its private parts are not those of the proxy. */
const ownProperty = (context: PlatformContext, key: string | symbol): unknown => Reflect.get(context, key);
