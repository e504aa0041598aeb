import { v7 as newId } from 'uuid';
import { defineLoader } from '../define.ts';
import type { Context } from '../plugin.ts';
import { wireAddress } from './address.ts';

/** Why nothing goes to an address any more. */
export const suppressionReasons = ['UNSUBSCRIBED', 'HARD_BOUNCE', 'COMPLAINT', 'STAFF'] as const;
export type SuppressionReason = (typeof suppressionReasons)[number];

export interface Suppressing {
  readonly address: string;
  readonly reason: SuppressionReason;
  /** The mail that brought it about. */
  readonly deliveryId?: string | null;
}

/** One form for all writings of an address: `Ming@Clinic.test` is not to get what `ming@clinic.test` has stopped. */
const normalForm = (address: string): string => {
  const wire = wireAddress(address);
  return ('address' in wire ? wire.address : address.normalize('NFKC').trim()).toLowerCase();
};

/** As much of it as tells its owner which one it is: `m…@clinic.test`. */
export const maskedAddress = (address: string): string => address.replace(/^(\P{M}?).*(?=@)/u, '$1…');

/** What stands against an address now; read for all that are asked for together in one statement. */
export const suppressionsOf = defineLoader<string, readonly SuppressionReason[]>(
  async (addresses, { em, clinicId }) => {
    const forms = addresses.map(normalForm);
    const rows = await em.execute<{ address: string; reason: SuppressionReason }[]>(
      `select a.value as address, s.reason
       from clinic c cross join jsonb_array_elements_text(?::jsonb) a
       join suppression s on s.clinic_id = c.id and s.address_hash = address_hash(c.address_key, a.value)
         and s.lifted_at is null
       where c.id = ?`,
      [JSON.stringify(forms), clinicId],
    );
    const byForm = Map.groupBy(rows, row => row.address);
    return forms.map(form => (byForm.get(form) ?? []).map(({ reason }) => reason));
  },
);

/**
 * Stops mail to an address from now on; one that stands for the same reason stays as it is. What is kept is a keyed hash:
 * it outlives the erasure of the patient, and tells nobody the address. Answers the id.
 */
export async function suppress(
  { address, reason, deliveryId }: Suppressing,
  { em, clinicId, now, actor }: Pick<Context, 'em' | 'clinicId' | 'now' | 'actor'>,
): Promise<string> {
  const [row] = await em.execute<{ id: string }[]>(
    `insert into suppression (clinic_id, id, address_hash, masked, reason, since, delivery_id, recorded_by)
     select c.id, ?::uuid, address_hash(c.address_key, ?), ?, ?, ?::timestamptz, ?::uuid, ? from clinic c where c.id = ?
     on conflict (clinic_id, address_hash, reason) where lifted_at is null do update set masked = excluded.masked
     returning id`,
    [
      newId(),
      normalForm(address),
      maskedAddress(normalForm(address)),
      reason,
      now.toISOString(),
      deliveryId ?? null,
      `${actor.kind} ${actor.id}`,
      clinicId,
    ],
  );
  return row!.id;
}

/** Takes back what the owner of an address asked for; answers whether anything stood. */
export async function unsuppress(
  { address, reason }: Suppressing,
  { em, clinicId, now, actor }: Pick<Context, 'em' | 'clinicId' | 'now' | 'actor'>,
): Promise<boolean> {
  const rows = await em.execute<object[]>(
    `update suppression s set lifted_at = ?, lifted_by = ? from clinic c
     where c.id = ? and s.clinic_id = c.id and s.address_hash = address_hash(c.address_key, ?) and s.reason = ?
       and s.lifted_at is null
     returning s.id`,
    [now.toISOString(), `${actor.kind} ${actor.id}`, clinicId, normalForm(address), reason],
  );
  return rows.length > 0;
}

/** Leaves of the stops of an address the hash alone: for the erasure of who had it. */
export async function unmask(address: string, { em, clinicId }: Pick<Context, 'em' | 'clinicId'>): Promise<void> {
  await em.execute(
    `update suppression s set masked = null from clinic c
     where c.id = ? and s.clinic_id = c.id and s.address_hash = address_hash(c.address_key, ?)`,
    [clinicId, normalForm(address)],
  );
}
