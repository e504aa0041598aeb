import '../heap.ts';
import { createApp } from '../../api/app.ts';
import { installedPlugins } from '../installed.ts';
import { subjectOf } from './dataset.ts';
import { everyClinic } from './operations.ts';

/** The platform as it runs for a clinic, with authentication and row-level security; one owner signs in to each clinic. */
const app = await createApp({
  part: 'api',
  plugins: await installedPlugins(),
  database: { url: process.env['DATABASE_URL']! },
  mail: { smtpUrl: 'smtp://127.0.0.1:25' },
  publicUrl: 'http://localhost',
  secret: 'signs no link while a benchmark runs',
  logLevel: 'warn',
  // It counts as for everyone; only more than one credential could ask in a minute.
  pointsPerMinute: 1_000_000_000,
});
const { port } = await app.listen({ port: 0, host: '127.0.0.1' });
const tokens = await Promise.all(
  everyClinic.map(clinic => app.issueToken({ subject: subjectOf(clinic), expiresIn: 86_400 })),
);
process.send?.({ port, tokens });
process.on('disconnect', () => process.exit());
