import pg from 'pg';
import { unwrapClinicKey, wrapClinicKey, type StoredClinicKey } from './keyring.ts';
import { masterKeyOf } from './master-keys.ts';

/**
 * Wraps the keys of all clinics with the first of `keys`, so that the others can be taken away; as the owner of the
 * database. Values stay as they are. Answers how many clinics had another one, of how many.
 */
export async function rewrapKeys(
  url: string,
  keys: readonly Uint8Array[],
): Promise<{ rewrapped: number; clinics: number }> {
  const masters = keys.map(masterKeyOf);
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000, statement_timeout: 30_000 });
  await client.connect();
  try {
    await client.query('begin');
    const { rows } = await client.query<StoredClinicKey & { clinic_id: string }>(
      'select clinic_id, master_key, wrapped from clinic_key for update',
    );
    const others = rows.filter(({ master_key: id }) => id !== masters[0]!.id);
    for (const row of others) {
      const key = unwrapClinicKey(row, row.clinic_id, masters);
      const wrapped = wrapClinicKey(key, row.clinic_id, masters[0]!);
      const values = [masters[0]!.id, wrapped, row.clinic_id];
      await client.query('update clinic_key set master_key = $1, wrapped = $2 where clinic_id = $3', values);
    }
    await client.query('commit');
    return { rewrapped: others.length, clinics: rows.length };
  } finally {
    await client.end();
  }
}
