import { createApp } from '../../../api/app.ts';
import { Diary } from '../../../api/audit/diary.ts';
import { installedPlugins } from '../../installed.ts';
import { subject } from './data.ts';

/** Answers mutations as clients ask them, with the audit or without; and does what is left to be done after them. */
export type Ask = { audit: boolean } | { settle: true };

const app = await createApp({
  plugins: await installedPlugins(),
  database: { url: process.env['DATABASE_URL']! },
  mail: { smtpUrl: 'smtp://127.0.0.1:25' },
  publicUrl: 'http://localhost',
  secret: 'signs links that nobody will ever open',
  logLevel: 'warn',
  pointsPerMinute: 1_000_000_000,
});
const watch = Diary.prototype.watch;

process.on('message', async (ask: Ask) => {
  if ('settle' in ask) await app.settle();
  else Diary.prototype.watch = ask.audit ? watch : (_act, _em, work) => work();
  process.send?.({});
});
const { port } = await app.listen({ port: 0, host: '127.0.0.1' });
process.send?.({ port, tokens: [await app.issueToken({ subject, expiresIn: 86_400 })] });
process.on('disconnect', () => process.exit());
