import nodemailer from 'nodemailer';
import { createApp, type App } from '../../../api/app.ts';
import { Diary } from '../../../api/audit/diary.ts';
import { connections } from '../../../api/mail/transport.ts';
import { systemActor } from '../../../api/platform.ts';
import { installedPlugins } from '../../installed.ts';

/**
 * Sends what is asked for and tells when it has: ours with the database, the same without what keeps a mail from being sent, and
 * nodemailer alone. Or changes patients, with the audit and without.
 */
export type Ask =
  | { way: 'rapport' | 'unguarded' }
  | { way: 'nodemailer'; count: number; raw: string }
  | { way: 'audited' | 'unaudited'; clinicId: string; patientIds: readonly string[]; count: number };

const [, , smtpUrl] = process.argv as [string, string, string];

const plugins = await installedPlugins();
const open = (of: typeof plugins, part?: 'worker'): Promise<App> =>
  createApp({
    part,
    plugins: of,
    database: { url: process.env['DATABASE_URL']! },
    mail: { smtpUrl },
    publicUrl: 'https://book.clinic.example',
    secret: 'signs links that nobody will ever open',
    logLevel: 'warn',
  });
const guarded = await open(plugins, 'worker');
/** Nothing is asked whether it may be sent, looked through, or held back. Of no use but to be measured against. */
const unguarded = await open(
  plugins.map(plugin => ({ ...plugin, withhold: undefined, inspect: undefined, pace: undefined })),
  'worker',
);
const api = await open(plugins);
const pool = nodemailer.createTransport({
  url: smtpUrl,
  pool: true,
  maxConnections: connections,
  maxMessages: Infinity,
} as never);

async function sendRaw(count: number, raw: string): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next++ < count)
      await pool.sendMail({ envelope: { from: 'hello@clinic.example', to: 'patient@mail.example' }, raw });
  };
  await Promise.all(Array.from({ length: connections }, lane));
}

const rename = 'mutation ($input: UpdatePatientInput!) { updatePatient(input: $input) { id version } }';
const actor = { ...systemActor('system', 'bench'), kind: 'user' as const };
const watch = Diary.prototype.watch;

async function change({ way, clinicId, patientIds, count }: Extract<Ask, { clinicId: string }>): Promise<void> {
  Diary.prototype.watch = way === 'audited' ? watch : (_act, _em, work) => work();
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let at = next++; at < count; at = next++) {
      const context = await api.platform.contextFor({ clinicId, actor });
      const input = { id: patientIds[at % patientIds.length], name: `王小明${way}${at}` };
      const { errors } = await api.execute({ document: rename, variables: { input }, context });
      if (errors) throw errors[0]!;
    }
  };
  await Promise.all(Array.from({ length: 8 }, lane));
  Diary.prototype.watch = watch;
}

const work = (ask: Ask): Promise<unknown> => {
  if (ask.way === 'nodemailer') return sendRaw(ask.count, ask.raw);
  if ('clinicId' in ask) return change(ask);
  return (ask.way === 'rapport' ? guarded : unguarded).settle();
};

process.on('message', async (ask: Ask) => {
  const cpu = process.cpuUsage();
  const begun = performance.now();
  await work(ask);
  const { user, system } = process.cpuUsage(cpu);
  process.send?.({ seconds: (performance.now() - begun) / 1000, cpu: (user + system) / 1e6 });
});
process.send?.({ port: 0, tokens: [] });
process.on('disconnect', () => process.exit());
