import { randomUUID } from 'node:crypto';
import { describe } from '../graphql/format-error.ts';
import { systemActor, type Platform } from '../platform.ts';
import { retryAfter } from '../work/claims.ts';
import type { Worker } from '../work/worker.ts';
import { Claims, findDue, type Claimed, type Outcome } from './claim.ts';
import { prepare, type Ready } from './prepare.ts';
import { connections, SendError, type Transport } from './transport.ts';

const mostAttempts = 10;
/** Deliveries that are `sending` at once: no more can be ambiguous after a crash. */
const group = 25;

export interface MailWorkerOptions {
  platform: Platform;
  transport: Transport;
}

/** Takes deliveries that are due, asks once more whether they may be sent, sends them and records what became of them. */
export function createMailWorker({ platform, transport }: MailWorkerOptions): Worker {
  const { database, logger, clock } = platform;
  const claims = new Claims(database, randomUUID());
  const actor = systemActor('job', 'mail');

  const failed = (delivery: Claimed, error: unknown): Outcome => {
    const { id, attempts, stream } = delivery;
    const verdict = error instanceof SendError ? error.verdict : 'again';
    const reason = error instanceof SendError ? error.message : 'NOT_PREPARED';
    logger.warn({ mail: delivery.mail, attempts, verdict, fault: describe(error) }, 'A mail was not sent');
    if (verdict === 'unknown' && stream === 'marketing') return { id, state: 'uncertain', reason };
    if (verdict === 'never' || attempts >= mostAttempts) return { id, state: 'failed', reason };
    return { id, state: 'queued', reason, dueAt: retryAfter(attempts, clock.now()) };
  };

  const prepareOne = async (delivery: Claimed, clinicId: string): Promise<Ready | Outcome> => {
    try {
      const context = await platform.contextFor({ clinicId, actor });
      const prepared = await context.transaction(() => prepare(delivery, context, platform));
      return 'withheld' in prepared ? { id: delivery.id, state: 'withheld', reason: prepared.withheld } : prepared;
    } catch (error) {
      return failed(delivery, error);
    }
  };

  const sendOne = async (delivery: Claimed, { envelope }: Ready): Promise<Outcome> => {
    try {
      await transport.send(envelope);
      return { id: delivery.id, state: 'sent', sentAt: clock.now() };
    } catch (error) {
      return failed(delivery, error);
    }
  };

  const work = async (deliveries: readonly Claimed[], clinicId: string): Promise<void> => {
    const scope = { clinicId, patientIds: '*' } as const;
    const prepared = await inParallel(deliveries, delivery => prepareOne(delivery, clinicId));
    const ready = prepared.filter(one => 'envelope' in one);
    await claims.settle(scope, prepared.filter(one => 'state' in one));
    if (ready.length === 0) return;
    const ours = await claims.sending(scope, ready.map(({ id, basis, locale }) => ({ id, basis, locale })));
    const byId = new Map(deliveries.map(delivery => [delivery.id, delivery]));
    const sent = await inParallel(ready.filter(({ id }) => ours.has(id)), one => sendOne(byId.get(one.id)!, one));
    await claims.settle(scope, sent);
  };

  return {
    async runDue(now) {
      let done = 0;
      for (const [clinicId, ids] of await findDue(now, database)) {
        const claimed = await claims.take({ clinicId, patientIds: '*' }, ids, now);
        for (let at = 0; at < claimed.length; at += group) await work(claimed.slice(at, at + group), clinicId);
        done += claimed.length;
      }
      return done;
    },
  };
}

/** As many at once as there are connections. */
async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) results[index] = await work(items[index]!);
  };
  await Promise.all(Array.from({ length: connections }, lane));
  return results;
}
