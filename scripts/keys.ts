import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { writePrivately } from '../api/database/home.ts';
import { readConfig } from './config.ts';

/** What protects encrypted values: RAPPORT_KEYS, else one that is made once and kept in `home`. */
export function protectingKeys(home: string): Uint8Array[] {
  const given = process.env['RAPPORT_KEYS'];
  return given ? readConfig(['RAPPORT_KEYS']).RAPPORT_KEYS : [Buffer.from(keptIn(home, 'key', 'base64'), 'base64')];
}

/** What signs links: RAPPORT_SECRET, else one that is made once and kept in `home`. */
export function linkSecret(home: string): string {
  const given = process.env['RAPPORT_SECRET'];
  if (given) return given;
  return keptIn(home, 'secret', 'base64url');
}

function keptIn(home: string, name: string, encoding: BufferEncoding): string {
  const file = path.join(home, name);
  if (!existsSync(file)) writePrivately(file, randomBytes(32).toString(encoding));
  return readFileSync(file, 'utf8').trim();
}
