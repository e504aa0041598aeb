import { enableCompileCache } from 'node:module';
import path from 'node:path';
import { rapportHome } from '../api/database/home.ts';
import { runCommand } from './command.ts';
import { openDatabase } from './database.ts';
import { progress } from './progress.ts';

await runCommand(async command => {
  // A second of what a start takes is compiling packages that have not changed since the last one.
  enableCompileCache(path.join(rapportHome(), 'compiled'));
  const { url, stop } = await openDatabase(progress);
  command.onEnd(stop);
  const { runDemo } = await import('./demo/run.ts');
  await runDemo(url, command);
});
