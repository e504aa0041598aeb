import pg from 'pg';
import { RapportError } from '../errors.ts';

/** The error of a read as its caller may see it; what is neither of these is a fault of ours, and masked. */
export function storageError(error: unknown): unknown {
  if (error instanceof RapportError) return error;
  if (!(error instanceof pg.DatabaseError)) return unavailable('The connection to the database was lost.', error);
  const { code = '' } = error;
  if (code === '57014') return unavailable('The database took too long to answer.', error);
  // Too many connections, no memory, no space; shutting down, starting up, or gone.
  if (/^(08|53|57P|58)/.test(code)) return unavailable('The database cannot answer at the moment.', error);
  if (code.startsWith('22')) return new RapportError('BAD_USER_INPUT', 'A value is out of range.', { cause: error });
  return error;
}

const unavailable = (message: string, cause: unknown): RapportError =>
  new RapportError('STORAGE_UNAVAILABLE', message, { cause });
