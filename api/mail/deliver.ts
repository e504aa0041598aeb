import { randomUUID } from 'node:crypto';
import type { Scope } from '../database/tenancy.ts';
import { describe } from '../graphql/format-error.ts';
import { systemActor, type Platform } from '../platform.ts';
import { insist } from '../work/insist.ts';
import type { Worker } from '../work/worker.ts';
import { createAsk } from './ask.ts';
import { Claims, findDue, lease, type Claimed, type Outcome } from './claim.ts';
import { judge } from './outcome.ts';
import { createPrepare, type Ready } from './prepare.ts';
import { connections, SendError, type Transport } from './transport.ts';

/** Deliveries that are `sending` at once: no more can be ambiguous after a crash. */
const group = 25;
/** Milliseconds for which a mail server that cannot be reached is left alone. */
const pause = 30_000;
/** Milliseconds for which it is tried to write down what became of a mail: the lease, renewed each quarter of it, outlasts this. */
const patience = lease / 2;

export interface MailWorkerOptions {
  platform: Platform;
  transport: Transport;
}

/** Takes deliveries that are due, asks once more whether they may be sent, sends them and records what became of them. */
export function createMailWorker({ platform, transport }: MailWorkerOptions): Worker {
  const { database, logger, clock } = platform;
  const claims = new Claims(database, randomUUID());
  const prepare = createPrepare(platform, createAsk(clock));
  const actor = systemActor('job', 'mail');
  let pausedUntil = 0;

  const failed = (delivery: Claimed, error: unknown): Outcome => {
    const outcome = judge(delivery, error, clock.now());
    const { id, mail, attempts } = delivery;
    logger.warn(
      { delivery: id, mail, attempts, state: outcome.state, reason: outcome.reason, fault: describe(error) },
      'A mail was not sent',
    );
    if (error instanceof SendError && error.verdict === 'unreachable') pausedUntil = clock.now().getTime() + pause;
    return outcome;
  };

  const settle = (scope: Scope, outcomes: readonly Outcome[]): Promise<void> =>
    insist(patience, () => claims.settle(scope, outcomes));

  const prepareOne = async (delivery: Claimed, clinicId: string): Promise<Ready | Outcome> => {
    try {
      const context = await platform.contextFor({ clinicId, actor });
      const prepared = await context.transaction(() => prepare(delivery, context));
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

  const work = async (deliveries: readonly Claimed[], scope: Scope): Promise<void> => {
    const prepared = await inParallel(deliveries, delivery => prepareOne(delivery, scope.clinicId));
    const ready = prepared.filter(one => 'envelope' in one);
    await settle(
      scope,
      prepared.filter(one => 'state' in one),
    );
    if (ready.length === 0) return;
    const ours = await insist(patience, () => claims.sending(scope, ready, clock.now()));
    const byId = new Map(deliveries.map(delivery => [delivery.id, delivery]));
    await settle(
      scope,
      await inParallel(
        ready.filter(({ id }) => ours.has(id)),
        one => sendOne(byId.get(one.id)!, one),
      ),
    );
  };

  const isPaused = (): boolean => pausedUntil > clock.now().getTime();

  const deliver = async (claimed: readonly Claimed[], scope: Scope): Promise<void> => {
    const heartbeat = setInterval(() => void claims.renew(scope, clock.now()).catch(() => undefined), lease / 4);
    try {
      for (let at = 0; at < claimed.length; at += group) {
        if (isPaused()) return await settle(scope, claimed.slice(at).map(untried));
        await work(claimed.slice(at, at + group), scope);
      }
    } finally {
      clearInterval(heartbeat);
    }
  };

  return {
    async runDue(now) {
      if (isPaused()) return 0;
      let done = 0;
      for (const [clinicId, ids] of await findDue(now, database)) {
        if (isPaused()) break;
        const scope = { clinicId, patientIds: '*' } as const;
        const claimed = await claims.take(scope, ids, now);
        await deliver(claimed, scope);
        done += claimed.length;
      }
      return done;
    },
  };
}

const untried = ({ id }: Claimed): Outcome => ({ id, state: 'queued', untried: true });

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
