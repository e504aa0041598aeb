import type { Database } from '../database/database.ts';

/** Which clinic a short address names, and what follows it. */
export interface Landing {
  readonly slug: string;
  readonly rest: string;
}

/** Words that are no plugin's: the platform's own pages are there. */
export const takenWords: ReadonlySet<string> = new Set([
  'plugins',
  'graphql',
  'dev',
  'livez',
  'readyz',
  'metrics',
  'mail-reports',
]);

/** `/book/demo/today` is the word `book` in the clinic `demo`, with the rest `today`. */
export function wordOf(pathname: string): Landing & { word: string } {
  const [, word = '', slug = '', ...rest] = pathname.split('/');
  return { word, slug, rest: rest.join('/') };
}

/** Id of the clinic with this slug; undefined where there is none. */
export async function clinicNamed(slug: string, { dispatch }: Pick<Database, 'dispatch'>): Promise<string | undefined> {
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(slug)) return undefined;
  const { rows } = await dispatch.query<{ id: string }>({
    name: 'clinic named',
    text: 'select id from clinic where slug = $1',
    values: [slug],
  });
  return rows[0]?.id;
}
