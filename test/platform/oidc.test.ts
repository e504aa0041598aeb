import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWK } from 'jose';
import { createVerify, type Verify } from '../../api/auth/identity.ts';
import { createIssuer } from '../../api/auth/issuer.ts';
import { oidcIssuers, type OidcIssuer } from '../../api/auth/oidc.ts';

const name = 'https://id.clinic.test';
const audience = 'rapport';

/** An identity provider as far as we see it: its keys, on a port of this machine. */
class Provider {
  keys: JWK[] = [];
  asked = 0;
  isDown = false;
  #server: Server | undefined;
  url = '';

  async open(): Promise<void> {
    this.#server = createServer((request, response) => {
      this.asked++;
      if (this.isDown) return void request.socket.destroy();
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: this.keys }));
    });
    await new Promise<void>(resolve => this.#server!.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/jwks`;
  }

  async close(): Promise<void> {
    this.#server!.closeAllConnections();
    await new Promise(resolve => this.#server!.close(resolve));
  }
}

interface Pair {
  kid: string;
  privateKey: CryptoKey;
  publicKey: CryptoKey;
}

let provider: Provider;
let first: Pair;
const realNow = Date.now;

async function pairOf(kid: string, algorithm = 'RS256'): Promise<Pair> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  provider.keys.push({ ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' });
  return { kid, privateKey, publicKey };
}

beforeEach(async () => {
  provider = new Provider();
  await provider.open();
  first = await pairOf('first');
});
afterEach(async () => {
  Date.now = realNow;
  await provider.close();
});

const verifier = (more: Partial<OidcIssuer> = {}): Verify =>
  createVerify({ oidc: [{ issuer: name, audience, jwksUri: provider.url, ...more }] });

interface Claims {
  iss?: string;
  aud?: string | string[];
  sub?: string;
  /** Seconds from now. */
  iat?: number;
  nbf?: number;
  exp?: number | null;
  [claim: string]: unknown;
}

const claimsOf = ({ iat = 0, nbf, exp = 600, ...rest }: Claims): Record<string, unknown> => {
  const now = Math.floor(realNow() / 1000);
  const times = {
    iat: now + iat,
    ...(exp !== null && { exp: now + exp }),
    ...(nbf !== undefined && { nbf: now + nbf }),
  };
  return { iss: name, aud: audience, sub: 'ann', ...times, ...rest };
};
const sign = (claims: Claims = {}, { kid, privateKey }: Pair = first, alg = 'RS256'): Promise<string> =>
  new SignJWT(claimsOf(claims)).setProtectedHeader({ alg, kid }).sign(privateKey);
const refused = (code: string): object => expect.objectContaining({ code });

test('a token of an outside issuer says who it is, under the name of that issuer', async () => {
  const identity = await verifier()(await sign());
  expect(identity).toMatchObject({ subject: `${name}|ann`, issuer: name });
  expect(identity).not.toHaveProperty('email');
});

test('RS256, ES256 and EdDSA are taken, unless the operator takes fewer', async () => {
  for (const algorithm of ['RS256', 'ES256', 'EdDSA']) {
    const token = await sign({}, await pairOf(algorithm, algorithm), algorithm);
    expect(await verifier()(token)).toMatchObject({ subject: `${name}|ann` });
    if (algorithm !== 'ES256')
      await expect(verifier({ algorithms: ['ES256'] })(token)).rejects.toEqual(refused('UNAUTHENTICATED'));
  }
});

test('the same `sub` of two issuers, and of the local one, is three users', async () => {
  const other = 'https://other.test';
  const local = await createIssuer();
  const verify = createVerify({
    local,
    oidc: [name, other].map(issuer => ({ issuer, audience, jwksUri: provider.url })),
  });
  const tokens = [await sign(), await sign({ iss: other }), await local.issue({ subject: 'ann' })];
  const subjects = (await Promise.all(tokens.map(verify))).map(({ subject }) => subject);
  expect(subjects).toEqual([`${name}|ann`, `${other}|ann`, 'ann']);
});

test('the local issuer is none where it is switched off, and nobody else may have its name', async () => {
  const local = await createIssuer();
  await expect(verifier()(await local.issue({ subject: 'ann' }))).rejects.toEqual(refused('UNAUTHENTICATED'));
  await expect(verifier()(await sign({ iss: 'clinic-rapport' }))).rejects.toEqual(refused('UNAUTHENTICATED'));
  expect(() => verifier({ issuer: 'clinic-rapport' })).toThrow('no other may call itself so');
});

describe('refused is a token', () => {
  test.each<[string, Claims]>([
    ['of another issuer', { iss: 'https://evil.test' }],
    ['of an issuer that begins alike', { iss: `${name}.evil.test` }],
    ['of no issuer', { iss: undefined }],
    ['for another audience', { aud: 'another' }],
    ['for nobody', { aud: undefined }],
    ['of nobody', { sub: undefined }],
    ['that has expired', { iat: -700, exp: -40 }],
    ['that counts only later', { nbf: 60 }],
    ['from the future', { iat: 120 }],
    ['that never expires', { exp: null }],
    ['that is older than a token may be, whatever it says', { iat: -90_000, exp: 90_000 }],
  ])('%s', async (_, claims) => {
    await expect(verifier()(await sign(claims))).rejects.toEqual(refused('UNAUTHENTICATED'));
  });

  test('without a signature', async () => {
    const token = new UnsecuredJWT(claimsOf({})).encode();
    await expect(verifier()(token)).rejects.toEqual(refused('UNAUTHENTICATED'));
  });

  test('signed with the public key as if it were a secret', async () => {
    const pem = new TextEncoder().encode(await exportSPKI(first.publicKey));
    const modulus = new TextEncoder().encode(provider.keys[0]!.n!);
    for (const secret of [pem, modulus]) {
      const header = { alg: 'HS256', kid: first.kid };
      const token = await new SignJWT(claimsOf({})).setProtectedHeader(header).sign(secret);
      await expect(verifier()(token)).rejects.toEqual(refused('UNAUTHENTICATED'));
    }
  });

  test('signed with a key of its own, which it brings along', async () => {
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
    const jwk = await exportJWK(publicKey);
    for (const header of [{ jwk }, { jwk, kid: first.kid }, { jku: provider.url, kid: first.kid }]) {
      const token = await new SignJWT(claimsOf({})).setProtectedHeader({ alg: 'RS256', ...header }).sign(privateKey);
      await expect(verifier()(token)).rejects.toEqual(refused('UNAUTHENTICATED'));
    }
  });

  test('that was altered, or is none', async () => {
    const [head, , signature] = (await sign()).split('.');
    const body = Buffer.from(JSON.stringify(claimsOf({ sub: 'bob' }))).toString('base64url');
    for (const token of [`${head}.${body}.${signature}`, 'x', 'a.b.c', `${head}.${body}`]) {
      await expect(verifier()(token)).rejects.toEqual(refused('UNAUTHENTICATED'));
    }
  });
});

test('clocks may differ by thirty seconds', async () => {
  const verify = verifier();
  expect(await verify(await sign({ iat: -100, exp: -20 }))).toMatchObject({ subject: `${name}|ann` });
  expect(await verify(await sign({ iat: 20, nbf: 20 }))).toMatchObject({ subject: `${name}|ann` });
});

test('an address is taken only from an issuer that is trusted with it, and only if it says that it is verified', async () => {
  const email = 'ann@clinic.test';
  const verify = verifier({ trustsEmail: true });
  expect((await verify(await sign({ email, email_verified: true }))).email).toBe(email);
  for (const claims of [{ email }, { email, email_verified: false }, { email, email_verified: 'true' }, { email: 7 }])
    expect(await verify(await sign(claims))).not.toHaveProperty('email');
  expect(await verifier()(await sign({ email, email_verified: true }))).not.toHaveProperty('email');
});

describe('the keys', () => {
  test('are asked for once, and again for one that is not among them, but not at each question', async () => {
    const verify = verifier();
    await verify(await sign());
    await verify(await sign({ sub: 'bob' }));
    expect(provider.asked).toBe(1);
    const second = await pairOf('second');
    const token = await sign({}, second);
    await expect(verify(token)).rejects.toEqual(refused('UNAUTHENTICATED'));
    Date.now = () => realNow() + 31_000;
    expect(await verify(token)).toMatchObject({ subject: `${name}|ann` });
    expect(provider.asked).toBe(2);
    const unknown = { ...second, kid: 'unknown' };
    for (let turn = 0; turn < 5; turn++)
      await expect(verify(await sign({}, unknown))).rejects.toEqual(refused('UNAUTHENTICATED'));
    expect(provider.asked).toBe(2);
  });

  test('that were taken back count for nothing after ten minutes', async () => {
    const verify = verifier();
    const token = await sign({ exp: 3_600 });
    await verify(token);
    provider.keys = [];
    await pairOf('second');
    expect(await verify(token)).toMatchObject({ subject: `${name}|ann` });
    Date.now = () => realNow() + 11 * 60_000;
    await expect(verify(token)).rejects.toEqual(refused('UNAUTHENTICATED'));
  });

  test('that are known go on while the issuer is down; one that is not known is an error that says so, at once', async () => {
    const verify = verifier();
    await verify(await sign());
    const second = await pairOf('second');
    provider.isDown = true;
    Date.now = () => realNow() + 11 * 60_000;
    expect(await verify(await sign({ exp: 3_600 }))).toMatchObject({ subject: `${name}|ann` });
    await expect(verify(await sign({ exp: 3_600 }, second))).rejects.toEqual(refused('ISSUER_UNAVAILABLE'));
    expect(provider.asked).toBe(2);
    provider.isDown = false;
    Date.now = () => realNow() + 12 * 60_000;
    expect(await verify(await sign({ exp: 3_600 }, second))).toMatchObject({ subject: `${name}|ann` });
  });

  test('that were never had are waited for once in thirty seconds', async () => {
    provider.isDown = true;
    const verify = verifier();
    for (let turn = 0; turn < 5; turn++)
      await expect(verify(await sign())).rejects.toEqual(refused('ISSUER_UNAVAILABLE'));
    expect(provider.asked).toBe(1);
  });
});

describe('what an operator writes', () => {
  const one = { issuer: name, audience, jwksUri: 'https://id.clinic.test/jwks' };

  test('is a list in JSON', () => {
    expect(oidcIssuers.parse(JSON.stringify([one]))).toEqual([one]);
  });

  test.each<[string, string]>([
    ['not JSON', '{'],
    ['no list', JSON.stringify(one)],
    ['without an audience', JSON.stringify([{ ...one, audience: undefined }])],
    ['with a secret for a signature', JSON.stringify([{ ...one, algorithms: ['HS256'] }])],
    ['with no signature', JSON.stringify([{ ...one, algorithms: ['none'] }])],
    ['with keys that come in the clear', JSON.stringify([{ ...one, jwksUri: 'http://id.clinic.test/jwks' }])],
    ['with a word that is not known', JSON.stringify([{ ...one, algorithm: 'RS256' }])],
  ])('is refused where it is %s', (_, text) => {
    expect(oidcIssuers.safeParse(text).success).toBe(false);
  });
});
