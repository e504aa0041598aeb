import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { rapportHome } from '../../api/database/home.ts';
import { processOf } from '../../api/database/process-table.ts';

const memory = '/dev/shm';
/** Bytes: the server needs a fifth of it, and a disk in memory that is full fails in strange ways. */
const enough = 2 * 1024 ** 3;

/**
 * Where the server of the tests lies: in memory where the machine has room there, else on disk. Each test file has a database of its
 * own, a copy of nine hundred files, and ext4 takes the longer to make a file the more were removed in the minutes before: up to 0.7 s
 * a database, against 0.02 s in memory.
 */
export function testPlace(): string {
  const home = rapportHome();
  return placeInMemory(home) ?? path.join(home, 'test', thisBoot());
}

function placeInMemory(home: string): string | undefined {
  const uid = process.getuid?.();
  if (uid === undefined || !fs.existsSync(memory)) return undefined;
  const { bavail, bsize } = fs.statfsSync(memory);
  const prefix = `clinic-rapport-test-${uid}-`;
  removeOrphans(prefix);
  const place = path.join(memory, `${prefix}${createHash('sha256').update(home).digest('hex').slice(0, 12)}`);
  if (!fs.existsSync(place) && bavail * bsize < enough) return undefined;
  fs.mkdirSync(place, { recursive: true, mode: 0o700 });
  // Anyone may make a directory there.
  if (fs.lstatSync(place).uid !== uid) return undefined;
  fs.writeFileSync(path.join(place, homeFile), home);
  return place;
}

/** Names the home whose tests they are. */
const homeFile = 'of';

/** Of checkouts that are gone. */
function removeOrphans(prefix: string): void {
  for (const name of fs.readdirSync(memory)) {
    const place = path.join(memory, name);
    const file = path.join(place, homeFile);
    if (!name.startsWith(prefix) || !fs.existsSync(file) || fs.existsSync(fs.readFileSync(file, 'utf8'))) continue;
    if (!isServed(place)) fs.rmSync(place, { recursive: true });
  }
}

function isServed(place: string): boolean {
  const file = path.join(place, 'postgres', 'postmaster.pid');
  return fs.existsSync(file) && processOf(Number.parseInt(fs.readFileSync(file, 'utf8'), 10)) !== undefined;
}

/** A name for the time since the machine started; one for all times where the system does not tell. */
function thisBoot(): string {
  const file = '/proc/sys/kernel/random/boot_id';
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim() : 'cluster';
}
