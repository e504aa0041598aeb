import { Standings, type Authenticated } from '../../api/auth/standings.ts';
import type { App } from '../../api/app.ts';
import { ask, Installation, Listening, standing } from './two-apps.ts';

let installation: Installation;
let here: { app: App; url: string };
let there: { app: App; url: string };

beforeAll(async () => {
  installation = await Installation.make();
  [here, there] = [await installation.start(), await installation.start()];
});
afterAll(() => installation.stop());

const ring = (note: string): Promise<void> => installation.ring(here.app, [note]);
const takeRoles = 'delete from user_role where clinic_id = ? and user_id = ?';
const rightsChanged = { code: 4403, reason: 'Your rights have changed' };

describe('a role that is taken away', () => {
  test('ends the socket at once, in every process, and an event of the same moment does not go out any more', async () => {
    const [leaving, staying] = [await installation.signIn(), await installation.signIn()];
    using near = new Listening(here.url, leaving.token);
    using far = new Listening(there.url, leaving.token);
    using other = new Listening(there.url, staying.token);
    await standing(ring, near, far, other);
    const begun = performance.now();
    await installation.ring(here.app, ['last'], [[takeRoles, [installation.clinicId, leaving.userId]]]);
    expect(await Promise.all([near.closed, far.closed])).toEqual([
      expect.objectContaining(rightsChanged),
      expect.objectContaining(rightsChanged),
    ]);
    // A look at the tables every five seconds would also close them.
    expect(Math.max(near.closedAt!, far.closedAt!) - begun).toBeLessThan(1_000);
    await other.heard('last');
    expect([near.notes, far.notes].flat()).not.toContain('last');
  });

  test('is seen by the next request, in every process', async () => {
    const { token, userId } = await installation.signIn();
    const query = '{ clinic { id } }';
    for (const { url } of [here, there]) expect((await ask(url, token, query)).code).toBeUndefined();
    await installation.owner.query('update user_account set disabled_at = now() where id = $1', [userId]);
    const begun = performance.now();
    for (const { url } of [here, there]) {
      while ((await ask(url, token, query)).code === undefined) expect(performance.now() - begun).toBeLessThan(2_000);
      expect((await ask(url, token, query)).code).toBe('UNAUTHENTICATED');
    }
  });
});

test('a key that is revoked ends its sockets at once', async () => {
  const { token } = await installation.signIn();
  const make = `mutation { createApiKey(input: { name: "Bells", scopes: ["bells.hear"] }) { secret apiKey { id } } }`;
  const { secret, apiKey } = (await ask(here.url, token, make)).data.createApiKey;
  using listening = new Listening(there.url, secret);
  await standing(ring, listening);
  await ask(here.url, token, `mutation { revokeApiKey(input: { id: "${apiKey.id}" }) { id } }`);
  const begun = performance.now();
  expect(await listening.closed).toMatchObject(rightsChanged);
  expect(performance.now() - begun).toBeLessThan(1_000);
});

test('a change that leaves the rights as they were ends nothing, and holds no event back for good', async () => {
  const { token, userId } = await installation.signIn();
  using listening = new Listening(there.url, token);
  await standing(ring, listening);
  const touch = `update user_role set created_at = now() where clinic_id = ? and user_id = ?`;
  for (let turn = 0; turn < 20; turn++)
    await installation.ring(here.app, [`note ${turn}`], [[touch, [installation.clinicId, userId]]]);
  await listening.heard('note 19');
  expect(listening.notes.filter(note => note !== 'first')).toEqual(
    Array.from({ length: 20 }, (_, turn) => `note ${turn}`),
  );
});

test('what is taken away while no notice comes is known before the next event goes out', async () => {
  const { token, userId } = await installation.signIn();
  using listening = new Listening(there.url, token);
  await standing(ring, listening);
  const deaf = `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like 'listen %'`;
  const { rowCount } = await installation.owner.query(deaf);
  expect(rowCount).toBeGreaterThanOrEqual(2);
  await installation.ring(here.app, ['while deaf'], [[takeRoles, [installation.clinicId, userId]]]);
  const begun = performance.now();
  expect(await listening.closed).toMatchObject(rightsChanged);
  expect(performance.now() - begun).toBeLessThan(4_000);
  expect(listening.notes).not.toContain('while deaf');
});

describe('what is remembered', () => {
  const someone = (id: string): Authenticated => ({
    clinicId: 'clinic',
    actor: { kind: 'user', id, roles: [], permissions: new Set(), patientIds: '*' },
  });

  test('was not read before a change that came while it was read', async () => {
    const standings = new Standings({ keepFor: 60_000 });
    let reads = 0;
    const found = await standings.find('token', async () => {
      if (++reads === 1) standings.forget(new Set(['user ann']));
      return someone(reads === 1 ? 'before' : 'after');
    });
    expect([found.actor.id, standings.get('token')!.actor.id, reads]).toEqual(['after', 'after', 2]);
  });

  test('is forgotten of those alone whom a change concerns', async () => {
    const standings = new Standings({ keepFor: 60_000 });
    for (const id of ['ann', 'bob']) await standings.find(id, async () => someone(id));
    standings.forget(new Set(['user ann']));
    expect([standings.get('ann'), standings.get('bob')?.actor.id]).toEqual([undefined, 'bob']);
    standings.forget('all');
    expect(standings.get('bob')).toBeUndefined();
  });

  test('is read once for all who ask at the same time', async () => {
    const standings = new Standings({ keepFor: 60_000 });
    let reads = 0;
    const look = async (): Promise<Authenticated> => (reads++, someone('ann'));
    await Promise.all(Array.from({ length: 50 }, () => standings.find('ann', look)));
    expect(reads).toBe(1);
  });
});
