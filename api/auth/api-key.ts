import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Database } from '../database/database.ts';

/** A prefix of our own lets scanners of secrets find a key that was left somewhere. */
const prefix = 'rpk_live_';
const form = /^rpk_live_([0-9a-f]{32})_([A-Za-z0-9_-]{43})$/;

/** The hash is all that is kept; 256 random bits need no slow one. */
export interface NewSecret {
  readonly key: string;
  readonly hash: string;
}

export interface KnownKey {
  readonly id: string;
  readonly clinicId: string;
  readonly scopes: readonly string[];
  readonly expiresAt: number;
  readonly isRevoked: boolean;
  /** Whether what was shown is this key, and not only its id. */
  readonly isGenuine: boolean;
}

export const isApiKey = (token: string): boolean => token.startsWith(prefix);

/** A secret for the key with this id. */
export function newSecret(id: string): NewSecret {
  const secret = randomBytes(32).toString('base64url');
  return { key: `${prefix}${id.replaceAll('-', '')}_${secret}`, hash: hashOf(secret) };
}

interface Entry {
  clinic_id: string;
  hash: string;
  scopes: string[];
  expires_at: Date;
  revoked_at: Date | null;
}

/** The key that is shown, or undefined for none that there ever was. */
export async function findApiKey(token: string, { dispatch }: Database): Promise<KnownKey | undefined> {
  const [, digits, secret] = form.exec(token) ?? [];
  if (!digits || !secret) return undefined;
  const id = digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  const { rows } = await dispatch.query<Entry>({
    name: 'api key',
    text: 'select clinic_id, hash, scopes, expires_at, revoked_at from api_key where id = $1',
    values: [id],
  });
  const [entry] = rows;
  if (!entry) return undefined;
  return {
    id,
    clinicId: entry.clinic_id,
    scopes: entry.scopes,
    expiresAt: entry.expires_at.getTime(),
    isRevoked: entry.revoked_at !== null,
    isGenuine: timingSafeEqual(Buffer.from(hashOf(secret)), Buffer.from(entry.hash)),
  };
}

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');
