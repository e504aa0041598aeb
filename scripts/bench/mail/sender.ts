import nodemailer from 'nodemailer';
import { createApp } from '../../../api/app.ts';
import { connections } from '../../../api/mail/transport.ts';
import { installedPlugins } from '../../installed.ts';

/** Sends what is asked for, one way or the other, and tells when it has: ours with the database, and nodemailer alone. */
export type Ask = { way: 'rapport' } | { way: 'nodemailer'; count: number; raw: string };

const [, , smtpUrl] = process.argv as [string, string, string];

const app = await createApp({
  part: 'worker',
  plugins: await installedPlugins(),
  database: { url: process.env['DATABASE_URL']! },
  mail: { smtpUrl },
  publicUrl: 'https://book.clinic.example',
  secret: 'signs links that nobody will ever open',
  logLevel: 'warn',
});
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

process.on('message', async (ask: Ask) => {
  const cpu = process.cpuUsage();
  const begun = performance.now();
  await (ask.way === 'rapport' ? app.settle() : sendRaw(ask.count, ask.raw));
  const { user, system } = process.cpuUsage(cpu);
  process.send?.({ seconds: (performance.now() - begun) / 1000, cpu: (user + system) / 1e6 });
});
process.send?.({ port: 0, tokens: [] });
process.on('disconnect', () => process.exit());
