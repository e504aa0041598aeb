import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** Bytes of a key of AES-256. */
export const keyLength = 32;
/** As NIST SP 800-38D recommends. */
const ivLength = 12;
const tagLength = 16;

/** Where a value lies. It opens only there: a value that was copied to another row, column or clinic does not. */
export interface Location {
  readonly clinicId: string;
  readonly table: string;
  readonly column: string;
  readonly id: string;
}

const bound = ({ clinicId, table, column, id }: Location): Buffer =>
  Buffer.from(JSON.stringify([clinicId, table, column, id]));

/** AES-256-GCM: the random IV, the tag, and what is encrypted. */
export function encrypt(plain: Uint8Array, key: Uint8Array, at: Location): Buffer {
  const iv = randomBytes(ivLength);
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: tagLength }).setAAD(bound(at));
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), body]);
}

/** Throws where it was sealed with another key, lies elsewhere, or was changed. */
export function decrypt(sealed: Uint8Array, key: Uint8Array, at: Location): Buffer {
  const iv = sealed.subarray(0, ivLength);
  const tag = sealed.subarray(ivLength, ivLength + tagLength);
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: tagLength }).setAAD(bound(at));
  decipher.setAuthTag(tag);
  return Buffer.concat([decipher.update(sealed.subarray(ivLength + tagLength)), decipher.final()]);
}
