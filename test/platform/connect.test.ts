import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Migration } from '@mikro-orm/migrations';
import type { EntityManager, Opt } from '@mikro-orm/postgresql';
import pg from 'pg';
import { v7 as newId } from 'uuid';
import { createClinic } from '../../api/database/clinic.ts';
import { connect } from '../../api/database/connect.ts';
import { connectionConfig } from '../../api/database/connection.ts';
import type { Database } from '../../api/database/database.ts';
import { clinicTable, type Scope } from '../../api/database/tenancy.ts';
import { definePlugin } from '../../api/define.ts';
import { Platform } from '../../migrations/0001-platform.ts';
import { startProxy } from '../../scripts/faults/proxy.ts';
import { cloneDatabase, type ClonedDatabase } from '../harness/cluster.ts';

@Entity({ tableName: 'shelf' })
class Shelf {
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Property({ type: 'text' })
  label: string;

  @Property({ type: 'integer', version: true })
  version: Opt<number>;
}

@Entity({ tableName: 'jar' })
class Jar {
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @ManyToOne(() => Shelf)
  shelf: Shelf;
}

class Pantry extends Migration {
  override up(): void {
    const key = 'clinic_id uuid not null references clinic (id), id uuid, primary key (clinic_id, id)';
    this.addSql(`create table shelf (${key}, label text not null, version integer not null default 1)`);
    this.addSql(
      `create table jar (${key}, shelf_id uuid not null, foreign key (clinic_id, shelf_id) references shelf)`,
    );
    for (const statement of [...clinicTable('shelf'), ...clinicTable('jar')]) this.addSql(statement);
  }
}

const core = definePlugin({ name: 'core', version: '1.0.0', migrations: [Platform] });
const pantry = definePlugin({ name: 'pantry', version: '1.0.0', migrations: [Pantry], entities: [Shelf, Jar] });

let clone: ClonedDatabase;
let database: Database;
let here: Scope;
let elsewhere: Scope;

beforeAll(async () => {
  const plugins = [core, pantry];
  clone = await cloneDatabase(plugins);
  database = await connect({ url: clone.url, plugins });
  const add = (slug: string): Promise<string> =>
    createClinic(
      clone.url,
      {
        slug,
        name: slug,
        timeZone: 'Asia/Taipei',
        locale: 'en',
        currency: 'TWD',
        sender: { name: slug, address: 'a@clinic.test' },
      },
      plugins,
    );
  here = { clinicId: await add('here'), patientIds: '*' };
  elsewhere = { clinicId: await add('elsewhere'), patientIds: '*' };
});

afterAll(async () => {
  await database?.close();
  await clone?.drop();
});

const addShelf = (label: string, scope = here): Promise<Shelf> =>
  database.transaction(scope, async em =>
    em
      .persist(em.create(Shelf, { label }))
      .flush()
      .then(() => em.findOneOrFail(Shelf, { label })),
  );

async function ask(config: pg.ClientConfig, text: string): Promise<unknown[]> {
  const client = new pg.Client(config);
  await client.connect();
  try {
    return (await client.query({ text, rowMode: 'array' })).rows[0]!;
  } finally {
    await client.end();
  }
}

test('a connection has its role, its time zone and its limits from the first statement on', async () => {
  const settings = ['role', 'timezone', 'statement_timeout', 'idle_in_transaction_session_timeout'];
  const text = `select ${settings.map(name => `current_setting('${name}')`).join(', ')}`;
  expect(await ask(connectionConfig(clone.url, 'app'), text)).toEqual(['rapport_app', 'UTC', '8s', '15s']);
  expect(await ask(connectionConfig(clone.url, 'dispatch'), text)).toEqual(['rapport_dispatch', 'UTC', '8s', '15s']);
});

test('options of the URL are kept, but cannot undo the role', async () => {
  const url = `${clone.url}?options=${encodeURIComponent('-c role=none -c work_mem=5MB')}`;
  const text = "select current_user, current_setting('work_mem')";
  expect(await ask(connectionConfig(url, 'app'), text)).toEqual(['rapport_app', '5MB']);
});

test('a role that is reset is still the role', async () => {
  const client = new pg.Client(connectionConfig(clone.url, 'app'));
  await client.connect();
  await client.query('reset role');
  expect((await client.query('select current_user as who')).rows).toEqual([{ who: 'rapport_app' }]);
  await client.end();
});

test('a new entity gets the clinic of its scope, and is found in it alone', async () => {
  const { id, clinicId } = await addShelf('flour');
  expect(clinicId).toBe(here.clinicId);
  expect(await database.fork(here).findOne(Shelf, id)).toMatchObject({ label: 'flour' });
  expect(await database.fork(elsewhere).findOne(Shelf, id)).toBeNull();
});

test('an entity of another clinic is not written, whatever its author claims', async () => {
  const forged = database.transaction(elsewhere, async em => {
    em.create(Shelf, { label: 'forged', clinicId: here.clinicId });
    await em.flush();
  });
  await expect(forged).rejects.toThrow(/row-level security/);
});

