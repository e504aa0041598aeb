import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { writePrivately } from '../api/database/home.ts';

/** What signs links: RAPPORT_SECRET, else one that is made once and kept in `home`. */
export function linkSecret(home: string): string {
  const given = process.env['RAPPORT_SECRET'];
  if (given) return given;
  const file = path.join(home, 'secret');
  if (!existsSync(file)) writePrivately(file, randomBytes(32).toString('base64url'));
  return readFileSync(file, 'utf8').trim();
}
