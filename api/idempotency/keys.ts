import { createHash } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { PlatformContext } from '../context.ts';
import { badInput, RapportError } from '../errors.ts';

/** UTF-16 units of a key, as PostgreSQL's index must hold it. */
export const longestKey = 255;
/** Hours for which a key stands at least. */
export const keptFor = 24;

/** One call that names a key: by whom, and a digest of what was asked. */
export interface Claim {
  readonly clinicId: string;
  readonly actor: string;
  readonly key: string;
  readonly operation: string;
  readonly fingerprint: string;
  readonly at: Date;
}

/** Throws BAD_USER_INPUT for what is no key. `args` are those of the operation without the key, as they were coerced. */
export function claimOf(key: string, operation: string, args: unknown, context: PlatformContext): Claim {
  const field = 'input.idempotencyKey';
  if (key.length < 1 || key.length > longestKey)
    throw badInput(field, `\`${field}\` has 1 to ${longestKey} characters.`);
  const { clinicId, actor: by, now: at } = context;
  const actor = `${by.kind}:${by.id}`;
  // With the key and the actor in it, equal inputs of two calls cannot be told to be equal.
  const fingerprint = createHash('sha256')
    .update(canonical([clinicId, actor, key, operation, args]))
    .digest('hex');
  return { clinicId, actor, key, operation, fingerprint, at };
}

/** JSON with sorted names: equal inputs are equal texts, in whatever order they were written. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === 'bigint') return `${inner}n`;
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/**
 * Takes the key, in the transaction of the work, or answers what its first call has left. Who comes while the first one is at
 * it waits on its row: until it commits, or is gone, and then the row with it.
 */
export async function take(em: EntityManager, claim: Claim): Promise<{ result: unknown } | undefined> {
  const { clinicId, actor, key, operation, fingerprint, at } = claim;
  const mine = await em.execute<object[]>(
    `insert into idempotency_key (clinic_id, actor, key, operation, fingerprint, patient_ids, created_at)
     values (?, ?, ?, ?, ?, current_setting('app.patient_ids'), ?) on conflict do nothing returning key`,
    [clinicId, actor, key, operation, fingerprint, at.toISOString()],
  );
  if (mine.length > 0) return undefined;
  const [first] = await em.execute<{ fingerprint: string; result: unknown }[]>(
    'select fingerprint, result from idempotency_key where clinic_id = ? and actor = ? and key = ?',
    [clinicId, actor, key],
  );
  // A patient who lost a ward does not see any more what was done for it.
  if (first?.fingerprint === fingerprint) return { result: first.result };
  throw new RapportError('IDEMPOTENCY_KEY_REUSED', 'This idempotency key was used before, with another input.', {
    field: 'input.idempotencyKey',
  });
}

/** Beside the work, for those who come again. */
export async function keep(em: EntityManager, { clinicId, actor, key }: Claim, result: unknown): Promise<void> {
  await em.execute('update idempotency_key set result = ?::jsonb where clinic_id = ? and actor = ? and key = ?', [
    JSON.stringify(result ?? null),
    clinicId,
    actor,
    key,
  ]);
}
