import fs from 'node:fs';
import path from 'node:path';

/**
 * The directory in which this machine keeps what Rapport makes by itself: the embedded database, keys, `dev.json`.
 * It is RAPPORT_HOME, else `.rapport` in the checkout, or in the working directory where Rapport is an installed
 * package. Made if missing, for its owner alone; absolute and without symbolic links.
 */
export function rapportHome(): string {
  return makeHome(whereHome());
}

/** The directories between a home and the home of this machine, if the one lies within the other: `.rapport` of `.rapport/test`. */
export function homesAround(home: string): string[] {
  const place = whereHome();
  const around: string[] = [];
  for (let parent = path.dirname(home); `${parent}/`.startsWith(`${place}/`); parent = path.dirname(parent))
    around.push(parent);
  return around;
}

/** Makes the directory for its owner alone, if it is missing; answers its real path. */
export function makeHome(home: string): string {
  fs.mkdirSync(home, { recursive: true, mode: 0o700 });
  return fs.realpathSync(home);
}

/** Writes a file that only its owner may read, whole or not at all. */
export function writePrivately(file: string, text: string): void {
  const unfinished = `${file}.${process.pid}`;
  fs.writeFileSync(unfinished, text, { mode: 0o600 });
  fs.renameSync(unfinished, file);
}

const whereHome = (): string =>
  path.resolve(process.env['RAPPORT_HOME'] ?? path.join(rootOf(import.meta.dirname), '.rapport'));

function rootOf(directory: string): string {
  if (directory.split(path.sep).includes('node_modules')) return process.cwd();
  if (fs.existsSync(path.join(directory, 'package.json'))) return directory;
  const parent = path.dirname(directory);
  return parent === directory ? process.cwd() : rootOf(parent);
}
