import { core } from 'clinic-rapport/schema';
import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import pg from 'pg';
import { createOrigins } from '../../api/http/origins.ts';
import { createCounter } from '../../api/limits/counter.ts';

describe('a counter', () => {
  test('refuses what is more than there is, says how long to wait, and starts anew after a success', async () => {
    const { app } = await createTestApp({ plugins: [core] });
    const { database } = app.platform;
    const tries = createCounter(database, { name: 'tries', points: 3, seconds: 60 });
    const elsewhere = createCounter(database, { name: 'tries', points: 3, seconds: 60 });
    await tries.spend('mei@example.test', 2);
    await elsewhere.spend('mei@example.test');
    const refusal = await tries.spend('mei@example.test').catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'RATE_LIMITED', message: expect.stringMatching(/try again in \d+ s/) });
    expect((refusal as { retryAfter: number }).retryAfter).toBeGreaterThan(50);
    await tries.spend('someone else');
    await elsewhere.reset('mei@example.test');
    await tries.spend('mei@example.test', 3);
  });

  test('of fifty at once lets no more through than there is', async () => {
    const { app } = await createTestApp({ plugins: [core] });
    const tries = createCounter(app.platform.database, { name: 'race', points: 5, seconds: 60 });
    const ends = await Promise.allSettled(Array.from({ length: 50 }, () => tries.spend('one')));
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
  });

  test('keeps no key that could be read', async () => {
    const { app, databaseUrl } = await createTestApp({ plugins: [core] });
    await createCounter(app.platform.database, { name: 'mails', points: 3, seconds: 60 }).spend('mei@example.test');
    const client = new pg.Client(databaseUrl);
    await client.connect();
    const { rows } = await client.query<{ key: string }>('select key from rate_limit');
    await client.end();
    expect(rows).toHaveLength(1);
    expect(rows[0]!.key).not.toContain('mei');
  });
});

describe('web pages that may ask', () => {
  const set = `mutation ($origins: [String!]!) { setAllowedOrigins(input: { origins: $origins }) { allowedOrigins } }`;

  test('are those that the clinic lists, and are theirs alone', async () => {
    const app = await createTestApp({ plugins: [core] });
    const other = await app.addClinic('other');
    const answer = await app
      .as('owner')
      .data(set, { origins: ['https://Book.clinic.example:443', 'http://a.example:8080'] });
    expect(answer).toEqual({
      setAllowedOrigins: { allowedOrigins: ['http://a.example:8080', 'https://book.clinic.example'] },
    });
    const origins = createOrigins({ database: app.app.platform.database, publicUrl: 'https://clinic.test/x' });
    await expect(origins.isKnown('https://book.clinic.example')).resolves.toBe(true);
    await expect(origins.isKnown('https://evil.example')).resolves.toBe(false);
    await expect(origins.allows(app.clinicId, 'https://book.clinic.example')).resolves.toBe(true);
    await expect(origins.allows(other, 'https://book.clinic.example')).resolves.toBe(false);
    await expect(origins.allows(other, 'https://clinic.test')).resolves.toBe(true);
    await expect(origins.isKnown('http://localhost:5173')).resolves.toBe(false);
    const atHome = createOrigins({
      database: app.app.platform.database,
      publicUrl: 'https://c.test',
      development: true,
    });
    await expect(atHome.allows(other, 'http://localhost:5173')).resolves.toBe(true);
    await expect(atHome.allows(other, 'http://localhost.evil.example')).resolves.toBe(false);
  });

  test('are given as origins, and few', async () => {
    const app = await createTestApp({ plugins: [core] });
    for (const bad of [
      '*',
      'null',
      'https://a.example/path',
      'ftp://a.example',
      'javascript:alert(1)',
      'https://me@a.example',
    ]) {
      const { errors } = await app.as('owner').query(set, { origins: ['https://ok.example', bad] });
      expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: 'input.origins.1' });
    }
    const many = Array.from({ length: 51 }, (_, index) => `https://a${index}.example`);
    expect((await app.as('owner').query(set, { origins: many })).errors?.[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      field: 'input.origins',
    });
  });

  test('are the affair of the owner', async () => {
    const app = await createTestApp({ plugins: [core] });
    const { data, errors } = await app.as('frontDesk').query('{ clinic { name allowedOrigins } }');
    expect(data).toEqual({ clinic: { name: 'Clinic test', allowedOrigins: null } });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('a request that has taken too long', () => {
  const register = `mutation { registerPatient(input: { name: "遲到", language: ZH_HANT }) { id } }`;
  const ask = async (app: TestApp, document: string, deadline: number) => {
    const { actor } = app.staff;
    return app.app.execute({
      document,
      context: await app.app.platform.contextFor({ clinicId: app.clinicId, actor, deadline }),
    });
  };

  test('reads nothing more, and commits nothing', async () => {
    const app = await createTestApp({ plugins: [core] });
    const gone = performance.now() - 1;
    const count = '{ patients { totalCount } }';
    for (const document of [register, count]) {
      const { errors } = await ask(app, document, gone);
      expect(errors?.map(({ extensions }) => extensions?.['code'])).toEqual(['DEADLINE_EXCEEDED']);
    }
    expect(await app.staff.data(count)).toEqual({ patients: { totalCount: 0 } });
  });
});