test('a relation holds only its id, and joins the clinic by the composite key', async () => {
  const shelf = await addShelf('honey');
  const jar = await database.transaction(here, async em => {
    const made = em.create(Jar, { shelf: em.getReference(Shelf, shelf.id) });
    await em.flush();
    return made.id;
  });
  const found = await database.fork(here).findOneOrFail(Jar, jar, { populate: ['shelf'] });
  expect(found.shelf.label).toBe('honey');
  const across = database.transaction(elsewhere, async em => {
    em.create(Jar, { shelf: em.getReference(Shelf, shelf.id) });
    await em.flush();
  });
  await expect(across).rejects.toThrow(/foreign key/);
});

test('statements of a fork outside a transaction run under its scope too', async () => {
  await addShelf('rice');
  const count = 'select count(*)::int as count from shelf where label = ?';
  expect(await database.fork(here).execute(count, ['rice'])).toEqual([{ count: 1 }]);
  expect(await database.fork(elsewhere).execute(count, ['rice'])).toEqual([{ count: 0 }]);
  expect(await database.orm.em.fork().execute(count, ['rice'])).toEqual([{ count: 0 }]);
});

test('the scope does not stay on a connection that was given back', async () => {
  const who = "select coalesce(nullif(current_setting('app.clinic_id', true), ''), 'nobody') as clinic";
  await Promise.all([1, 2, 3].map(() => database.transaction(here, em => em.execute(who))));
  const seen = await Promise.all([1, 2, 3, 4].map(() => database.orm.em.fork().execute<{ clinic: string }[]>(who)));
  expect(seen.flat().map(({ clinic }) => clinic)).toEqual(['nobody', 'nobody', 'nobody', 'nobody']);
});

test('an entity that another transaction changed meanwhile is a conflict', async () => {
  const { id } = await addShelf('salt');
  const late = database.transaction(here, async em => {
    const shelf = await em.findOneOrFail(Shelf, id);
    await database.transaction(here, async other => void ((await other.findOneOrFail(Shelf, id)).label = 'sea salt'));
    shelf.label = 'rock salt';
  });
  await expect(late).rejects.toMatchObject({ code: 'CONFLICT' });
  expect(await database.fork(here).findOneOrFail(Shelf, id)).toMatchObject({ label: 'sea salt', version: 2 });
});

test('two that wait for each other both come through', async () => {
  const [one, other] = [await addShelf('tea'), await addShelf('coffee')];
  let arrived = 0;
  let open!: () => void;
  const both = new Promise<void>(resolve => (open = resolve));
  let runs = 0;
  const swap = (first: Shelf, second: Shelf) => async (em: EntityManager) => {
    runs++;
    await em.execute('update shelf set label = label where id = ?', [first.id]);
    if (++arrived === 2) open();
    await both;
    await em.execute('update shelf set label = label where id = ?', [second.id]);
  };
  await Promise.all([database.transaction(here, swap(one, other)), database.transaction(here, swap(other, one))]);
  expect(runs).toBe(3);
});

test('an error rolls back, is passed on and is not tried again', async () => {
  let runs = 0;
  const failing = database.transaction(here, async em => {
    runs++;
    em.create(Shelf, { label: 'never' });
    await em.flush();
    throw new Error('The plugin changed its mind.');
  });
  await expect(failing).rejects.toThrow('The plugin changed its mind.');
  expect(runs).toBe(1);
  expect(await database.fork(here).count(Shelf, { label: 'never' })).toBe(0);
});

test('connections that the server ends while they are idle are replaced', async () => {
  await database.dispatch.query('select 1');
  await Promise.all([1, 2, 3].map(() => database.fork(here).count(Shelf)));
  const removed = new Promise(resolve => database.dispatch.once('remove', resolve));
  await ask(
    { connectionString: clone.url },
    'select count(pg_terminate_backend(pid, 5000)) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );
  await removed;
  expect((await database.dispatch.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  expect(await database.transaction(here, em => em.execute('select 1 as one'))).toEqual([{ one: 1 }]);
});

test('connections that break as they begin are missed by nobody: the pool stays whole', async () => {
  const proxy = await startProxy(Number(new URL(clone.url).port));
  const behind = await connect({
    url: Object.assign(new URL(clone.url), { port: String(proxy.port) }).href,
    plugins: [core, pantry],
  });
  const ask = (): Promise<unknown> => behind.transaction(here, em => em.execute('select 1'));
  try {
    // More often than the pool has connections.
    for (let turn = 0; turn < 12; turn++) {
      proxy.resets = 0;
      await ask();
      proxy.resets = 1;
      await expect(ask()).rejects.toThrow();
    }
    proxy.resets = 0;
    await Promise.all(Array.from({ length: 10 }, ask));
  } finally {
    await behind.close();
    await proxy.stop();
  }
});
