import type { Database } from '../database/database.ts';
import { epochExpression } from '../database/provenance.ts';
import { RapportError } from '../errors.ts';

/** A place in the outbox. The transaction comes first: ids alone miss events of transactions that commit late. */
export interface Place {
  /** PostgreSQL's xid8, as text of digits. */
  readonly xid: string;
  readonly position: string;
}

/** As clients see it: opaque, and bound to the database that gave it, as transaction numbers mean nothing in another. */
export const writeCursor = (epoch: string, { xid, position }: Place): string =>
  Buffer.from(`${epoch}/${xid}/${position}`).toString('base64url');

/** Throws BAD_USER_INPUT for what is no cursor, RESYNC for one of another database, as before a restore. */
export function readCursor(cursor: string, epoch: string): Place {
  const [, of, xid, position] = form.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (!of || !xid || !position || BigInt(xid) > greatestXid || BigInt(position) > greatestPosition) {
    throw new RapportError('BAD_USER_INPUT', '`after` is not a cursor.', { field: 'after' });
  }
  if (of !== epoch)
    throw new RapportError('RESYNC', 'The cursor is of another database: read the present state and follow anew.', {
      field: 'after',
    });
  return { xid, position };
}

const form = /^([\w-]{1,64})\/(\d{1,20})\/(\d{1,19})$/;
const greatestXid = 2n ** 64n - 1n;
const greatestPosition = 2n ** 63n - 1n;

export const isAfter = (place: Place, other: Place): boolean =>
  place.xid === other.xid ? BigInt(place.position) > BigInt(other.position) : BigInt(place.xid) > BigInt(other.xid);

/** Asks once what the database is called in cursors: another cluster, or a restored database, has another name. */
export function epochOf({ dispatch }: Pick<Database, 'dispatch'>): () => Promise<string> {
  let known: Promise<string> | undefined;
  const ask = async (): Promise<string> => {
    const { rows } = await dispatch.query<{ epoch: string }>(`select ${epochExpression} as epoch`);
    return rows[0]!.epoch;
  };
  return () => {
    known ??= ask();
    known.catch(() => (known = undefined));
    return known;
  };
}
