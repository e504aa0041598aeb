import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { notFound } from '../errors.ts';
import type { Link, LinkOptions, Plugin } from '../plugin.ts';

export interface Links {
  /** Scheme, host and port under which the world sees the platform. */
  readonly origin: string;
  /** An absolute URL. */
  sign<T>(link: Link<T>, clinicId: string, data: T, options: LinkOptions): string;
  /** What the token opens. Throws NOT_FOUND for a forged one, and for one of another link. */
  verify<T>(link: Link<T>, token: string): Opened<T>;
}

export interface Opened<T> {
  readonly clinicId: string;
  /** None, where the link opens no patient's data. */
  readonly patientId?: string;
  readonly data: T;
  readonly expired: boolean;
}

export interface LinksOptions {
  /** At least 32 characters each. The first signs; links that an earlier one signed stay good as long as it is listed. */
  secret: string | readonly string[];
  publicUrl: string;
  plugins: readonly Plugin[];
  clock: Clock;
}

interface Content {
  c: string;
  p?: string;
  /** Seconds since 1970; none for a link that never expires. */
  e?: number;
  d: unknown;
}

const version = 'v1';

/** Tokens in a text. What is kept of a link must not open what it opened. */
export const tokens = /\bv1\.[\w-]{6}\.[\w-]+\.[\w-]{22}/g;

/**
 * Signed URLs: the token holds what it opens, so that a million mails need no rows. It is bound to one link, one clinic and
 * one patient by HMAC-SHA-256, compared in constant time. Ids and dates only: a URL is seen by servers on its way.
 */
export function createLinks({ secret, publicUrl, plugins, clock }: LinksOptions): Links {
  const keys = keysOf(typeof secret === 'string' ? [secret] : secret);
  const [signing] = keys.keys();
  const owners = new Map(plugins.flatMap(plugin => (plugin.links ?? []).map(link => [link.name, plugin.name])));
  const macOf = (link: Link<any>, key: string, content: string): string =>
    createHmac('sha256', keys.get(key) ?? '')
      .update(`${version}\n${link.name}\n${content}`)
      .digest('base64url')
      .slice(0, 22);

  return {
    origin: new URL(publicUrl).origin,
    sign(link, clinicId, data, { patientId, expiresAt }) {
      const owner = owners.get(link.name);
      if (!owner) throw new Error(`The link '${link.name}' is listed by no installed plugin: add it to \`links\`.`);
      const e = expiresAt === 'never' ? undefined : Math.floor(expiresAt.getTime() / 1000);
      const content: Content = { c: clinicId, p: patientId, e, d: data };
      const text = Buffer.from(JSON.stringify(content)).toString('base64url');
      const token = [version, signing, text, macOf(link, signing!, text)].join('.');
      return new URL(`/plugins/${owner}${link.path}/${token}`, publicUrl).href;
    },
    verify<T>(link: Link<T>, token: string): Opened<T> {
      const [of, key = '', text = '', mac = '', ...rest] = token.split('.');
      const isSigned = keys.has(key) && isSame(mac, macOf(link, key, text));
      if (of !== version || rest.length > 0 || !isSigned) throw notFound('What this link is for');
      const { c, p, e, d } = JSON.parse(Buffer.from(text, 'base64url').toString()) as Content;
      return { clinicId: c, patientId: p, data: d as T, expired: e !== undefined && e * 1000 <= clock.now().getTime() };
    },
  };
}

/** By a short name that a token carries, so that a new secret can come without ending the links that are out. */
function keysOf(secrets: readonly string[]): Map<string, string> {
  if (secrets.length === 0 || secrets.some(secret => secret.length < 32)) {
    throw new Error('A secret that signs links has fewer than 32 characters: set a longer one.');
  }
  return new Map(secrets.map(secret => [createHash('sha256').update(secret).digest('base64url').slice(0, 6), secret]));
}

const isSame = (given: string, right: string): boolean => {
  const [a, b] = [Buffer.from(given), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
};
