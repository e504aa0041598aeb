import { createSecretKey, hkdfSync, randomBytes, type KeyObject } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { LRUCache } from 'lru-cache';
import type { Database } from '../database/database.ts';
import type { Scope } from '../database/tenancy.ts';
import { decrypt, encrypt, keyLength, type Location } from './envelope.ts';
import { masterKeyOf, type MasterKey } from './master-keys.ts';

/** What a clinic's values are protected with; both made of the one key that is stored, wrapped. */
export interface ClinicKeys {
  /** Wraps the keys of patients. */
  readonly wrapping: Uint8Array;
  /** Of the hashes by which values are found. */
  readonly index: KeyObject;
}

export interface StoredClinicKey {
  readonly master_key: string;
  readonly wrapped: Buffer;
}

export interface Keyring {
  /** Of the clinic of the scope; made when they are first needed. */
  of(scope: Scope): Promise<ClinicKeys>;
  /** Ids of master keys that the database needs and the configuration does not have. */
  missing(): Promise<string[]>;
}

/** Clinics whose keys one process remembers. */
const remembered = 1_000;

export function createKeyring({ database, keys }: { database: Database; keys: readonly Uint8Array[] }): Keyring {
  const masters = keys.map(masterKeyOf);
  const known = new LRUCache<string, Promise<ClinicKeys>>({ max: remembered });
  const look = async (scope: Scope): Promise<ClinicKeys> => {
    const stored = (await find(database.fork(scope), scope.clinicId)) ?? (await make(database, scope, masters));
    return keysOf(unwrapClinicKey(stored, scope.clinicId, masters));
  };
  return {
    of(scope) {
      const { clinicId } = scope;
      let asked = known.get(clinicId);
      if (!asked) {
        known.set(clinicId, (asked = look(scope)));
        asked.catch(() => known.delete(clinicId));
      }
      return asked;
    },
    async missing() {
      const { rows } = await database.dispatch.query<{ master_key: string }>(
        'select distinct master_key from clinic_key order by 1',
      );
      return rows.map(({ master_key: id }) => id).filter(id => !masters.some(master => master.id === id));
    },
  };
}

async function find(em: EntityManager, clinicId: string): Promise<StoredClinicKey | undefined> {
  const [stored] = await em.execute<StoredClinicKey[]>(
    'select master_key, wrapped from clinic_key where clinic_id = ?',
    [clinicId],
  );
  return stored;
}

/** In a transaction of its own: what is remembered must be there, also where the work that asked for it rolls back. */
async function make(database: Database, scope: Scope, masters: readonly MasterKey[]): Promise<StoredClinicKey> {
  const { clinicId } = scope;
  const [master] = masters;
  if (!master) throw new Error('Nothing can be protected without a key: set RAPPORT_KEYS.');
  return database.transaction(scope, async em => {
    await em.execute(
      'insert into clinic_key (clinic_id, master_key, wrapped, created_at) values (?, ?, ?, now()) on conflict do nothing',
      [clinicId, master.id, wrapClinicKey(randomBytes(keyLength), clinicId, master)],
    );
    // Of two processes at once one has stored its key, and both take that.
    return (await find(em, clinicId))!;
  });
}

const placeOf = (clinicId: string): Location => ({ clinicId, table: 'clinic_key', column: 'wrapped', id: clinicId });

export const wrapClinicKey = (key: Uint8Array, clinicId: string, master: MasterKey): Buffer =>
  encrypt(key, master.key, placeOf(clinicId));

/** Throws, with the id of the master key, where the configuration does not have it. */
export function unwrapClinicKey(stored: StoredClinicKey, clinicId: string, masters: readonly MasterKey[]): Buffer {
  const master = masters.find(({ id }) => id === stored.master_key);
  if (!master) throw new Error(`The key ${stored.master_key} is not among RAPPORT_KEYS.`);
  return decrypt(stored.wrapped, master.key, placeOf(clinicId));
}

const keysOf = (root: Uint8Array): ClinicKeys => ({
  wrapping: derived(root, 'wrapping'),
  // From bytes, node would make a key object for each hash: ten times of what the hash takes.
  index: createSecretKey(derived(root, 'index')),
});

/** HKDF (RFC 5869): one key for each use. */
const derived = (root: Uint8Array, use: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', root, '', `clinic-rapport ${use} v1`, keyLength));
