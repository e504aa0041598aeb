import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { Clinic } from 'clinic-rapport/schema';
import { createApp, type App } from '../api/app.ts';
import { findClinic } from '../api/database/clinic.ts';
import { rapportHome } from '../api/database/home.ts';
import { migrate } from '../api/database/migrate.ts';
import { systemActor } from '../api/platform.ts';
import { runCommand } from './command.ts';
import { openDatabase } from './database.ts';
import { clinic as demoClinic } from './demo/clinic.ts';
import { seedDemo } from './demo/seed.ts';
import { importFile, type ImportResult } from './import/import.ts';
import { findMapping } from './import/mapping.ts';
import { openReport, type Report } from './import/report.ts';
import { installedPlugins } from './installed.ts';
import { linkSecret, protectingKeys } from './keys.ts';
import { progress } from './progress.ts';

const usage = 'npm run import -- FILE --clinic SLUG --format noshow|MAPPING.json|MAPPING.js [--report FILE]';

await runCommand(async ({ signal, onEnd }) => {
  const { file, slug, format, reportFile } = readArguments();
  const { size } = await stat(file);
  const mapping = await findMapping(format);
  const database = await openDatabase(progress);
  onEnd(database.stop);
  const plugins = await installedPlugins();
  await migrate({ url: database.url, plugins, onProgress: name => progress(`Migrated ${name}`) });
  const app = await openApp(database.url, plugins);
  onEnd(app.stop);
  const clinicId = await clinicOf(slug, database.url, app);
  const context = () => app.platform.contextFor({ clinicId, actor: systemActor('system', 'import') });
  const { timeZone, locale, currency } = await (await context()).em.findOneOrFail(Clinic, clinicId);
  const report = await openReport(reportFile);
  const chunks = createReadStream(file);
  const bar = new SingleBar({
    format: 'Importing {bar} {percentage} % | {rows} rows | {refused} refused',
    noTTYOutput: true,
  });
  bar.start(size, 0, { rows: 0, refused: 0 });
  try {
    const result = await importFile({
      chunks,
      mapping,
      clinic: { id: clinicId, timeZone, language: locale, currency },
      context,
      remark: report.add,
      onProgress: ({ rows, refused }) => bar.update(chunks.bytesRead, { rows, refused }),
      signal,
    });
    bar.stop();
    tell(result, report);
  } finally {
    bar.stop();
    await report.close();
  }
});

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { clinic: { type: 'string' }, format: { type: 'string' }, report: { type: 'string' } },
  });
  const [file] = positionals;
  if (!file || positionals.length > 1 || !values.clinic || !values.format) throw new Error(`Usage: ${usage}`);
  const stamp = new Date().toISOString().replace(/[:.]/g, '-');
  const reportFile = values.report ?? path.join(rapportHome(), 'reports', `${path.basename(file)}.${stamp}.csv`);
  return { file, slug: values.clinic, format: values.format, reportFile };
}

/** An app that neither listens nor works: for its contexts. */
function openApp(url: string, plugins: Parameters<typeof createApp>[0]['plugins']): Promise<App> {
  return createApp({
    plugins,
    database: { url },
    mail: { smtpUrl: process.env['SMTP_URL'] ?? 'smtp://127.0.0.1:25' },
    publicUrl: process.env['PUBLIC_URL'] ?? 'http://localhost:4000',
    secret: linkSecret(rapportHome()),
    keys: protectingKeys(rapportHome()),
    logLevel: 'warn',
  });
}

/** The demo clinic is set up if it is missing, so that an import can be the first command. */
async function clinicOf(slug: string, url: string, app: App): Promise<string> {
  if (slug === demoClinic.slug) return seedDemo(url, app.platform, progress);
  const clinicId = await findClinic(url, slug);
  if (!clinicId) throw new Error(`There is no clinic '${slug}'.`);
  return clinicId;
}

function tell(result: ImportResult, report: Report): void {
  console.log(JSON.stringify({ ...result, report: report.path }));
}
