import type { Logger } from 'pino';
import type { Database } from '../database/database.ts';
import { RapportError } from '../errors.ts';
import type { Occurrence } from '../plugin.ts';
import { isAfter, readCursor, writeCursor, type Place } from './cursor.ts';
import type { Listener } from './listener.ts';
import { channels } from './outbox.ts';

/** An event as it comes out of the outbox. */
export interface StoredOccurrence extends Occurrence<any> {
  readonly clinicId: string;
  readonly patientId: string | null;
  readonly place: Place;
}

export interface Follower {
  readonly clinicId: string;
  readonly names: readonly string[];
  /** Called in the order of the cursor; must not wait. */
  take(occurrence: StoredOccurrence): void;
}

export interface Joined extends Disposable {
  /** Everything after this place will be taken. */
  readonly from: Place;
}

/** The living end of the outbox: one reader in a process for all clinics. */
export interface Tail {
  join(follower: Follower): Promise<Joined>;
  /** Where a client's cursor points. BAD_USER_INPUT if it is none, RESYNC if it is of another database. */
  placeOf(cursor: string): Promise<Place>;
  /** What is stored after `after`, in order, up to `upTo` inclusive. RESYNC if what follows `after` is not all kept. */
  replay(follower: Pick<Follower, 'clinicId' | 'names'>, after: Place, upTo: Place): AsyncIterable<StoredOccurrence>;
  stop(): Promise<void>;
}

export interface TailOptions {
  database: Database;
  listener: Listener;
  logger: Logger;
}

const batch = 500;
/** Milliseconds: how late an event can be whose notification was lost. */
const pollEvery = 1_000;

const columns = 'o.xid::text as xid, o.position::text as position, o.id, o.clinic_id, o.patient_id, o.name, o.payload, o.created_at';
// Transactions below the horizon are all decided: nothing can appear before what was read.
const horizon = 'pg_snapshot_xmin(pg_current_snapshot())';

interface Entry {
  xid: string;
  position: string;
  id: string;
  clinic_id: string;
  patient_id: string | null;
  name: string;
  payload: unknown;
  created_at: Date;
}

function occurrenceOf(entry: Entry, epoch: string): StoredOccurrence {
  const place = { xid: entry.xid, position: entry.position };
  const { id, name, payload, created_at: at, clinic_id: clinicId, patient_id: patientId } = entry;
  return { id, name, payload, at, cursor: writeCursor(epoch, place), clinicId, patientId, place };
}

export function createTail({ database: { dispatch }, listener, logger }: TailOptions): Tail {
  const followers = new Set<Follower>();
  // Read and moved without a pause between: who joins gets all that comes after it, and nothing before.
  let at: Place | undefined;
  let ready: Promise<void> | undefined;
  let reading: Promise<void> | undefined;
  let again = false;
  let epoch: Promise<string> | undefined;
  let ears: Disposable | undefined;
  let timer: NodeJS.Timeout | undefined;

  const epochOf = (): Promise<string> => (epoch ??= readEpoch().catch(error => ((epoch = undefined), Promise.reject(error))));
  const readEpoch = async (): Promise<string> => {
    const { rows } = await dispatch.query<{ epoch: string }>(
      `select system_identifier || '-' || (select oid from pg_database where datname = current_database()) as epoch from pg_control_system()`,
    );
    return rows[0]!.epoch;
  };
  const settle = async (): Promise<void> => {
    const { rows } = await dispatch.query<{ xid: string }>(`select ${horizon}::text as xid`);
    // Before the first event of the first transaction that is not decided yet.
    at ??= { xid: rows[0]!.xid, position: '0' };
  };

  /** Reads on from the last place until there is nothing more. */
  const read = async (): Promise<void> => {
    while (followers.size > 0 && at) {
      const { xid, position } = at;
      const { rows } = await dispatch.query<Entry>({
        name: 'tail',
        text: `select ${columns} from outbox o where (o.xid, o.position) > ($1::text::xid8, $2::bigint) and o.xid < ${horizon}
          order by o.xid, o.position limit ${batch}`,
        values: [xid, position],
      });
      const known = await epochOf();
      for (const entry of rows) {
        const occurrence = occurrenceOf(entry, known);
        for (const follower of followers) {
          if (follower.clinicId === occurrence.clinicId && follower.names.includes(occurrence.name)) follower.take(occurrence);
        }
        at = occurrence.place;
      }
      if (rows.length < batch) return;
    }
  };
  const wake = (): void => {
    again = true;
    reading ??= readAll().finally(() => (reading = undefined));
  };
  const readAll = async (): Promise<void> => {
    while (again && followers.size > 0) {
      again = false;
      await read().catch((error: Error) => logger.warn({ code: (error as { code?: string }).code }, 'Cannot read the outbox; trying again'));
    }
  };
  const start = (): void => {
    if (timer) return;
    ears = listener.on(channels.events, wake);
    timer = setInterval(wake, pollEvery);
    timer.unref();
  };
  const rest = (): void => {
    clearInterval(timer);
    ears?.[Symbol.dispose]();
    timer = ears = at = ready = undefined;
  };

  return {
    async join(follower) {
      await (ready ??= settle().catch(error => ((ready = undefined), Promise.reject(error))));
      followers.add(follower);
      start();
      wake();
      return {
        from: at!,
        [Symbol.dispose]() {
          followers.delete(follower);
          if (followers.size === 0) rest();
        },
      };
    },
    placeOf: async cursor => readCursor(cursor, await epochOf()),
    async *replay({ clinicId, names }, after, upTo) {
      const known = await epochOf();
      let place = after;
      if (isAfter(place, upTo)) return;
      await refuseForgotten(place);
      for (;;) {
        const { rows } = await dispatch.query<Entry>({
          name: 'replay',
          text: `select ${columns} from outbox o
            where o.clinic_id = $1 and o.name = any($2) and (o.xid, o.position) > ($3::text::xid8, $4::bigint)
              and (o.xid, o.position) <= ($5::text::xid8, $6::bigint)
            order by o.xid, o.position limit ${batch}`,
          values: [clinicId, names, place.xid, place.position, upTo.xid, upTo.position],
        });
        for (const entry of rows) yield occurrenceOf(entry, known);
        if (rows.length < batch) return;
        place = rows.at(-1)!;
      }
    },
    async stop() {
      followers.clear();
      rest();
      await reading;
    },
  };

  /** A cursor from before what is still kept cannot promise that nothing is missing. */
  async function refuseForgotten(place: Place): Promise<void> {
    const { rows } = await dispatch.query<{ known: boolean }>(
      `select exists (select from outbox o where (o.xid, o.position) <= ($1::text::xid8, $2::bigint)) as known`,
      [place.xid, place.position],
    );
    if (!rows[0]!.known) throw new RapportError('RESYNC', 'The cursor is older than what is kept: read the present state and follow anew.', { field: 'after' });
  }
}
