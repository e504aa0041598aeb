import { systemActor, type Platform } from '../platform.ts';
import type { Withheld } from '../plugin.ts';
import { Breaker } from '../work/breaker.ts';
import { createAsk, PluginFault } from './ask.ts';
import type { Claimed } from './claim.ts';
import type { Deferred } from './pace.ts';
import { createPrepare, type Prepare, type Ready } from './prepare.ts';

/** One delivery, and what is to be done with it; `error` where a plugin could not say. */
export type Prepared = { readonly delivery: Claimed } & ({ ready: Ready } | Withheld | Deferred | { error: unknown });

const actor = systemActor('job', 'mail');

/**
 * Prepares the deliveries of one clinic together, in one transaction and one context: what they ask for at the same time,
 * loaders read with one statement. What a plugin does not answer among the others, it is asked once more by itself, so
 * that one mail which fails, or breaks the transaction that all share, takes no other with it.
 */
export function createPreparation(
  platform: Platform,
): (clinicId: string, deliveries: readonly Claimed[]) => Promise<Prepared[]> {
  const { clock } = platform;
  const breaker = new Breaker();
  // Who fails among others is not to blame yet: only failures of a mail by itself count against a plugin.
  const amongOthers = createPrepare(platform, createAsk(clock, breaker, { counts: false }));
  const alone = createPrepare(platform, createAsk(clock, breaker));

  const inTransaction = async <T>(
    clinicId: string,
    work: (prepare: (by: Prepare, delivery: Claimed) => Promise<Prepared>) => Promise<T>,
  ): Promise<T> => {
    const context = await platform.contextFor({ clinicId, actor });
    return context.transaction(() =>
      work(async (by, delivery) => {
        const answer = await by(delivery, context);
        return 'envelope' in answer ? { delivery, ready: answer } : { delivery, ...answer };
      }),
    );
  };
  const one = (clinicId: string, delivery: Claimed): Promise<Prepared> =>
    inTransaction(clinicId, prepare => prepare(alone, delivery)).catch((error: unknown) => {
      const { plugin, cause, retryAt } = error instanceof PluginFault ? error : {};
      if (plugin !== undefined && !retryAt) platform.failures.note({ clinicId, plugin, error: cause });
      return { delivery, error };
    });
  const all = (clinicId: string, deliveries: readonly Claimed[]): Promise<PromiseSettledResult<Prepared>[]> =>
    inTransaction(clinicId, prepare => Promise.allSettled(deliveries.map(delivery => prepare(amongOthers, delivery))));

  return async (clinicId, deliveries) => {
    const answers = await all(clinicId, deliveries).catch(() => []);
    const prepared: Prepared[] = [];
    for (const [index, delivery] of deliveries.entries()) {
      const answer = answers[index];
      prepared.push(answer?.status === 'fulfilled' ? answer.value : await one(clinicId, delivery));
    }
    return prepared;
  };
}
