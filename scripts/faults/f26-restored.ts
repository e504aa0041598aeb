import path from 'node:path';
import { verifyAudit } from '../../api/audit/verify.ts';
import { migrate } from '../../api/database/migrate.ts';
import { Bookings } from './bookings.ts';
import type { Clinic } from './clinic.ts';
import { startCluster, type Cluster } from './cluster.ts';
import { backUp, restore, type Backup } from './copied.ts';
import { invariants } from './invariants.ts';
import { startLoad } from './load.ts';
import { mailsSettled, plantMails, workSettled } from './mails.ts';
import { script } from './processes.ts';
import { atLeast, exactly, holds, none, ownPlugin, type Finding, type Scenario } from './scenario.ts';
import { startSink, type Sink } from './sink.ts';
import { environment, until, type Stage } from './stage.ts';

/** A backup is made while clients book and mails wait; the mails go out; then the server is lost, and the backup restored. */
export const restored: Scenario = {
  id: 'F26',
  fault:
    'the database is lost after mails went out that still waited in the last backup, and is restored on another server',
  plugins: [ownPlugin('notices')],
  async run(stage) {
    const { quick, sink, tell } = stage;
    const mails = quick ? 100 : 1_000;
    const clinic = await stage.plant({ slug: 'f26', patients: 100 });
    const bookings = new Bookings(clinic);
    const api = await stage.serve();
    const worker = await stage.work();
    await until(async () => (await bookings.book(api.client)) && bookings.made.size >= 40, 60_000, 'forty bookings');
    await workSettled(stage);
    await mailsSettled(stage);
    await sink.close();
    await plantMails(stage, clinic, 'notices.notice', mails);
    const load = startLoad(4, () => bookings.book(api.client));
    const backup = await backUp(stage.cluster);
    await load.stop();
    await sink.open();
    await worker.end('SIGTERM');
    const second = await stage.work();
    await mailsSettled(stage);
    for (const process of [api.process, second]) await process.end('SIGTERM');
    tell(`the backup has ${backup.tables.get('delivery')!.rows} mails; ${sink.received.size} went out before the loss`);
    return after(stage, clinic, bookings, backup);
  },
};

async function after(stage: Stage, clinic: Clinic, bookings: Bookings, backup: Backup): Promise<Finding[]> {
  const { processes, home, sink, plugins } = stage;
  const found = await startCluster(path.join(home, 'found'));
  stage.onEnd(found.remove);
  await migrate({ url: found.url, plugins });
  await restore(found, backup);
  const different = await differences(found, backup);
  const newSink = await startSink();
  stage.onEnd(() => newSink.close().catch(() => {}));
  const there = { databaseUrl: found.url, env: { SMTP_URL: newSink.smtpUrl } };
  const env = environment({ ...{ url: found.url, smtpUrl: newSink.smtpUrl, home }, plugins: specifiers() });
  const early = processes.start({ name: 'work, too early', command: script('../work.ts'), env: { ...env, PORT: '0' } });
  const refusal = await early.exited;
  const taking = processes.start({ name: 'restored', command: script('../restored.ts'), env });
  const code = await taking.exited;
  const waiting = await waitingIn(found);
  const api = await stage.serve(there);
  await stage.work(there);
  await bookings.book(api.client);
  const id = [...bookings.made.values()].at(-1)!;
  await until(async () => (await sentOf(found, id)) > 0, 60_000, 'a mail of a new booking is sent');
  // As long as the sweeps need to find whatever else they would send.
  await new Promise(resolve => setTimeout(resolve, 10_000));
  const audit = await verifyAudit(found.url);
  return [
    none('tables that differ from the moment of the backup', different),
    holds('a worker refuses the database before `restored`', refusal !== 0 && refusal !== null, `exit ${refusal}`),
    exactly('exit code of `restored`', code ?? Number.NaN, 0),
    none('old mails that were sent again', oldOnes(sink, newSink)),
    exactly('mails sent after the restore, of a new booking', newSink.received.size, 1),
    atLeast('reminders of the future that still wait', waiting, 1),
    atLeast('entries of the audit that were verified', audit.entries, 1),
    none('faults of the audit', audit.faults),
    { ...(await invariants(found)), measured: 'invariants broken in the restored database' },
  ];
}

const specifiers = (): string[] => process.env['RAPPORT_PLUGINS']!.split(',');

async function differences({ query }: Cluster, { tables }: Backup): Promise<string[]> {
  const different: string[] = [];
  for (const [name, { rows }] of tables) {
    const [row] = await query<{ count: number }>(`select count(*)::int as count from ${name}`);
    if (row!.count !== rows) different.push(`${name}: ${row!.count} and not ${rows}`);
  }
  return different;
}

async function waitingIn({ query }: Cluster): Promise<number> {
  const [row] = await query<{ count: number }>(
    `select count(*)::int as count from delivery where state = 'queued' and mail = 'recall.reminder' and due_at > now()`,
  );
  return row!.count;
}

async function sentOf({ query }: Cluster, appointmentId: string): Promise<number> {
  const [row] = await query<{ count: number }>(
    `select count(*)::int as count from delivery where state = 'sent' and mail = 'recall.booked' and key like $1`,
    [`${appointmentId}:%`],
  );
  return row!.count;
}

const oldOnes = (before: Sink, now: Sink): string[] => [...now.received.keys()].filter(id => before.received.has(id));
