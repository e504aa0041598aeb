import { rewrapKeys } from '../api/vault/rewrap.ts';
import { runCommand } from './command.ts';
import { readConfig } from './config.ts';
import { progress } from './progress.ts';

/** After a new key was put first in RAPPORT_KEYS: when it is done, the others can go. With the DATABASE_URL of the owner. */
await runCommand(async () => {
  const { DATABASE_URL: url, RAPPORT_KEYS: keys } = readConfig(['DATABASE_URL', 'RAPPORT_KEYS']);
  const { rewrapped, clinics } = await rewrapKeys(url, keys);
  progress(`The first of RAPPORT_KEYS wraps the keys of all clinics: ${rewrapped} anew, of ${clinics}.`);
});
