import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { sharedPlace, type Binaries, type ServerUser } from './binaries.ts';
import { homesAround } from './home.ts';
import { processOf } from './process-table.ts';
import { runProgram } from './program.ts';

export interface Cluster {
  readonly dataDir: string;
  readonly binaries: Binaries;
  readonly user: ServerUser | undefined;
}

/**
 * Where the data of `home` lies: in `home/postgres`. If the server's user cannot get there, as in a checkout of mode
 * 0700 of root, `home/postgres` is a link into `/var/lib/clinic-rapport`. The directory need not exist yet.
 */
export function findDataDirectory(home: string, user: ServerUser | undefined, shared = sharedPlace): string {
  const place = path.join(home, 'postgres');
  const target = linkedFrom(place);
  // A link whose place is gone leads to no data; it is made again.
  if (target && fs.existsSync(path.dirname(target))) return target;
  if (target) fs.rmSync(place, { force: true });
  if (!user || fs.existsSync(place)) return place;
  for (const directory of [home, ...homesAround(home)]) letThrough(directory, user);
  return reaches(user, home) ? place : linkElsewhere(place, shared);
}

/** Makes the data directory with a random password, if it is missing. Of several processes at once, one makes it. */
export async function initialise(
  { dataDir, binaries, user }: Cluster,
  fast: boolean,
  onBegin: () => void,
): Promise<void> {
  if (fs.existsSync(path.join(dataDir, 'PG_VERSION'))) return refuseOther(dataDir, binaries);
  onBegin();
  removeUnfinished(dataDir);
  const unfinished = `${dataDir}.new-${process.pid}-${randomBytes(4).toString('hex')}`;
  const password = randomBytes(24).toString('base64url');
  const passwordFile = `${unfinished}.password`;
  try {
    fs.mkdirSync(unfinished, { mode: 0o700 });
    fs.writeFileSync(passwordFile, password, { mode: 0o600, flag: 'wx' });
    if (user) for (const file of [unfinished, passwordFile]) fs.chownSync(file, user.uid, user.gid);
    await runProgram(path.join(binaries.directory, 'initdb'), initdbArguments(unfinished, passwordFile, fast), user);
    fs.renameSync(passwordFile, path.join(unfinished, passwordName));
    moveInto(unfinished, dataDir);
  } finally {
    fs.rmSync(passwordFile, { force: true });
    fs.rmSync(unfinished, { recursive: true, force: true });
  }
}

/** Of the superuser `rapport`. It lies within the data, so that the two are made, moved and removed together. */
export const readPassword = (dataDir: string): string => fs.readFileSync(path.join(dataDir, passwordName), 'utf8');

const passwordName = 'rapport.password';

function initdbArguments(directory: string, passwordFile: string, fast: boolean): string[] {
  return [
    ...[`--pgdata=${directory}`, '--username=rapport', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
    // The builtin collation needs no locale of the machine, so data sorts alike on all of them.
    ...['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'],
    // Stretching guards weak passwords; of a random one it only slows each connection down.
    ...['--set=scram_iterations=1', '--no-instructions'],
    ...(fast ? ['--no-sync', '--no-data-checksums'] : []),
  ];
}

function moveInto(unfinished: string, dataDir: string): void {
  try {
    fs.renameSync(unfinished, dataDir);
  } catch (error) {
    // Another process was quicker, and its data is there now: renaming never replaces a directory with content.
    if (!fs.existsSync(path.join(dataDir, 'PG_VERSION'))) throw error;
  }
}

function removeUnfinished(dataDir: string): void {
  const parent = path.dirname(dataDir);
  const mark = `${path.basename(dataDir)}.new-`;
  for (const name of fs.readdirSync(parent).filter(name => name.startsWith(mark))) {
    const maker = Number.parseInt(name.slice(mark.length), 10);
    if (!processOf(maker)) fs.rmSync(path.join(parent, name), { recursive: true, force: true });
  }
}

function refuseOther(dataDir: string, { version }: Binaries): void {
  const major = fs.readFileSync(path.join(dataDir, 'PG_VERSION'), 'utf8').trim();
  if (version.startsWith(`${major}.`)) return;
  throw new Error(
    `${dataDir} was made by PostgreSQL ${major}, and this is ${version}: move it away, or set RAPPORT_HOME to another directory.`,
  );
}

function linkedFrom(place: string): string | undefined {
  try {
    return fs.readlinkSync(place);
  } catch {
    return undefined;
  }
}

/** Lets the server's user pass through a directory that stays closed to all others. */
function letThrough(directory: string, { gid }: ServerUser): void {
  try {
    fs.chownSync(directory, 0, gid);
    fs.chmodSync(directory, 0o710);
  } catch {
    // Some file systems know no owners; the data then lies elsewhere.
  }
}

/** Whether the user may enter the directory, by the modes of it and of all above it. */
function reaches({ uid, gid }: ServerUser, directory: string): boolean {
  const stat = fs.statSync(directory);
  const bit = stat.uid === uid ? 0o100 : stat.gid === gid ? 0o010 : 0o001;
  const parent = path.dirname(directory);
  return (stat.mode & bit) !== 0 && (parent === directory || reaches({ uid, gid }, parent));
}

function linkElsewhere(place: string, shared: string): string {
  fs.mkdirSync(shared, { recursive: true });
  fs.chmodSync(shared, 0o755);
  const directory = fs.mkdtempSync(path.join(shared, 'data-'));
  fs.chmodSync(directory, 0o711);
  try {
    fs.symlinkSync(path.join(directory, 'postgres'), place);
  } catch (error) {
    fs.rmdirSync(directory);
    const target = linkedFrom(place);
    if (!target) throw error;
    return target;
  }
  return path.join(directory, 'postgres');
}
