import { createHash } from 'node:crypto';

/** Nothing kept, nothing told to others, not to be found by searching. */
const headers: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex, nofollow',
};

/**
 * The answer of a plugin with what keeps it safe. No script runs in a page, and nothing comes from elsewhere; the styles that
 * it has are allowed by their hash, so that what slips in with a value is not.
 */
export async function secured(answer: Response): Promise<Response> {
  const isPage = /^text\/html\b/.test(answer.headers.get('content-type') ?? '');
  const body = isPage ? await answer.text() : answer.body;
  const policy = contentPolicy(typeof body === 'string' ? hashesOf(body) : []);
  const secure = new Headers({ 'content-security-policy': policy, ...headers });
  // A page may know better, as one that may be kept; a redirect's own headers cannot be changed, so they are copied.
  for (const [name, value] of answer.headers) if (name !== 'set-cookie') secure.set(name, value);
  for (const cookie of answer.headers.getSetCookie()) secure.append('set-cookie', cookie);
  return new Response(body, { status: answer.status, headers: secure });
}

const contentPolicy = (styles: readonly string[]): string =>
  [
    "default-src 'none'",
    styles.length > 0 && `style-src ${styles.join(' ')}`,
    "img-src 'self' data:",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ]
    .filter(Boolean)
    .join('; ');

const hashesOf = (markup: string): string[] =>
  [...markup.matchAll(/<style>([^<]*)<\/style>/g)].map(
    ([, sheet]) => `'sha256-${createHash('sha256').update(sheet!).digest('base64')}'`,
  );
