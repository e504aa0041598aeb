import { record as recordEvents } from '../events/outbox.ts';
import { SpanKind } from '@opentelemetry/api';
import { describe } from '../graphql/format-error.ts';
import { spanned } from '../health/tracing.ts';
import type { Platform } from '../platform.ts';
import type { Actor } from '../plugin.ts';
import { asPlugin } from './at-work.ts';
import { attempt, ClaimLost } from './attempt.ts';
import { Breaker } from './breaker.ts';
import { Claims, retryAfter, type Claim, type Leases, type WorkTable } from './claims.ts';
import { deadLettered, kindOf } from './dead-letter.ts';
import { reasonOf } from './failure.ts';
import { insist } from './insist.ts';
import type { Sweep } from './sweep.ts';
import type { Task } from './worker.ts';

export interface LaneOptions<T> {
  platform: Platform;
  table: WorkTable;
  plugin: string;
  tasks: readonly Task<T>[];
  /** Milliseconds that work is given when the process is to end; with what ends after it, less than ten seconds. */
  grace?: number;
  actorOf(name: string): Actor;
}

/** Rows that one plugin works on at once, in a process. More would take the connections that requests need. */
const hands = 3;
/** Milliseconds by which a lease outlasts the time limit: enough to write down that it was reached. */
const margin = 30_000;

/** The waiting work of one plugin. */
export class Lane<T extends object> implements Sweep {
  readonly #options: LaneOptions<T>;
  readonly #tasks: ReadonlyMap<string, Task<T>>;
  readonly #leases: Leases;
  readonly #claims: Claims<T>;
  readonly #breaker = new Breaker();

  constructor(options: LaneOptions<T>) {
    const { platform, table, tasks } = options;
    this.#options = options;
    this.#tasks = new Map(tasks.map(task => [task.name, task]));
    this.#leases = Object.fromEntries(tasks.map(({ name, timeLimit }) => [name, timeLimit + margin]));
    this.#claims = new Claims<T>(platform, table);
  }

  async runDue(now: Date, signal?: AbortSignal): Promise<number> {
    if (this.#isLeftAlone) return 0;
    const clinics = await this.#claims.clinicsWithDue([...this.#tasks.keys()], now);
    // Each clinic stands in the queue as often as there are hands, and goes to its end with each row: a clinic with much
    // to do does not keep the others waiting, and one that is alone gets all hands.
    const queue = Array.from({ length: hands }, () => clinics).flat();
    let done = 0;
    const hand = async (): Promise<void> => {
      for (let clinic = queue.shift(); clinic && !signal?.aborted && !this.#isLeftAlone; clinic = queue.shift()) {
        const row = await this.#claims.take(clinic, this.#leases, now);
        if (!row) continue;
        queue.push(clinic);
        await this.#do(row, signal);
        done += 1;
      }
    };
    const ends = await Promise.allSettled(Array.from({ length: hands }, hand));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    return done;
  }

  /** Without a claim, no attempt is used up. */
  get #isLeftAlone(): boolean {
    const { platform, plugin } = this.#options;
    return this.#breaker.waitsUntil(plugin, platform.clock.now()) !== undefined;
  }

  async #do(row: Claim & T, signal?: AbortSignal): Promise<void> {
    const { platform, plugin, table, actorOf, grace = 7_000 } = this.#options;
    const { timeLimit, attempts, run } = this.#tasks.get(row.name)!;
    if (row.attempts > attempts) return this.#bury(row, `Its worker ended ${attempts} times while it ran.`);
    const begun = performance.now();
    const tell = (failed: boolean): void => {
      const kind = table.table === 'job' ? 'job' : 'event';
      platform.observer.work({ kind, plugin, name: row.name, milliseconds: performance.now() - begun, failed });
    };
    try {
      await spanned(row.name, { kind: SpanKind.CONSUMER, attributes: { 'rapport.plugin': plugin } }, () =>
        attempt(platform, this.#claims, {
          claim: row,
          actor: actorOf(row.name),
          plugin,
          timeLimit,
          ending: signal && { signal, grace },
          run: context => asPlugin(plugin, () => run(row, context)),
        }),
      );
      this.#breaker.succeeded(plugin);
      tell(false);
    } catch (error) {
      tell(true);
      if (!(error instanceof ClaimLost)) await this.#failed(row, attempts, error);
    }
  }

  async #bury(row: Claim & T, reason: string): Promise<void> {
    const { platform, plugin, table, actorOf } = this.#options;
    const { clinicId, id, name, attempts } = row;
    // What listens to dead letters and fails itself is not told of that: it would go on for ever.
    const isOfDeadLetter = 'eventName' in row && row.eventName === deadLettered.name;
    const payload = { id, kind: kindOf(table), plugin, name, attempts, reason };
    const context = await platform.contextFor({ clinicId, actor: actorOf(name) });
    await this.#claims.bury(row, reason, async em => {
      if (!isOfDeadLetter) await recordEvents(em, platform, context, [{ event: deadLettered, payload }]);
    });
  }

  async #failed(row: Claim & T, attempts: number, error: unknown): Promise<void> {
    const { platform, plugin } = this.#options;
    const { clock, logger } = platform;
    const { clinicId, id, name } = row;
    const isLast = row.attempts >= attempts;
    const pausedUntil = this.#breaker.failed(plugin, clock.now());
    platform.failures.note({ clinicId, plugin, error, pausedUntil });
    const about = { plugin, name, clinicId, id, attempts: row.attempts, fault: describe(error) };
    if (isLast) logger.error(about, 'Given up; it is a dead letter');
    else logger.warn(about, 'Failed; it will be tried again');
    const write = (): Promise<void> =>
      isLast
        ? this.#bury(row, reasonOf(error))
        : this.#claims.postpone(row, retryAfter(row.attempts, clock.now()), reasonOf(error));
    // Not written down, it would stay with this worker until its lease ends.
    await insist(margin, write);
  }
}
