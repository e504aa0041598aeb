import { createApp } from '../api/app.ts';
import { SendError } from '../api/mail/transport.ts';
import { runCommand } from './command.ts';
import { verifyConsents } from './consent/verify.ts';
import { openDatabase } from './database.ts';
import { installedPlugins } from './installed.ts';
import { progress } from './progress.ts';

/** Faults that are shown one by one; more of them say nothing more. */
const shown = 20;

const transport = {
  send: () => Promise.reject(new SendError('never', 'VERIFYING')),
  close: async () => {},
};

/** Fails where a mail rested on nothing when it was sent, naming it; and where there was none to look at. */
await runCommand(async ({ onEnd }) => {
  const database = await openDatabase(progress);
  onEnd(database.stop);
  const app = await createApp({
    plugins: await installedPlugins(),
    database: { url: database.url },
    part: 'api',
    mail: { transport },
    publicUrl: 'http://localhost',
    secret: 'of a process that signs no link that anyone gets to see',
    logLevel: 'error',
  });
  onEnd(app.stop);
  const { checked, unfounded } = await verifyConsents(app);
  progress(`${checked} mails that were sent were checked, ${unfounded.length} rested on nothing`);
  for (const { id, fault } of unfounded.slice(0, shown)) progress(`${id} ${fault}`);
  if (checked === 0) throw new Error('There was no mail to check: is this the right database?');
  if (unfounded.length > 0) throw new Error('Mails were sent that rested on nothing.');
});
