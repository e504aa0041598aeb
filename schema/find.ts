import { LockMode, type EntityName } from '@mikro-orm/postgresql';
import { validate as isId } from 'uuid';
import { conflict, notFound, type Context } from 'clinic-rapport';

/**
 * The entity with this id, for a rule to read or change. Throws NOT_FOUND alike for an id that is malformed, unknown, of
 * another clinic or of a patient that the actor may not see: an answer that differs would tell that it exists.
 */
export async function find<T extends { id: string }>(type: EntityName<T>, id: string, context: Context): Promise<T> {
  return (await lookUp(type, id, context)) ?? refuse(type);
}

/** Like `find`, and nobody else can change the row until the transaction ends. */
export async function findToChange<T extends { id: string; version: number }>(
  type: EntityName<T>,
  id: string,
  expectedVersion: number | null | undefined,
  context: Context,
): Promise<T> {
  const found = (await lookUp(type, id, context, LockMode.PESSIMISTIC_WRITE)) ?? refuse(type);
  if (expectedVersion != null && found.version !== expectedVersion) {
    throw conflict(`It was changed meanwhile: its version is ${found.version}, not ${expectedVersion}.`);
  }
  return found;
}

/** Like `find` for an id that may be left out. */
export const findIfGiven = async <T extends { id: string }>(
  type: EntityName<T>,
  id: string | null | undefined,
  context: Context,
): Promise<T | undefined> => (id == null ? undefined : find(type, id, context));

/** For an answer that may be empty: the thing, or NOT_FOUND with the same words that `find` uses. */
export function orNotFound<T, R>(type: EntityName<T>, found: R | null | undefined): R {
  return found ?? refuse(type);
}

async function lookUp<T extends { id: string }>(
  type: EntityName<T>,
  id: string,
  { em }: Context,
  lockMode?: LockMode,
): Promise<T | null> {
  if (!isId(id)) return null;
  // A row that was read before the lock was had may be stale by now.
  return em.findOne<T>(type, { id } as never, lockMode === undefined ? {} : ({ lockMode, refresh: true } as never));
}

function refuse(type: EntityName<any>): never {
  const name = typeof type === 'function' ? type.name : String(type);
  throw notFound(`This ${name.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase()}`);
}
