import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { Attendance } from '../../api/database/attendance.ts';
import { findDataDirectory } from '../../api/database/data-directory.ts';
import { startEmbedded, type EmbeddedPostgres } from '../../api/database/embedded.ts';
import { homesAround, rapportHome } from '../../api/database/home.ts';
import { postmasterOf } from '../../api/database/postmaster.ts';

let home: string;
const started: EmbeddedPostgres[] = [];
const children: ChildProcess[] = [];

const start = async (options: Partial<Parameters<typeof startEmbedded>[0]> = {}): Promise<EmbeddedPostgres> => {
  const server = await startEmbedded({ home, fast: true, ...options });
  started.push(server);
  return server;
};

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

/** Another process that starts the server of the home; resolves once it has it. */
async function startElsewhere(): Promise<{ url: string; adopted: boolean; kill(): Promise<void> }> {
  const file = path.join(import.meta.dirname, '../fixtures/start-embedded.ts');
  const child = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', file, home], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', data => resolve(String(data)));
    child.once('exit', code => reject(new Error(`It ended with ${code}.`)));
  });
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await new Promise(resolve => child.once('exit', resolve));
  };
  return { ...(JSON.parse(line) as { url: string; adopted: boolean }), kill };
}

const pidOf = ({ dataDir }: EmbeddedPostgres): number => {
  const found = postmasterOf(dataDir);
  if (!('pid' in found)) throw new Error(`No server runs: ${found.state}.`);
  return found.pid;
};

beforeAll(() => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'clinic-rapport-embedded-'));
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await Promise.all(started.splice(0).map(server => server.stop()));
});

afterAll(() => fs.rmSync(home, { recursive: true, force: true }));

test('two that start over nothing at the same time get one server', async () => {
  const [one, other] = await Promise.all([start(), start()]);
  expect(one.url).toBe(other.url);
  expect([one.adopted, other.adopted].sort()).toEqual([false, true]);
  expect(await query(one.url, 'select current_database() as name')).toEqual([{ name: 'rapport' }]);
  expect(fs.readdirSync(home).sort()).toEqual(['postgres', 'postgres.users']);
});

test('what it keeps is closed to other users', async () => {
  const { dataDir } = await start();
  expect(fs.statSync(home).mode & 0o007).toBe(0);
  expect(fs.statSync(dataDir).mode & 0o077).toBe(0);
  expect(fs.statSync(path.join(dataDir, 'rapport.password')).mode & 0o077).toBe(0);
});

test('the server goes on until the last one that uses it stops', async () => {
  const one = await start();
  const other = await start();
  await one.stop();
  expect(await query(other.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  await other.stop();
  expect(postmasterOf(one.dataDir)).toEqual({ state: 'none' });
});

test('one that stops while another starts does not leave it without a server', async () => {
  for (let round = 0; round < 4; round++) {
    const one = await start();
    const [, other] = await Promise.all([one.stop(), start()]);
    expect(await query(other.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await other.stop();
  }
});

test('a server that lost its process to kill -9 is adopted with its data, and stopped', async () => {
  const elsewhere = await startElsewhere();
  await query(elsewhere.url, 'create table kept as select 7 as value');
  await elsewhere.kill();
  const server = await start();
  expect(server.adopted).toBe(true);
  expect(await query(server.url, 'select value from kept')).toEqual([{ value: 7 }]);
  await server.stop();
  expect(postmasterOf(server.dataDir)).toEqual({ state: 'none' });
});

test('a server that was killed itself starts again over its data', async () => {
  const killed = await start();
  await query(killed.url, 'create table if not exists after_kill as select 8 as value');
  await query(killed.url, 'checkpoint');
  process.kill(pidOf(killed), 'SIGKILL');
  const server = await start();
  expect(server.adopted).toBe(false);
  expect(await query(server.url, 'select value from after_kill')).toEqual([{ value: 8 }]);
});

test('a leftover postmaster.pid whose id belongs to another program by now does not hold it up', async () => {
  const before = await start();
  await before.stop();
  const lines = [process.pid, before.dataDir, 1_700_000_000, 5432, '', '127.0.0.1', '        0         0', 'ready   '];
  fs.writeFileSync(path.join(before.dataDir, 'postmaster.pid'), `${lines.join('\n')}\n`);
  expect(postmasterOf(before.dataDir)).toEqual({ state: 'foreign' });
  const server = await start();
  expect(server.adopted).toBe(false);
  expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('a port that is taken is named in the error', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise(resolve => other.once('listening', resolve));
  const { port } = other.address() as { port: number };
  await expect(start({ port })).rejects.toThrow(/Address already in use/);
  other.close();
});

test('data of another version is refused with what to do', async () => {
  const { dataDir } = await start();
  await started.pop()!.stop();
  const file = path.join(dataDir, 'PG_VERSION');
  const version = fs.readFileSync(file, 'utf8');
  fs.writeFileSync(file, '9\n');
  await expect(start()).rejects.toThrow(/made by PostgreSQL 9.*move it away, or set RAPPORT_HOME/);
  fs.writeFileSync(file, version);
});

test('nobody is counted who does not run any more', async () => {
  const directory = path.join(home, 'attendance');
  const gone = await Attendance.join(directory);
  const file = path.join(directory, fs.readdirSync(directory)[0]!);
  fs.renameSync(file, path.join(directory, `${process.pid}-gone`));
  fs.writeFileSync(path.join(directory, `${process.pid}-gone`), 'an earlier process of the same id');
  const stayed = await Attendance.join(directory);
  let last = 0;
  await stayed.leave(async () => void last++);
  expect(last).toBe(1);
  expect(fs.readdirSync(directory)).toEqual([]);
  await gone.leave(async () => undefined);
});

test('a home that the user of the server cannot reach leads to a place where it can', () => {
  const place = path.join(home, 'shared');
  const closed = path.join(home, 'closed');
  fs.mkdirSync(closed, { mode: 0o700 });
  const nobody = { uid: 65_534, gid: process.getgid!() + 1 };
  const dataDir = findDataDirectory(fs.realpathSync(closed), nobody, place);
  expect(path.dirname(path.dirname(dataDir))).toBe(place);
  expect(fs.readlinkSync(path.join(closed, 'postgres'))).toBe(dataDir);
  expect(findDataDirectory(closed, nobody, place)).toBe(dataDir);
});

test('a home within that of the machine lets the server pass through both, and through nothing else', () => {
  const place = rapportHome();
  expect(homesAround(path.join(place, 'test', 'one'))).toEqual([path.join(place, 'test'), place]);
  expect(homesAround(place)).toEqual([]);
  expect(homesAround(`${place}-other/test`)).toEqual([]);
});
