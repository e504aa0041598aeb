import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Plugin } from 'clinic-rapport';
import { createApp, type App } from '../../api/app.ts';
import { findClinic } from '../../api/database/clinic.ts';
import { asMaintainer, databaseUrl } from '../../api/database/maintenance.ts';
import { migrate } from '../../api/database/migrate.ts';
import { SendError, type Transport } from '../../api/mail/transport.ts';
import { anonymousActor } from '../../api/platform.ts';
import { runCommand } from '../command.ts';
import { openDatabase } from '../database.ts';
import { clinic, users } from '../demo/clinic.ts';
import { seedDemo } from '../demo/seed.ts';
import { installedPlugins } from '../installed.ts';
import { progress } from '../progress.ts';
import { takeOver } from './take-over.ts';

/** Dumps a database with mails that were sent and mails that wait, restores it, and sees that no old mail is sent again. */
await runCommand(async ({ onEnd }) => {
  const server = await openDatabase(progress);
  onEnd(server.stop);
  await refuseOtherVersions(server.url);
  const plugins = await installedPlugins();
  const [lost, found] = [`rehearsal_${process.pid}`, `rehearsal_${process.pid}_restored`].map(name => ({
    name,
    url: databaseUrl(server.url, name),
  })) as [Copy, Copy];
  for (const { name } of [lost, found]) {
    await asMaintainer(server.url, client => client.query(`create database ${name}`));
    onEnd(() =>
      asMaintainer(server.url, async client => void (await client.query(`drop database ${name} with (force)`))),
    );
  }
  await fill(lost.url, plugins);
  const directory = mkdtempSync(path.join(os.tmpdir(), 'rapport-rehearsal-'));
  onEnd(async () => rmSync(directory, { recursive: true, force: true }));
  const dump = path.join(directory, 'dump');
  execFileSync('pg_dump', ['--format=custom', '--file', dump, lost.url], { stdio: 'inherit' });
  execFileSync('pg_restore', ['--exit-on-error', '--dbname', found.url, dump], { stdio: 'inherit' });
  const counts = { lost: await countsOf(lost.url), found: await countsOf(found.url) };
  expect('rows of the dump and of the restored database', counts.found.rows, counts.lost.rows);
  progress(`Restored: ${counts.found.rows} rows, ${counts.found.queued} mails waiting, ${counts.found.sent} sent`);
  if (counts.found.queued === 0 || counts.found.sent === 0)
    throw new Error('The rehearsal has no mails to go wrong with.');
  const { uncertain } = await takeOver(found.url, plugins, { keys });
  expect('mails that are uncertain', uncertain, counts.found.queued);
  const { app, mails } = await openApp(found.url, plugins);
  onEnd(app.stop);
  await app.settle();
  expect('old mails that the restored database sent', mails.length, 0);
  await askForMail(app, found.url);
  await app.settle();
  expect('new mails that it sent', mails.length, 1);
  progress('0 old mails were sent again, and a new one was sent.');
});

/** Of values that end with the rehearsal. */
const keys = [randomBytes(32)];

interface Copy {
  readonly name: string;
  readonly url: string;
}

/** pg_dump reads servers of its own version and of older ones. */
async function refuseOtherVersions(url: string): Promise<void> {
  const [, tool] = /(\d+)/.exec(execFileSync('pg_dump', ['--version'], { encoding: 'utf8' }))!;
  const { rows } = await asMaintainer(url, client => client.query<{ server_version: string }>('show server_version'));
  const server = parseInt(rows[0]!.server_version, 10);
  if (Number(tool) < server)
    throw new Error(
      `pg_dump is of version ${tool}, and cannot read a server of version ${server}: put one of version ${server} first in ` +
        'PATH, or name an older server by DATABASE_URL.',
    );
}

async function fill(url: string, plugins: readonly Plugin[]): Promise<void> {
  await migrate({ url, plugins });
  const { app, mails } = await openApp(url, plugins);
  await seedDemo(url, app.platform);
  await askForMail(app, url);
  await app.settle();
  progress(`The first database has sent ${mails.length} mails`);
  await app.stop();
  const { app: cutOff } = await openApp(url, plugins, () =>
    Promise.reject(new SendError('unreachable', 'ECONNREFUSED')),
  );
  await askForMail(cutOff, url);
  await cutOff.settle();
  // Nor is its job done when the backup is made.
  await askForMail(cutOff, url);
  await cutOff.stop();
}

async function openApp(url: string, plugins: readonly Plugin[], send?: Transport['send']) {
  const mails: unknown[] = [];
  const transport: Transport = { send: send ?? (async mail => void mails.push(mail)), close: async () => {} };
  const app = await createApp({
    ...{ plugins, database: { url }, mail: { transport }, logLevel: 'warn' },
    publicUrl: 'https://book.clinic.example',
    secret: 'of a rehearsal, in which nobody gets a link',
    keys,
  });
  return { app, mails };
}

/** A member of the staff asks for a link to sign in: a job, and a mail of it. */
async function askForMail({ execute, platform }: App, url: string): Promise<void> {
  const clinicId = (await findClinic(url, clinic.slug))!;
  const context = await platform.contextFor({ clinicId, actor: anonymousActor });
  const document = 'mutation ($input: RequestSignInInput!) { requestSignIn(input: $input) }';
  const { errors } = await execute({ document, variables: { input: { email: users[0].email } }, context });
  if (errors) throw errors[0]!;
}

async function countsOf(url: string): Promise<{ rows: number; queued: number; sent: number }> {
  return asMaintainer(url, async client => {
    const { rows: tables } = await client.query<{ name: string }>(
      `select quote_ident(table_name) as name from information_schema.tables where table_schema = 'public'`,
    );
    let rows = 0;
    for (const { name } of tables) {
      const counted = await client.query<{ count: number }>(`select count(*)::integer as count from ${name}`);
      rows += counted.rows[0]!.count;
    }
    const mails = await client.query<{ queued: number; sent: number }>(
      `select count(*) filter (where state = 'queued' and due_at <= now())::integer as queued,
         count(*) filter (where state = 'sent')::integer as sent from delivery`,
    );
    return { rows, ...mails.rows[0]! };
  });
}

function expect(what: string, found: number, wanted: number): void {
  if (found !== wanted) throw new Error(`There are ${found} ${what}, and not ${wanted}.`);
}
