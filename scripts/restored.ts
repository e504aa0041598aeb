import { runCommand } from './command.ts';
import { readConfig } from './config.ts';
import { installedPlugins } from './installed.ts';
import { progress } from './progress.ts';
import { takeOver } from './restore/take-over.ts';

/** After a restore, before `serve` and `work`: with the DATABASE_URL of the owner, and RAPPORT_KEYS. */
await runCommand(async () => {
  const { DATABASE_URL: url, RAPPORT_KEYS: keys } = readConfig(['DATABASE_URL', 'RAPPORT_KEYS']);
  const { uncertain, begun } = await takeOver(url, await installedPlugins(), { keys, onProgress: progress });
  progress(
    `${uncertain} mails that were due are \`uncertain\`; ${begun} events and jobs were begun again, without mails`,
  );
  progress('Now `serve` and `work` may start.');
});
