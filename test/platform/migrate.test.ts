import { Migration } from '@mikro-orm/migrations';
import pg from 'pg';
import { connect } from '../../api/database/connect.ts';
import { asMaintainer } from '../../api/database/maintenance.ts';
import { migrate } from '../../api/database/migrate.ts';
import { clinicTable } from '../../api/database/tenancy.ts';
import { definePlugin } from '../../api/define.ts';
import type { Class } from '../../api/plugin.ts';
import { Platform } from '../../migrations/0001-platform.ts';
import { cloneDatabase, type ClonedDatabase } from '../harness/cluster.ts';

class Notes extends Migration {
  override up(): void {
    this.addSql(
      'create table note (clinic_id uuid not null references clinic (id), id uuid, primary key (clinic_id, id))',
    );
    for (const statement of clinicTable('note')) this.addSql(statement);
  }
}

class Filled extends Migration {
  override up(): void {
    this.addSql('alter table note add column shown boolean');
    this.addSql('update note set shown = true');
    this.addSql('alter table note alter column shown set not null');
  }
}

class Broken extends Migration {
  override up(): void {
    this.addSql('create table half_done (id uuid primary key)');
    this.addSql('alter table nowhere add column x text');
  }
}

const plugin = (name: string, ...migrations: Class<Migration>[]) =>
  definePlugin({ name, version: '1.0.0', migrations });
const ground = plugin('core', Platform);

let database: ClonedDatabase;

beforeEach(async () => {
  database = await cloneDatabase([]);
});

afterEach(() => database.drop());

const rows = (text: string): Promise<Record<string, unknown>[]> =>
  asMaintainer(database.url, async client => (await client.query(text)).rows);

test('of several that migrate at the same time, one does and the others wait for it', async () => {
  const plugins = [ground, plugin('notes', Notes)];
  const done = await Promise.all([1, 2, 3, 4].map(() => migrate({ url: database.url, plugins })));
  expect(done.filter(names => names.length > 0)).toEqual([['core/Platform', 'notes/Notes']]);
  expect(await rows('select name from rapport_migration order by id')).toEqual([
    { name: 'core/Platform' },
    { name: 'notes/Notes' },
  ]);
});

test('a migration that comes later runs alone, and a second time nothing runs', async () => {
  await migrate({ url: database.url, plugins: [ground] });
  const told: string[] = [];
  const plugins = [ground, plugin('notes', Notes)];
  expect(await migrate({ url: database.url, plugins, onProgress: name => told.push(name) })).toEqual(['notes/Notes']);
  expect(told).toEqual(['notes/Notes']);
  expect(await migrate({ url: database.url, plugins })).toEqual([]);
});

test('a migration that fails is named, and leaves nothing of itself or of those before it', async () => {
  const plugins = [ground, plugin('notes', Notes, Broken)];
  await expect(migrate({ url: database.url, plugins })).rejects.toThrow(
    /'notes\/Broken' failed.*"nowhere" does not exist/s,
  );
  expect(await rows("select relname from pg_class where relname in ('clinic', 'note', 'half_done')")).toEqual([]);
  expect(await migrate({ url: database.url, plugins: [ground] })).toEqual(['core/Platform']);
});

test('two migrations of one name are refused', async () => {
  const twice = [ground, plugin('notes', Notes, Notes)];
  await expect(migrate({ url: database.url, plugins: twice })).rejects.toThrow(
    /Two migrations are called 'notes\/Notes'/,
  );
});

test('a migration that fills a column sees the rows of all clinics', async () => {
  await migrate({ url: database.url, plugins: [ground, plugin('notes', Notes)] });
  await rows(`insert into clinic (id, slug, name, time_zone, locale, currency, sender_name, sender_address)
    select gen_random_uuid(), slug, slug, 'Asia/Taipei', 'en', 'TWD', slug, 'a@clinic.test' from unnest(array['a', 'b']) slug`);
  await rows('insert into note (clinic_id, id) select id, gen_random_uuid() from clinic');
  await migrate({ url: database.url, plugins: [ground, plugin('notes', Notes, Filled)] });
  expect(await rows('select count(*)::int as shown from note where shown')).toEqual([{ shown: 2 }]);
});

test('the owner of a database need not be a superuser, neither to migrate nor to run', async () => {
  const login = `login_${process.pid}`;
  const { host, pathname } = new URL(database.url);
  const name = pathname.slice(1);
  try {
    await rows(`create role ${login} login createrole bypassrls password 'of a test'`);
    await rows(`grant rapport_owner, rapport_app, rapport_dispatch to ${login} with admin option`);
    await rows(`alter database ${name} owner to ${login}; alter schema public owner to ${login}`);
    const url = `postgresql://${login}:${encodeURIComponent('of a test')}@${host}${pathname}`;
    expect(await migrate({ url, plugins: [ground] })).toEqual(['core/Platform']);
    const runtime = await connect({ url, plugins: [] });
    const scope = { clinicId: '00000000-0000-7000-8000-000000000001', patientIds: '*' } as const;
    const who = 'select current_user as who';
    expect(await runtime.transaction(scope, em => em.execute(who))).toEqual([{ who: 'rapport_app' }]);
    expect((await runtime.dispatch.query(who)).rows).toEqual([{ who: 'rapport_dispatch' }]);
    await runtime.close();
  } finally {
    await rows(
      `alter database ${name} owner to rapport; reassign owned by ${login} to rapport; drop owned by ${login}`,
    );
    await rows(`drop role ${login}`);
  }
});

describe('while others hold a table that a migration changes', () => {
  class Wider extends Migration {
    override up(): void {
      this.addSql('alter table note add column width integer');
    }
  }
  const before = [ground, plugin('notes', Notes)];
  const after = [ground, plugin('notes', Notes, Wider)];

  /** Somebody who reads the table in a transaction that does not end by itself. */
  async function hold(): Promise<pg.Client> {
    await migrate({ url: database.url, plugins: before });
    const reader = new pg.Client({ connectionString: database.url });
    await reader.connect();
    await reader.query('begin; select from note');
    return reader;
  }
  const isWaitedFor = async (): Promise<boolean> =>
    (await rows(`select from pg_locks where relation = 'note'::regclass and not granted`)).length > 0;

  test('it is tried again until they have ended', async () => {
    const reader = await hold();
    const done = migrate({ url: database.url, plugins: after });
    while (!(await isWaitedFor()));
    while (await isWaitedFor());
    await reader.end();
    expect(await done).toEqual(['notes/Wider']);
  });

  test('it is given up in the end, in a sentence, and nothing is changed', async () => {
    const reader = await hold();
    await expect(migrate({ url: database.url, plugins: after, lockPatience: 0 })).rejects.toThrow(
      "The migration 'notes/Wider' failed, and nothing was changed: others held a table",
    );
    await reader.end();
    expect(await migrate({ url: database.url, plugins: after })).toEqual(['notes/Wider']);
  });
});
