import type { Listener } from '../events/listener.ts';
import { channels, timetableChannel } from '../events/outbox.ts';
import { describe } from '../graphql/format-error.ts';
import type { Platform } from '../platform.ts';
import { Rounds } from '../work/rounds.ts';
import type { Sweep } from '../work/sweep.ts';
import { withTimeLimit } from '../work/time-limit.ts';
import { entriesOf, recurringOf } from './recurring.ts';
import { Timetable, type Entry } from './timetable.ts';

/** Says when it is time to look for work. */
export interface Bell {
  /** From now on sweeps run as soon as there is something to do; rejects if the database cannot be reached. */
  start(): Promise<void>;
  /** Begins nothing new, and waits for what runs, at most eight seconds: what is cut off is done again. */
  stop(): Promise<void>;
}

export interface BellOptions {
  platform: Pick<Platform, 'plugins' | 'database' | 'clock' | 'logger'>;
  listener: Listener;
  sweeps: readonly Sweep[];
  /** Milliseconds between two looks into the timetable; 5,000 if not given. */
  pollEvery?: number;
}

const patience = 8_000;
/** Milliseconds. Agenda's sweep comes to one process of all, and up to twenty seconds late: reminders are not to wait for that. */
const ringEvery = 2_000;

/** For what falls due by time alone, and for a notification that was lost. */
const sweeping: Entry = { name: 'rapport.sweep', every: '15 seconds', timeZone: 'UTC' };
/** Clinics come, move to another zone, and enable plugins: the database says so, and this is for when nobody heard it. */
const reconciling: Entry = { name: 'rapport.reconcile', every: '0 * * * *', timeZone: 'UTC' };

/** Rings when the database notifies, and by Agenda, the clock that all processes share. */
export function createBell({ platform, listener, sweeps, pollEvery }: BellOptions): Bell {
  const { database, clock, logger } = platform;
  const rounds = sweeps.flatMap(sweep =>
    (sweep.lanes ?? [sweep]).map(lane => ({
      channel: sweep.channel ?? channels.work,
      round: new Rounds({ sweep: lane, clock, logger }),
    })),
  );
  const ring = (channel?: string): void =>
    rounds.filter(each => channel === undefined || each.channel === channel).forEach(({ round }) => round.ring());
  const ears: Disposable[] = [];
  let timetable: Timetable | undefined;
  let timer: NodeJS.Timeout | undefined;

  const keep = async (): Promise<void> => timetable?.keep([sweeping, reconciling, ...(await entriesOf(platform))]);
  const reconcile = (): void =>
    void keep().catch((error: unknown) => logger.warn({ fault: describe(error) }, 'The timetable could not be kept'));
  const actions = {
    [sweeping.name]: () => ring(),
    [reconciling.name]: () => reconcile(),
    ...Object.fromEntries(recurringOf(platform.plugins).map(({ job }) => [job.name, () => ring(channels.work)])),
  };
  return {
    async start() {
      timetable ??= await Timetable.open({ url: database.url, logger, actions, pollEvery });
      await keep();
      ears.push(...Object.values(channels).map(channel => listener.on(channel, () => ring(channel))));
      ears.push(listener.on(timetableChannel, reconcile));
      timer ??= setInterval(() => ring(), ringEvery).unref();
      ring();
    },
    async stop() {
      clearInterval(timer);
      ears.splice(0).forEach(ear => ear[Symbol.dispose]());
      const ending = Promise.all(rounds.map(({ round }) => round.stop()));
      await timetable?.stop();
      timetable = undefined;
      await withTimeLimit(patience, 'The end of what runs', () => ending).catch(() =>
        logger.warn('Work that did not end in time is cut off; it will be done again'),
      );
    },
  };
}
