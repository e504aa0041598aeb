import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { writePrivately } from '../database/home.ts';

/**
 * The page that MJML makes of this. To load MJML takes half a second, and each page seven milliseconds: what was made once is
 * kept in the directory `keepIn`, and a start that finds all of its mails there does without. Throws what MJML finds wrong.
 */
export async function pageOf(mjml: string, keepIn?: string): Promise<string> {
  if (keepIn === undefined) return compile(mjml);
  const file = path.join(keepIn, `${digestOf(mjml)}.html`);
  const kept = await readFile(file, 'utf8').catch(() => undefined);
  if (kept !== undefined) return kept;
  const page = await compile(mjml);
  try {
    mkdirSync(keepIn, { recursive: true, mode: 0o700 });
    writePrivately(file, page);
  } catch {
    // A directory that cannot be written costs the next start its time, and nothing else.
  }
  return page;
}

/** Includes stay off, as they can read any file; a font that is fetched from a third party would tell it who reads a clinic's mail. */
const options = { validationLevel: 'strict', fonts: {} } as const;

async function compile(mjml: string): Promise<string> {
  const { default: mjml2html } = await import('mjml');
  const { html } = await mjml2html(mjml, options);
  return html;
}

/** Another MJML makes another page. */
const digestOf = (mjml: string): string =>
  createHash('sha256')
    .update(JSON.stringify([mjmlVersion(), options, mjml]))
    .digest('hex');

const mjmlVersion = (): string => (createRequire(import.meta.url)('mjml/package.json') as { version: string }).version;
