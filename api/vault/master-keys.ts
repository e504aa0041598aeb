import { createHash } from 'node:crypto';
import { z } from 'zod';
import { keyLength } from './envelope.ts';

/** A key of the configuration, which wraps the keys of clinics. */
export interface MasterKey {
  /** Made of the key itself: so none is ever taken for another of the same name. */
  readonly id: string;
  readonly key: Uint8Array;
}

/** Sixteen hexadecimal digits; tells nothing of the key, which is random. */
export const masterKeyOf = (key: Uint8Array): MasterKey => ({
  id: createHash('sha256').update('clinic-rapport master key v1').update(key).digest('hex').slice(0, 16),
  key,
});

const advice = 'make one with `openssl rand -base64 32`';

const masterKey = z
  .base64(`is no base64: ${advice}`)
  .transform(text => Buffer.from(text, 'base64'))
  .refine(key => key.length === keyLength, `is not of ${keyLength} bytes: ${advice}`)
  // Of 32 random bytes fewer than 20 differ in one of 10^12 keys.
  .refine(key => new Set(key).size >= 20, `is too regular to be a key: ${advice}`);

/** Base64 with commas between: the first wraps, the others still unwrap. */
export const masterKeys = z
  .string()
  .transform(text => text.split(',').map(part => part.trim()))
  .pipe(z.array(masterKey).min(1));
