import { randomUUID } from 'node:crypto';
import { SpanKind } from '@opentelemetry/api';
import { connectionConfig } from '../database/connection.ts';
import { describe } from '../graphql/format-error.ts';
import { spanned } from '../health/tracing.ts';
import { systemActor, type Platform } from '../platform.ts';
import { Pipelines } from '../read/pipelines.ts';
import { withTimeLimit } from '../work/time-limit.ts';
import type { Worker } from '../work/worker.ts';
import { Claims, lease, type Claimed, type Outcome } from './claim.ts';
import { DueDeliveries } from './due.ts';
import { Lanes } from './lanes.ts';
import { judge } from './outcome.ts';
import { createPreparation, type Prepared } from './preparation.ts';
import type { Ready } from './prepare.ts';
import { Recorder } from './recorder.ts';
import { suppress } from './suppression.ts';
import { connections, SendError, type Transport } from './transport.ts';

/** Deliveries that are prepared together; while they are sent, the next ones are. */
const group = 50;
/** Milliseconds for which a mail server that cannot be reached is left alone. */
const pause = 30_000;
/** Milliseconds that mails which are under way are given when the process is to end. */
const farewell = 2_000;
const actor = systemActor('job', 'mail');

export interface MailWorkerOptions {
  platform: Platform;
  transport: Transport;
}

export interface MailWorker extends Worker {
  /** Resolves when no mail is under way. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

/** Takes deliveries that are due, asks once more whether they may be sent, sends them and records what became of them. */
export function createMailWorker({ platform, transport }: MailWorkerOptions): MailWorker {
  const { database, logger, clock } = platform;
  const worker = randomUUID();
  const claims = new Claims(database, worker);
  const due = new DueDeliveries(database);
  const pipelines = new Pipelines(connectionConfig(database.url, 'app'), { size: 1 });
  const prepare = createPreparation(platform);
  const lanes = new Lanes(connections);
  let pausedUntil = 0;

  const told = (delivery: Claimed, outcome: Outcome): Outcome => {
    platform.observer.mail(delivery.stream, outcome.state === 'queued' ? 'postponed' : outcome.state);
    return outcome;
  };
  const failed = (delivery: Claimed, error: unknown): Outcome => {
    const outcome = judge(delivery, error, clock.now());
    const { id, mail, attempts } = delivery;
    logger.warn(
      { delivery: id, mail, attempts, state: outcome.state, reason: outcome.reason, fault: describe(error) },
      'A mail was not sent',
    );
    if (error instanceof SendError && error.verdict === 'unreachable') pausedUntil = clock.now().getTime() + pause;
    return told(delivery, outcome);
  };
  /** Before the outcome is stored: a process that ends in between tries once more, and learns it again. */
  const noteBounce = async (clinicId: string, { id }: Claimed, address: string): Promise<void> => {
    const context = await platform.contextFor({ clinicId, actor });
    await context
      .transaction(() => suppress({ address, reason: 'HARD_BOUNCE', deliveryId: id }, context))
      .catch((error: unknown) => logger.warn({ delivery: id, fault: describe(error) }, 'A bounce was not noted'));
  };
  const send = async (clinicId: string, delivery: Claimed, { envelope }: Ready): Promise<Outcome> => {
    try {
      const attributes = { 'rapport.mail': delivery.mail };
      await spanned('mail', { kind: SpanKind.PRODUCER, attributes }, () => transport.send(envelope));
      return told(delivery, { id: delivery.id, state: 'sent', sentAt: clock.now() });
    } catch (error) {
      if (error instanceof SendError && error.isHardBounce) await noteBounce(clinicId, delivery, envelope.to);
      return failed(delivery, error);
    }
  };
  const isPaused = (): boolean => pausedUntil > clock.now().getTime();

  /** Of one that is not to be sent now. */
  const withoutSending = (prepared: Prepared, signal?: AbortSignal): Outcome | undefined => {
    const { id } = prepared.delivery;
    // It had no chance: the attempt is not counted.
    if (isPaused() || signal?.aborted) return { id, state: 'queued', untried: true };
    if ('withheld' in prepared) return told(prepared.delivery, { id, state: 'withheld', reason: prepared.withheld });
    if ('deferred' in prepared) {
      const { deferred: dueAt, reason } = prepared;
      const outcome = { id, state: 'queued', reason, dueAt, deferredAt: clock.now(), untried: true } as const;
      return told(prepared.delivery, outcome);
    }
    return 'error' in prepared ? failed(prepared.delivery, prepared.error) : undefined;
  };

  /** One connection: it takes its next mail when its last one is recorded, so that a kill leaves no more than one in doubt. */
  const sendAll = async (clinicId: string, next: Next, recorder: Recorder, signal?: AbortSignal): Promise<void> => {
    let outcomes: Outcome[] = [];
    for (let prepared = await next(); prepared; prepared = await next()) {
      const outcome = withoutSending(prepared, signal);
      if (outcome) outcomes.push(outcome);
      else if ('ready' in prepared) {
        const isOurs = await recorder.exchange(outcomes, prepared.ready);
        outcomes = isOurs ? [await send(clinicId, prepared.delivery, prepared.ready)] : [];
      }
    }
    if (outcomes.length > 0) await recorder.exchange(outcomes);
  };

  const deliver = async (clinicId: string, claimed: readonly Claimed[], signal?: AbortSignal): Promise<void> => {
    const scope = { clinicId, patientIds: '*' } as const;
    const recorder = new Recorder({ pipelines, clock, clinicId, worker });
    const heartbeat = setInterval(() => void claims.renew(scope, clock.now()).catch(() => undefined), lease / 4);
    const next = ahead(claimed, deliveries => prepare(clinicId, deliveries));
    const { first, all } = await lanes.spread(() => sendAll(clinicId, next, recorder, signal));
    void all.then(() => clearInterval(heartbeat));
    // One of them has found nothing left; others may be waiting for a slow server still.
    await first;
  };

  return {
    async runDue(now, signal) {
      let done = 0;
      for (const { clinicId, ids } of isPaused() ? [] : await due.find(now)) {
        if (isPaused() || signal?.aborted) break;
        const claimed = await claims.take({ clinicId, patientIds: '*' }, ids, now);
        await deliver(clinicId, claimed, signal);
        done += claimed.length;
      }
      return done;
    },
    idle: () => lanes.idle(),
    async stop() {
      await withTimeLimit(farewell, 'The end of mails that are under way', () => lanes.idle()).catch(() =>
        logger.warn('Mails that are under way are left: whether they arrived, nobody knows'),
      );
      await pipelines.close();
    },
  };
}

type Next = () => Promise<Prepared | undefined>;

/** Gives out one by one what is prepared in groups, each of them while the one before it is sent. */
function ahead(claimed: readonly Claimed[], prepare: (deliveries: readonly Claimed[]) => Promise<Prepared[]>): Next {
  let taken = 0;
  const ready: Prepared[] = [];
  const begin = (): Promise<Prepared[]> | undefined => {
    const deliveries = claimed.slice(taken, (taken += group));
    return deliveries.length > 0 ? prepare(deliveries) : undefined;
  };
  let coming = begin();
  return async () => {
    while (ready.length === 0 && coming) {
      const awaited = coming;
      const prepared = await awaited;
      // Of several that wait for it, the first one begins the next.
      if (coming !== awaited) continue;
      ready.push(...prepared);
      coming = begin();
    }
    return ready.shift();
  };
}
