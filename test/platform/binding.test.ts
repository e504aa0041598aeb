import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import { ask, Installation } from './two-apps.ts';
import type { App } from '../../api/app.ts';

// Who was invited, and comes by an identity provider: how the one is found to be the other, and how nobody else is.

const [trusted, untrusted] = ['https://id.test', 'https://other.test'];

let installation: Installation;
let provider: Server;
let privateKey: CryptoKey;
let app: App;
let url: string;
let people = 0;

beforeAll(async () => {
  installation = await Installation.make();
  const pair = await generateKeyPair('ES256', { extractable: true });
  privateKey = pair.privateKey;
  const keys = [{ ...(await exportJWK(pair.publicKey)), kid: 'a', alg: 'ES256' }];
  provider = createServer((_, response) => void response.end(JSON.stringify({ keys })));
  await new Promise<void>(resolve => provider.listen(0, '127.0.0.1', resolve));
  const jwksUri = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/`;
  const common = { audience: 'rapport', jwksUri };
  const oidc = [
    { issuer: trusted, ...common, trustsEmail: true },
    { issuer: untrusted, ...common },
  ];
  ({ app, url } = await installation.start({ oidc }));
});
afterAll(async () => {
  await installation.stop();
  provider.closeAllConnections();
  await new Promise(resolve => provider.close(resolve));
});

const tokenOf = (sub: string, email: string, more: { iss?: string; email_verified?: unknown } = {}): Promise<string> =>
  new SignJWT({ iss: trusted, email, email_verified: true, ...more, sub, aud: 'rapport', jti: `${++people}` })
    .setProtectedHeader({ alg: 'ES256', kid: 'a' })
    .setIssuedAt()
    .setExpirationTime('10m')
    .sign(privateKey);
const whoIs = async (token: string): Promise<string | undefined> => {
  const { data, code } = await ask(url, token, '{ me { email } }');
  return code ?? data.me.email;
};

/** An account as an accepted invitation leaves it; or as something else does. */
async function invited({ subject = 'invited|', verified = 'now()' } = {}): Promise<{ email: string; id: string }> {
  const email = `person${++people}@clinic.test`;
  const { rows } = await installation.owner.query<{ id: string }>(
    `insert into user_account (id, subject, name, email, locale, email_verified_at)
     values (gen_random_uuid(), $1 || $2, 'Ann', $2, 'en', ${verified}) returning id`,
    [subject, email],
  );
  await installation.owner.query(
    `insert into user_role (clinic_id, id, user_id, role) values ($1, gen_random_uuid(), $2, 'frontDesk')`,
    [installation.clinicId, rows[0]!.id],
  );
  return { email, id: rows[0]!.id };
}

test('who accepted an invitation is recognised by the verified address, the first time; then by the identity alone', async () => {
  const { email, id } = await invited();
  expect(await whoIs(await tokenOf('ann', email.toUpperCase()))).toBe(email);
  expect(await whoIs(await tokenOf('ann', 'moved@clinic.test', { email_verified: false }))).toBe(email);
  await app.settle();
  const { rows } = await installation.owner.query(
    'select method, issuer, outcome, reason from sign_in where user_id = $1 order by created_at, id',
    [id],
  );
  const common = { method: 'TOKEN', issuer: trusted, outcome: 'SUCCEEDED' };
  expect(rows).toEqual([
    { ...common, reason: 'IDENTITY_BOUND' },
    { ...common, reason: null },
  ]);
});

test('an address that comes to somebody else later opens nothing: the account has its identity', async () => {
  const { email } = await invited();
  expect(await whoIs(await tokenOf('first', email))).toBe(email);
  expect(await whoIs(await tokenOf('second', email))).toBe('UNAUTHENTICATED');
  expect(await whoIs(await tokenOf('first', email))).toBe(email);
});

test('of two who come at the same time with one address, one is let in', async () => {
  const { email } = await invited();
  const answers = await Promise.all([whoIs(await tokenOf('x', email)), whoIs(await tokenOf('y', email))]);
  expect(answers.sort()).toEqual(['UNAUTHENTICATED', email]);
});

describe('nobody is recognised by an address', () => {
  test('that the issuer does not call verified', async () => {
    const { email } = await invited();
    for (const email_verified of [false, undefined, 'true', 1])
      expect(await whoIs(await tokenOf('eve', email, { email_verified }))).toBe('UNAUTHENTICATED');
  });

  test('of an issuer that is not trusted with addresses', async () => {
    const { email } = await invited();
    expect(await whoIs(await tokenOf('eve', email, { iss: untrusted }))).toBe('UNAUTHENTICATED');
  });

  test.each([
    ['that was proved more than thirty days ago', { verified: `now() - interval '31 days'` }],
    ['that nobody has proved', { verified: 'null' }],
    ['of an account that no invitation made', { subject: 'desk' }],
    ['of an account that an operator gave an identity', { subject: `${trusted}|` }],
  ])('%s', async (_, options) => {
    const { email } = await invited(options);
    expect(await whoIs(await tokenOf('eve', email))).toBe('UNAUTHENTICATED');
  });

  test('that two accounts have', async () => {
    const { email } = await invited();
    await installation.owner.query(
      `with u as (insert into user_account (id, subject, name, email, locale, email_verified_at)
         values (gen_random_uuid(), 'invited|twin', 'Twin', $1, 'en', now()) returning id)
       insert into user_role (clinic_id, id, user_id, role) select $2, gen_random_uuid(), id, 'owner' from u`,
      [email, installation.clinicId],
    );
    expect(await whoIs(await tokenOf('eve', email))).toBe('UNAUTHENTICATED');
  });

  test('of a user who was disabled, or removed', async () => {
    const [disabled, removed] = [await invited(), await invited()];
    await installation.owner.query('update user_account set disabled_at = now() where id = $1', [disabled.id]);
    await installation.owner.query('delete from user_role where user_id = $1', [removed.id]);
    for (const { email } of [disabled, removed])
      expect(await whoIs(await tokenOf('eve', email))).toBe('UNAUTHENTICATED');
  });
});

test('a token is written down once in a process, however often it comes', async () => {
  const { token, userId } = await installation.signIn();
  for (let turn = 0; turn < 5; turn++) await ask(url, token, '{ clinic { id } }');
  await app.settle();
  const { rows } = await installation.owner.query(
    'select issuer, address, request_id from sign_in where user_id = $1',
    [userId],
  );
  expect(rows).toEqual([{ issuer: 'clinic-rapport', address: '127.0.0.0/24', request_id: expect.any(String) }]);
});

test('the list of those who came cannot be changed by the runtime, nor shortened by what is younger than half a year', async () => {
  const { rows } = await installation.owner.query<{ privilege_type: string }>(
    `select privilege_type from information_schema.role_table_grants where table_name = 'sign_in' and grantee = 'rapport_app'`,
  );
  expect(rows.map(({ privilege_type }) => privilege_type).sort()).toEqual(['DELETE', 'INSERT', 'SELECT']);
  const { owner, clinicId } = installation;
  await owner.query('begin');
  await owner.query(
    `insert into sign_in (clinic_id, id, method, outcome, reason, created_at)
     select $1, gen_random_uuid(), 'LINK', 'SUCCEEDED', days, now() - make_interval(days => days::integer)
     from unnest('{0,179,181}'::text[]) days`,
    [clinicId],
  );
  await owner.query('set local role rapport_app');
  await owner.query(`select set_config('app.clinic_id', $1, true)`, [clinicId]);
  await owner.query('delete from sign_in');
  const left = await owner.query(`select reason from sign_in where reason in ('0', '179', '181') order by reason`);
  await owner.query('rollback');
  expect(left.rows).toEqual([{ reason: '0' }, { reason: '179' }]);
});
