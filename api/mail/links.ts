import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { RapportError } from '../errors.ts';
import type { Link, LinkOptions, Plugin } from '../plugin.ts';

export interface Links {
  /** An absolute URL. */
  sign<T>(link: Link<T>, clinicId: string, data: T, options: LinkOptions): string;
  /** What the token opens. Throws NOT_FOUND for a forged one or one of another link, CONFLICT for one that has expired. */
  verify<T>(link: Link<T>, token: string): Opened<T>;
}

export interface Opened<T> {
  /** Of this one token: what can be used once is noted under it. */
  readonly id: string;
  readonly clinicId: string;
  readonly patientId: string;
  readonly data: T;
  readonly expired: boolean;
}

export interface LinksOptions {
  secret: string;
  publicUrl: string;
  plugins: readonly Plugin[];
  clock: Clock;
}

interface Content {
  i: string;
  c: string;
  p: string;
  e: number;
  d: unknown;
}

const version = 'v1';

/**
 * Signed URLs: the token holds what it opens, so that a million mails need no rows. It is bound to one link, one clinic and
 * one patient by HMAC-SHA-256, compared in constant time. Ids and dates only: a URL is seen by servers on its way.
 */
export function createLinks({ secret, publicUrl, plugins, clock }: LinksOptions): Links {
  if (secret.length < 32)
    throw new Error('The secret that signs links has fewer than 32 characters: set a longer one.');
  const owners = new Map(plugins.flatMap(plugin => (plugin.links ?? []).map(link => [link.name, plugin.name])));
  const macOf = (link: Link<any>, content: string): Buffer =>
    createHmac('sha256', secret).update(`${version}\n${link.name}\n${content}`).digest().subarray(0, 16);

  return {
    sign(link, clinicId, data, { patientId, expiresAt }) {
      const owner = owners.get(link.name);
      if (!owner) throw new Error(`The link '${link.name}' is listed by no installed plugin: add it to \`links\`.`);
      const id = randomBytes(16).toString('hex');
      const content: Content = { i: id, c: clinicId, p: patientId, e: Math.floor(expiresAt.getTime() / 1000), d: data };
      const text = Buffer.from(JSON.stringify(content)).toString('base64url');
      const token = `${version}.${text}.${macOf(link, text).toString('base64url')}`;
      return new URL(`/plugins/${owner}${link.path}/${token}`, publicUrl).href;
    },
    verify<T>(link: Link<T>, token: string): Opened<T> {
      const [of, text = '', mac = '', ...rest] = token.split('.');
      const given = Buffer.from(mac, 'base64url');
      const right = macOf(link, text);
      if (of !== version || rest.length > 0 || given.length !== right.length || !timingSafeEqual(given, right)) {
        throw new RapportError('NOT_FOUND', 'This link is not valid.');
      }
      const {
        i: id,
        c: clinicId,
        p: patientId,
        e,
        d,
      } = JSON.parse(Buffer.from(text, 'base64url').toString()) as Content;
      return { id: uuidOf(id), clinicId, patientId, data: d as T, expired: e * 1000 <= clock.now().getTime() };
    },
  };
}

const uuidOf = (hex: string): string => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
