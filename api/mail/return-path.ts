import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** The mail that a report is about. */
export interface Reported {
  readonly clinicId: string;
  readonly deliveryId: string;
}

/** Addresses to which mail servers report what became of a mail, one for each mail (VERP). */
export interface ReturnPaths {
  /** Undefined where no domain was given that takes reports. */
  addressOf(mail: Reported): string | undefined;
  /** The mail whose signed address stands in the text, written by whatever server; undefined where none does. */
  find(text: string): Reported | undefined;
}

export interface ReturnPathsOptions {
  /** As for links: the first signs. */
  secret: string | readonly string[];
  domain?: string;
}

/** Of a local part: 64 characters are all that it may have, and servers change its case (RFC 5321, sections 4.5.3 and 2.4). */
const pattern = /\bb([0-9a-v]{52})([0-9a-v]{10})@/gi;
/** More of them in one text are not looked at. */
const most = 20;

/**
 * Both ids, and 50 bits of an HMAC over them: nobody makes an address for a mail that he did not get, and who got one says
 * something of his own address alone.
 */
export function createReturnPaths({ secret, domain }: ReturnPathsOptions): ReturnPaths {
  const keys = [secret].flat().map(keyOf);
  return {
    addressOf({ clinicId, deliveryId }) {
      if (!domain) return undefined;
      const ids = base32(BigInt(`0x${plain(clinicId)}${plain(deliveryId)}`), 52);
      return `b${ids}${macOf(keys[0]!, ids)}@${domain}`;
    },
    find(text) {
      for (const [, ids = '', mac = ''] of [...text.matchAll(pattern)].slice(0, most)) {
        const given = ids.toLowerCase();
        if (keys.some(key => isSame(mac.toLowerCase(), macOf(key, given)))) return idsOf(given);
      }
      return undefined;
    },
  };
}

/** HKDF (RFC 5869) under a name of its own: who knows the key knows nothing else that is made from the secret. */
const keyOf = (secret: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, '', 'clinic-rapport return path v1', 32));

const macOf = (key: Buffer, ids: string): string => {
  const mac = createHmac('sha256', key).update(ids).digest('hex');
  return base32(BigInt.asUintN(50, BigInt(`0x${mac}`)), 10);
};

const isSame = (given: string, right: string): boolean => timingSafeEqual(Buffer.from(given), Buffer.from(right));

const plain = (id: string): string => id.replaceAll('-', '');

const base32 = (number: bigint, length: number): string => number.toString(32).padStart(length, '0');

function idsOf(ids: string): Reported {
  const number = [...ids].reduce((sum, digit) => sum * 32n + BigInt(parseInt(digit, 32)), 0n);
  const hex = number.toString(16).padStart(64, '0');
  return { clinicId: uuidOf(hex.slice(0, 32)), deliveryId: uuidOf(hex.slice(32)) };
}

const uuidOf = (hex: string): string => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
