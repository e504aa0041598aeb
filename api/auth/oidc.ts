import { createLocalJWKSet, createRemoteJWKSet, errors, jwksCache, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { RapportError } from '../errors.ts';
import type { Verify } from './identity.ts';

// Signatures that a public key checks. With HS256 anyone who has that key, and everyone does, could sign.
const algorithms = ['RS256', 'ES256', 'EdDSA'] as const;

/** Seconds by which two clocks may differ. */
const clockTolerance = 30;

const isSafe = (text: string): boolean => {
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
};
const url = z.url().refine(isSafe, 'must begin with https://');

const oidcIssuer = z.strictObject({
  /** The `iss` of its tokens, exactly. */
  issuer: z.string().min(1),
  /** The `aud` that a token for us carries; one of them is enough. */
  audience: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
  /** Where its public keys are. */
  jwksUri: url,
  /** RS256, ES256 and EdDSA if not given. */
  algorithms: z.array(z.enum(algorithms)).min(1).optional(),
  /** Seconds from `iat` after which a token counts for nothing, whatever else it says; a day if not given. */
  maxTokenAge: z.int().positive().optional(),
  /**
   * Whether its claim `email`, with `email_verified`, proves an address. Only of an issuer that lets nobody set it freely:
   * a user who was invited to that address, and accepted, is then recognised by it the first time.
   */
  trustsEmail: z.boolean().optional(),
});

/** An issuer of tokens outside, and what is fixed for it. */
export type OidcIssuer = z.infer<typeof oidcIssuer>;

/** As `OIDC_ISSUERS` has them: a JSON list. For a schema of settings; throws what is wrong by its name. */
export const oidcIssuers = z
  .string()
  .transform((text, { addIssue }) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      addIssue('is not JSON');
      return z.NEVER;
    }
  })
  .pipe(z.array(oidcIssuer));

/** Checks tokens of one issuer by its published keys. Throws UNAUTHENTICATED, and ISSUER_UNAVAILABLE without the keys. */
export function createOidcVerifier(given: OidcIssuer): Verify {
  const { issuer, audience, jwksUri, maxTokenAge = 86_400, trustsEmail = false } = oidcIssuer.parse(given);
  const options = {
    issuer,
    audience,
    algorithms: [...(given.algorithms ?? algorithms)],
    clockTolerance,
    maxTokenAge,
    requiredClaims: ['sub', 'exp', 'iat'],
  };
  const keys = createKeys(new URL(jwksUri));
  return async token => {
    try {
      const { payload } = await jwtVerify(token, keys, options);
      const { sub, exp, iat, email, email_verified: isVerified } = payload;
      const isProved = trustsEmail && isVerified === true && typeof email === 'string';
      return {
        subject: `${issuer}|${sub}`,
        issuer,
        expiresAt: (Math.min(exp!, iat! + maxTokenAge) + clockTolerance) * 1000,
        ...(isProved && { email }),
      };
    } catch (cause) {
      if (cause instanceof RapportError) throw cause;
      throw new RapportError('UNAUTHENTICATED', 'The token is not valid, or has expired.', { cause });
    }
  };
}

/** Milliseconds. `pause` lies between two questions for a key that was not there, and after one that was not answered. */
const times = { answer: 3_000, pause: 30_000, fresh: 10 * 60_000, outage: 24 * 3_600_000 };

/** What is wrong with the token, and not with the way to the keys. */
const ofToken: ReadonlySet<string> = new Set([
  errors.JWKSNoMatchingKey.code,
  errors.JWKSMultipleMatchingKeys.code,
  errors.JOSENotSupported.code,
]);

/**
 * Keys are asked for anew every ten minutes, and when one is missing. Where they cannot be had, those that are known go on
 * for a day: an issuer that is down must not take the clinic with it. And nobody waits for it twice in a row.
 */
function createKeys(from: URL): JWTVerifyGetKey {
  const last: { jwks?: Parameters<typeof createLocalJWKSet>[0]; uat?: number } = {};
  const remote = createRemoteJWKSet(from, {
    timeoutDuration: times.answer,
    cooldownDuration: times.pause,
    cacheMaxAge: times.fresh,
    [jwksCache]: last as Record<string, never>,
  });
  let failedAt = -Infinity;

  const unavailable = (cause?: unknown): RapportError =>
    new RapportError('ISSUER_UNAVAILABLE', 'The keys of the token’s issuer cannot be fetched: try again.', { cause });
  const fromLast: JWTVerifyGetKey = async (header, token) => {
    if (!last.jwks || last.uat! + times.outage <= Date.now()) throw unavailable();
    return createLocalJWKSet(last.jwks)(header, token).catch((cause: unknown) => {
      throw unavailable(cause);
    });
  };
  return async (header, token) => {
    if (Date.now() - failedAt < times.pause) return fromLast(header, token);
    try {
      return await remote(header, token);
    } catch (error) {
      if (ofToken.has(String((error as { code?: unknown }).code))) throw error;
      failedAt = Date.now();
      return fromLast(header, token);
    }
  };
}
