import { migrate } from '../api/database/migrate.ts';
import { runCommand } from './command.ts';
import { openDatabase } from './database.ts';
import { installedPlugins } from './installed.ts';
import { progress } from './progress.ts';

await runCommand(async ({ onEnd }) => {
  const database = await openDatabase(progress);
  onEnd(database.stop);
  const done = await migrate({ url: database.url, plugins: await installedPlugins(), onProgress: progress });
  progress(done.length === 0 ? 'Nothing to migrate' : `${done.length} migrations done`);
});
