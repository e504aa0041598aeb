import { DateTime } from 'luxon';
import nodemailer from 'nodemailer';
import { createApp, type App } from '../../../api/app.ts';
import { connections } from '../../../api/mail/transport.ts';
import type { Plugin } from '../../../api/plugin.ts';
import { installedPlugins } from '../../installed.ts';
import { withOffers, withoutGuards } from './offer.ts';

/** Sends what is queued, with what keeps a mail from being sent or without it; or finished messages by nodemailer alone. */
export type Ask = { way: 'guarded' | 'unguarded' } | { way: 'nodemailer'; count: number; raw: string };

const [, , smtpUrl] = process.argv as [string, string, string];

// Noon in the clinic: whoever measures at night would measure the quiet hours.
const noon = DateTime.now().setZone('Asia/Taipei').set({ hour: 12 }).toMillis() - Date.now();
const clock = { now: () => new Date(Date.now() + noon) };

const plugins = withOffers(await installedPlugins());
const open = (of: readonly Plugin[]): Promise<App> =>
  createApp({
    part: 'worker',
    plugins: of,
    database: { url: process.env['DATABASE_URL']! },
    mail: { smtpUrl },
    publicUrl: 'https://book.clinic.example',
    secret: 'signs links that nobody will ever open',
    logLevel: 'warn',
    clock,
  });
const apps = { guarded: await open(plugins), unguarded: await open(withoutGuards(plugins)) };
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
  const begun = performance.now();
  await (ask.way === 'nodemailer' ? sendRaw(ask.count, ask.raw) : apps[ask.way].settle());
  process.send?.({ seconds: (performance.now() - begun) / 1000 });
});
process.send?.({ port: 0, tokens: [] });
process.on('disconnect', () => process.exit());
