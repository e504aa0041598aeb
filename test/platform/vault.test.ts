import { createHash, randomBytes } from 'node:crypto';
import pg from 'pg';
import { v7 as newId } from 'uuid';
import { core, Patient } from 'clinic-rapport/schema';
import { createApp, type App } from '../../api/app.ts';
import { createClinic } from '../../api/database/clinic.ts';
import { systemActor } from '../../api/platform.ts';
import { masterKeys } from '../../api/vault/master-keys.ts';
import { rewrapKeys } from '../../api/vault/rewrap.ts';
import type { PlatformContext } from '../../api/context.ts';
import { cloneDatabase, type ClonedDatabase } from '../harness/cluster.ts';

const [old, young] = ['old', 'young'].map(name => createHash('sha256').update(name).digest()) as [Buffer, Buffer];
const place = { table: 'a_table', column: 'sealed', id: newId() };

let database: ClonedDatabase;
let clinicId: string;
let patientId: string;
const apps: App[] = [];

beforeAll(async () => {
  database = await cloneDatabase([core]);
  const clinic = { slug: 'test', name: 'Test', timeZone: 'Asia/Taipei', locale: 'en', currency: 'TWD' } as const;
  const sender = { name: 'Test', address: 'hello@clinic.test' };
  clinicId = await createClinic(database.url, { ...clinic, sender }, [core]);
  patientId = await run(await start([old]), async ({ em }) => em.create(Patient, { name: 'A', language: 'en' }).id);
});
afterAll(async () => {
  await Promise.all(apps.map(app => app.stop()));
  await database.drop();
});

/** Another process, with these keys. */
async function start(keys: readonly Uint8Array[]): Promise<App> {
  const app = await createApp({
    plugins: [core],
    database: { url: database.url },
    mail: { transport: { send: async () => {}, close: async () => {} } },
    publicUrl: 'https://clinic.test',
    secret: 'a secret of the tests, long enough to be one',
    keys,
    logLevel: 'silent',
  });
  apps.push(app);
  return app;
}

async function run<T>(app: App, work: (context: PlatformContext) => Promise<T>): Promise<T> {
  const context = await app.platform.contextFor({ clinicId, actor: systemActor('system', 'test') });
  return context.transaction(() => work(context));
}

const seal = (app: App): Promise<Buffer> => run(app, ({ vault }) => vault.seal('4711', patientId, place));
const open = (app: App, sealed: Buffer): Promise<string> => run(app, ({ vault }) => vault.open(sealed, place));

test('without a key nothing is protected, and nothing stored in clear', async () => {
  await expect(seal(await start([]))).rejects.toThrow('set RAPPORT_KEYS');
});

test('what is sealed outlives the transaction that made the key of the clinic and rolled back', async () => {
  const app = await start([old]);
  await expect(
    run(app, async ({ vault }) => {
      await vault.seal('4711', patientId, place);
      throw new Error('rolled back');
    }),
  ).rejects.toThrow('rolled back');
  const sealed = await seal(app);
  expect(await open(await start([old]), sealed)).toBe('4711');
});

test('a key is changed: the new one first, then all is wrapped by it, then the old one goes', async () => {
  const sealed = await seal(await start([old]));
  const none = await start([young]);
  expect(await none.platform.keyring.missing()).toHaveLength(1);
  await expect(open(none, sealed)).rejects.toThrow('is not among RAPPORT_KEYS');
  const both = await start([young, old]);
  expect(await both.platform.keyring.missing()).toEqual([]);
  expect(await open(both, sealed)).toBe('4711');
  await expect(rewrapKeys(database.url, [young])).rejects.toThrow('is not among RAPPORT_KEYS');
  expect(await rewrapKeys(database.url, [young, old])).toEqual({ rewrapped: 1, clinics: 1 });
  expect(await rewrapKeys(database.url, [young, old])).toEqual({ rewrapped: 0, clinics: 1 });
  const after = await start([young]);
  expect(await after.platform.keyring.missing()).toEqual([]);
  expect(await open(after, sealed)).toBe('4711');
  await rewrapKeys(database.url, [old, young]);
});

test('the key of one clinic opens nothing of another, nor do keys that were exchanged', async () => {
  const sealed = await seal(await start([old]));
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query('begin');
  const { rows } = await client.query<{ wrapped: Buffer }>('select wrapped from clinic_key');
  await client.query('update clinic_key set wrapped = set_byte(wrapped, 40, get_byte(wrapped, 40) # 1)');
  await client.query('commit');
  await expect(open(await start([old]), sealed)).rejects.toThrow(/authenticate/);
  await client.query('update clinic_key set wrapped = $1', [rows[0]!.wrapped]);
  await client.end();
  expect(await open(await start([old]), sealed)).toBe('4711');
});

describe('RAPPORT_KEYS', () => {
  const key = randomBytes(32).toString('base64');
  const faultOf = (text: string): string => masterKeys.safeParse(text).error?.issues[0]?.message ?? 'none';

  it('are one or several, of 32 random bytes each', () => {
    expect(masterKeys.parse(`${key}, ${key}`)).toEqual([Buffer.from(key, 'base64'), Buffer.from(key, 'base64')]);
  });

  it.each([
    ['', 'is not of 32 bytes'],
    ['change-me', 'is no base64'],
    [randomBytes(16).toString('base64'), 'is not of 32 bytes'],
    [Buffer.alloc(32, 'ab').toString('base64'), 'is too regular'],
    [`${key},`, 'is not of 32 bytes'],
  ])('are not %j', (text, fault) => {
    expect(faultOf(text)).toContain(fault);
    if (text) expect(faultOf(text)).not.toContain(text);
  });
});
