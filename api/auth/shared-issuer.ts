import { createPrivateKey, hkdfSync } from 'node:crypto';
import type { JWK } from 'jose';
import { importKeys, issuerOf, type Issuer } from './issuer.ts';

/**
 * The local issuer of an installation of several processes: its keys are made from the secrets that all of them are
 * given, so that a token of one is good for all. The first secret signs; tokens of the others stay good.
 */
export async function createSharedIssuer(secrets: readonly string[]): Promise<Issuer> {
  const issuers = await Promise.all(secrets.map(async secret => issuerOf(await importKeys(keyOf(secret)))));
  const [first] = issuers;
  if (!first) throw new Error('An issuer needs a secret.');
  return {
    issue: first.issue,
    async verify(token) {
      const answers = await Promise.allSettled(issuers.map(({ verify }) => verify(token)));
      const good = answers.find(answer => answer.status === 'fulfilled');
      if (good) return good.value;
      throw (answers[0] as PromiseRejectedResult).reason;
    },
  };
}

/** What comes before the seed of an Ed25519 key in PKCS #8 (RFC 8410, section 7). */
const prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

/** HKDF (RFC 5869) under a name of its own: who knows a key knows neither the secret nor what else is made from it. */
function keyOf(secret: string): JWK {
  const seed = Buffer.from(hkdfSync('sha256', secret, '', 'clinic-rapport issuer v1', 32));
  return createPrivateKey({ key: Buffer.concat([prefix, seed]), format: 'der', type: 'pkcs8' }).export({
    format: 'jwk',
  }) as JWK;
}
