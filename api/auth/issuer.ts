import fs from 'node:fs';
import { exportJWK, generateKeyPair, importJWK, jwtVerify, SignJWT, type CryptoKey, type JWK } from 'jose';
import { RapportError } from '../errors.ts';
import type { Verify } from './identity.ts';

export interface TokenRequest {
  subject: string;
  /** Seconds; twelve hours if not given. */
  expiresIn?: number;
}

export interface Issuer {
  issue(request: TokenRequest): Promise<string>;
  /** Throws UNAUTHENTICATED for a token that is not ours, was altered or has expired. */
  readonly verify: Verify;
}

/** The `iss` of its tokens. */
export const localIssuer = 'clinic-rapport';
const algorithm = 'EdDSA';

/** A local issuer of Ed25519 tokens, so that nothing else is needed to run. Its key is kept in `file`, if one is given. */
export async function createIssuer(file?: string): Promise<Issuer> {
  return issuerOf(file ? await keptKeys(file) : await generateKeyPair(algorithm));
}

export function issuerOf({ privateKey, publicKey }: Keys): Issuer {
  return {
    issue: ({ subject, expiresIn = 12 * 3600 }) =>
      new SignJWT()
        .setProtectedHeader({ alg: algorithm })
        .setIssuer(localIssuer)
        .setAudience(localIssuer)
        .setSubject(subject)
        .setIssuedAt()
        .setExpirationTime(Math.floor(Date.now() / 1000) + expiresIn)
        .sign(privateKey),
    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, publicKey, {
          issuer: localIssuer,
          audience: localIssuer,
          algorithms: [algorithm],
          requiredClaims: ['sub', 'exp'],
        });
        return { subject: payload.sub!, issuer: localIssuer, expiresAt: payload.exp! * 1000 };
      } catch (cause) {
        throw new RapportError('UNAUTHENTICATED', 'The token is not valid, or has expired.', { cause });
      }
    },
  };
}

export interface Keys {
  privateKey: CryptoKey;
  publicKey: CryptoKey;
}

const keptKeys = async (file: string): Promise<Keys> => importKeys(readKey(file) ?? (await makeKey(file)));

export async function importKeys(known: JWK): Promise<Keys> {
  const { d: _d, ...open } = known;
  return {
    privateKey: (await importJWK(known, algorithm)) as CryptoKey,
    publicKey: (await importJWK(open, algorithm)) as CryptoKey,
  };
}

const readKey = (file: string): JWK | undefined =>
  fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, 'utf8')) as JWK) : undefined;

/** Of several processes that start at once, one makes the key, and all have that one. */
async function makeKey(file: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const mine = `${file}.${process.pid}`;
  fs.writeFileSync(mine, JSON.stringify(await exportJWK(privateKey)), { mode: 0o600 });
  try {
    fs.linkSync(mine, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    fs.rmSync(mine);
  }
  return readKey(file)!;
}
