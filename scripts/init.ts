import { randomBytes } from 'node:crypto';
import { createSharedIssuer } from '../api/auth/shared-issuer.ts';
import { createClinic, createUser } from '../api/database/clinic.ts';
import { migrate } from '../api/database/migrate.ts';
import { runCommand } from './command.ts';
import { readConfig } from './config.ts';
import { readInit } from './init/arguments.ts';
import { ensureLogin } from './init/login.ts';
import { installedPlugins } from './installed.ts';
import { progress } from './progress.ts';

/** Seconds for which the owner's first token is good: time to invite oneself by mail, or to make an API key. */
const tokenLife = 86_400;

/** Prepares a database for `serve` and `work`, any number of times; prints as JSON what must be kept, once. */
await runCommand(async () => {
  const { clinic, owner, login, newPassword, newSecret } = readInit(process.argv.slice(2));
  const made = newSecret
    ? { RAPPORT_SECRET: randomBytes(33).toString('base64'), RAPPORT_KEYS: randomBytes(32).toString('base64') }
    : undefined;
  const environment = made ? { ...process.env, ...made } : process.env;
  const { DATABASE_URL: url, RAPPORT_SECRET: secrets } = readConfig(['DATABASE_URL', 'RAPPORT_SECRET'], environment);
  const plugins = await installedPlugins();
  const done = await migrate({ url, plugins, onProgress: name => progress(`Migrated ${name}`) });
  progress(done.length === 0 ? 'The tables are up to date' : `${done.length} migrations done`);
  const runtimeUrl = await ensureLogin(url, login, newPassword);
  const clinicId = await createClinic(url, clinic, plugins);
  const ownerId = await createUser(url, clinicId, { ...owner, locale: clinic.locale, roles: [{ role: 'owner' }] });
  const { issue } = await createSharedIssuer(secrets);
  const told = {
    clinicId,
    owner: {
      id: ownerId,
      subject: owner.subject,
      token: await issue({ subject: owner.subject, expiresIn: tokenLife }),
    },
    environment: { ...(runtimeUrl && { DATABASE_URL: runtimeUrl }), ...made },
  };
  console.log(JSON.stringify(told, null, 2));
  progress('Keep what is under "environment": it is not shown again. The owner’s token is good for a day.');
  if (!runtimeUrl)
    progress(`The login '${login}' was there already, and keeps its password; --new-password gives another.`);
});
