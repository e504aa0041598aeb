import { once } from 'node:events';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { createApp } from '../../api/app.ts';
import { createIssuer, type Issuer } from '../../api/auth/issuer.ts';
import { rapportHome, writePrivately } from '../../api/database/home.ts';
import { migrate } from '../../api/database/migrate.ts';
import { createMailbox } from '../../api/mail/mailbox.ts';
import type { Command } from '../command.ts';
import { installedPlugins } from '../installed.ts';
import { linkSecret, protectingKeys } from '../keys.ts';
import { choosePort } from '../port.ts';
import { progress } from '../progress.ts';
import { outliveFaults } from '../rejections.ts';
import { users } from './clinic.ts';
import { seedDemo, subjectOf } from './seed.ts';

/** Seconds: a month, so that a token in a frontend's settings outlives a pause. */
const tokenLife = 30 * 86_400;

/** API, worker and mailbox in one process, with the demo clinic, until the command is broken off. */
export async function runDemo(url: string, { signal, onEnd }: Command): Promise<void> {
  const home = rapportHome();
  const plugins = await installedPlugins();
  await migrate({ url, plugins, onProgress: name => progress(`Migrated ${name}`) });
  const { port, release } = await choosePort();
  const issuer = await createIssuer(path.join(home, 'issuer.json'));
  const tokens = await tokensOf(issuer);
  const mail = await openMail(onEnd);
  const app = await createApp({
    plugins,
    database: { url },
    mail,
    publicUrl: process.env['PUBLIC_URL'] ?? `http://localhost:${port}`,
    secret: linkSecret(home),
    keys: protectingKeys(home),
    issuer,
    keepIn: path.join(home, 'compiled', 'mails'),
    logLevel: process.env['LOG_LEVEL'] ?? 'warn',
    development: { tokens, mailbox: mail.mailbox },
  });
  outliveFaults(app.platform.logger);
  onEnd(app.stop);
  const clinicId = await seedDemo(url, app.platform, progress);
  signal.throwIfAborted();
  // GraphiQL hands out the owner's token: so it is for this machine, unless HOST says otherwise.
  await release();
  await app.listen({ port, host: process.env['HOST'] ?? '127.0.0.1' });
  await app.work();
  tell(path.join(home, 'dev.json'), {
    graphqlUrl: `http://localhost:${port}/graphql`,
    wsUrl: `ws://localhost:${port}/graphql`,
    mailboxUrl: mail.mailbox ? `http://localhost:${port}/dev/mailbox` : null,
    clinicId,
    tokens,
  });
  onEnd(async () => rmSync(path.join(home, 'dev.json'), { force: true }));
  progress(`Ready. Open http://localhost:${port}/graphql; Ctrl-C ends it.`);
  if (!signal.aborted) await once(signal, 'abort');
  progress('Ending');
}

async function tokensOf(issuer: Issuer): Promise<Record<string, string>> {
  const pairs = users.map(async ({ role }) => [
    role,
    await issuer.issue({ subject: subjectOf(role), expiresIn: tokenLife }),
  ]);
  return Object.fromEntries(await Promise.all(pairs)) as Record<string, string>;
}

/** SMTP_URL, else a mailbox of our own that nothing leaves. */
async function openMail(onEnd: Command['onEnd']) {
  const smtpUrl = process.env['SMTP_URL'];
  if (smtpUrl) return { smtpUrl, mailbox: undefined };
  const mailbox = await createMailbox();
  onEnd(mailbox.stop);
  return { smtpUrl: mailbox.smtpUrl, mailbox };
}

function tell(file: string, running: object): void {
  writePrivately(file, JSON.stringify(running, null, 2) + '\n');
  console.log(JSON.stringify(running, null, 2));
}
