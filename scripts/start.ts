import { enableCompileCache } from 'node:module';
import path from 'node:path';
import { rapportHome } from '../api/database/home.ts';
import { runCommand } from './command.ts';
import { openDatabase } from './database.ts';
import { progress } from './progress.ts';

await runCommand(async command => {
  // A second of what a start takes is compiling packages that have not changed since the last one.
  enableCompileCache(path.join(rapportHome(), 'compiled'));
  const load = () => import('./demo/run.ts');
  // Another second is loading them, while PostgreSQL starts on another core.
  const { url, stop } = await openDatabase(progress, () => void load().catch(() => {}));
  command.onEnd(stop);
  const { runDemo } = await load();
  await runDemo(url, command);
});
