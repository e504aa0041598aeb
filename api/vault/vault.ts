import { createHmac, randomBytes } from 'node:crypto';
import { parse as bytesOf, stringify as idOf, v7 as newId } from 'uuid';
import type { PlatformContext } from '../context.ts';
import { defineLoader } from '../define.ts';
import { notFound } from '../errors.ts';
import type { Context, Place, Vault } from '../plugin.ts';
import { decrypt, encrypt, keyLength } from './envelope.ts';

/** First byte of a sealed value: which form it has. */
const version = 1;
/** The version, and the id of the key. */
const headLength = 17;

interface PatientKey {
  readonly id: string;
  readonly key: Uint8Array;
}

/** What one context does with protected values. */
export function createVault(context: PlatformContext): Vault {
  const { clinicId, scope, platform, load } = context;
  return {
    async seal(value, patientId, place) {
      if (!context.openTransaction) throw new Error('Cannot seal a value outside a transaction: it is to be stored.');
      const { id, key } = await load(keyOfPatient, patientId);
      const body = encrypt(Buffer.from(value), key, { clinicId, ...place });
      return Buffer.concat([Buffer.of(version), bytesOf(id), body]);
    },
    async open(sealed, place) {
      if (sealed[0] !== version) throw new Error('This is no sealed value.');
      const key = await load(keyById, idOf(sealed.subarray(1, headLength)));
      if (!key) throw notFound('The key of this value');
      return decrypt(sealed.subarray(headLength), key, { clinicId, ...place }).toString();
    },
    async indexer(use) {
      const { index } = await platform.keyring.of(scope);
      return value => createHmac('sha256', index).update(`${use}\0${value}`).digest('base64url');
    },
    async shred(patientId) {
      await context.em.execute('delete from patient_key where clinic_id = ? and patient_id = ?', [clinicId, patientId]);
    },
  };
}

interface StoredKey {
  readonly id: string;
  readonly patient_id: string;
  readonly wrapped: Buffer;
}

/** The keys that these patients have, the newest of each, and new ones for the others: all of them in two statements. */
const keyOfPatient = defineLoader<string, PatientKey>(async (patientIds, context) => {
  const { em, clinicId } = context;
  const stored = await em.execute<StoredKey[]>(
    `select distinct on (patient_id) id, patient_id, wrapped from patient_key
     where clinic_id = ? and patient_id = any(?::uuid[])
     order by patient_id, id desc`,
    [clinicId, `{${patientIds.join()}}`],
  );
  const { wrapping } = await keysOf(context);
  const known = new Map(stored.map(row => [row.patient_id, unwrapped(row, clinicId, wrapping)]));
  const made = patientIds.filter(id => !known.has(id)).map(patientId => ({ patientId, ...newKey() }));
  if (made.length > 0) await store(made, wrapping, context);
  for (const { patientId, ...key } of made) known.set(patientId, key);
  return patientIds.map(id => known.get(id)!);
});

/** What is sealed of the patient from now on is sealed with a key of its own. */
export async function renewKey(patientId: string, context: Context): Promise<void> {
  const { wrapping } = await keysOf(context);
  await store([{ patientId, ...newKey() }], wrapping, context);
}

const newKey = (): PatientKey => ({ id: newId(), key: randomBytes(keyLength) });

async function store(
  keys: readonly (PatientKey & { patientId: string })[],
  wrapping: Uint8Array,
  { em, clinicId, now }: Context,
): Promise<void> {
  const rows = keys.map(({ id, patientId, key }) => ({
    id,
    patientId,
    wrapped: encrypt(key, wrapping, { clinicId, ...keyPlace(id) }).toString('hex'),
  }));
  await em.execute(
    `insert into patient_key (clinic_id, id, patient_id, wrapped, created_at)
     select ?, id, "patientId", decode(wrapped, 'hex'), ?
     from jsonb_to_recordset(?::jsonb) as r(id uuid, "patientId" uuid, wrapped text)`,
    [clinicId, now.toISOString(), JSON.stringify(rows)],
  );
}

/** Undefined for one that is gone, with all that was sealed with it. */
const keyById = defineLoader<string, Uint8Array | undefined>(async (ids, context) => {
  const { em, clinicId } = context;
  const rows = await em.execute<StoredKey[]>(
    `select id, patient_id, wrapped from patient_key
     where clinic_id = ? and id = any(?::uuid[])`,
    [clinicId, `{${ids.join()}}`],
  );
  const { wrapping } = await keysOf(context);
  const known = new Map(rows.map(row => [row.id, unwrapped(row, clinicId, wrapping).key]));
  return ids.map(id => known.get(id));
});

const keyPlace = (id: string): Place => ({ table: 'patient_key', column: 'wrapped', id });

const unwrapped = ({ id, wrapped }: StoredKey, clinicId: string, wrapping: Uint8Array): PatientKey => ({
  id,
  key: decrypt(wrapped, wrapping, { clinicId, ...keyPlace(id) }),
});

const keysOf = (context: Context) => {
  const { platform, scope } = context as PlatformContext;
  return platform.keyring.of(scope);
};
