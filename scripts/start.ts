import { runCommand } from './command.ts';
import { openDatabase } from './database.ts';
import { progress } from './progress.ts';

await runCommand(async command => {
  const opening = openDatabase(progress).then(database => {
    command.onEnd(database.stop);
    return database;
  });
  // PostgreSQL starts while the code is read.
  const [{ url }, { runDemo }] = await Promise.all([opening, import('./demo/run.ts')]);
  await runDemo(url, command);
});
