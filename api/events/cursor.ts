import { RapportError } from '../errors.ts';

/** A place in the outbox. The transaction comes first: ids alone miss events of transactions that commit late. */
export interface Place {
  /** PostgreSQL's xid8, as text of digits. */
  readonly xid: string;
  readonly position: string;
}

/** As clients see it: opaque, and bound to the cluster that gave it, as transaction numbers mean nothing in another. */
export const writeCursor = (epoch: string, { xid, position }: Place): string =>
  Buffer.from(`${epoch}/${xid}/${position}`).toString('base64url');

/** Throws BAD_USER_INPUT for what is no cursor, RESYNC for one of another cluster, as before a restore. */
export function readCursor(cursor: string, epoch: string): Place {
  const [, of, xid, position] = /^([\w-]{1,64})\/(\d{1,20})\/(\d{1,19})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (!of || !xid || !position) throw new RapportError('BAD_USER_INPUT', '`after` is not a cursor.', { field: 'after' });
  if (of !== epoch) throw new RapportError('RESYNC', 'The cursor is of another database: read the present state and follow anew.', { field: 'after' });
  return { xid, position };
}

export const isAfter = (place: Place, other: Place): boolean =>
  place.xid === other.xid ? BigInt(place.position) > BigInt(other.position) : BigInt(place.xid) > BigInt(other.xid);
