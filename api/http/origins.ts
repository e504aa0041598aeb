import { LRUCache } from 'lru-cache';
import type { Database } from '../database/database.ts';

export interface OriginsOptions {
  database: Database;
  /** Of links in mails: its pages are our own. */
  publicUrl: string;
  /** In development, pages of this machine may ask every clinic. */
  development?: boolean;
}

/** Which web pages may ask which clinic, by the list that each clinic keeps. Answers are kept for five seconds. */
export interface Origins {
  /** Whether any clinic lists it: a browser asks before it says for which clinic. */
  isKnown(origin: string): Promise<boolean>;
  allows(clinicId: string, origin: string): Promise<boolean>;
}

export function createOrigins({ database, publicUrl, development = false }: OriginsOptions): Origins {
  const own = new URL(publicUrl).origin;
  const cache = new LRUCache<string, Promise<ReadonlySet<string>>>({ max: 10_000, ttl: 5_000 });
  const isOurs = (origin: string): boolean => origin === own || (development && isOfThisMachine(origin));
  const load = async (origin: string): Promise<ReadonlySet<string>> => {
    const { rows } = await database.dispatch.query<{ clinic_id: string }>({
      name: 'clinics of an origin',
      text: 'select clinic_id from clinic_origin where origin = $1',
      values: [origin],
    });
    return new Set(rows.map(({ clinic_id }) => clinic_id));
  };
  const clinicsOf = (origin: string): Promise<ReadonlySet<string>> => {
    let known = cache.get(origin);
    if (!known) {
      cache.set(origin, (known = load(origin)));
      known.catch(() => cache.delete(origin));
    }
    return known;
  };
  return {
    isKnown: async origin => isOurs(origin) || (await clinicsOf(origin)).size > 0,
    allows: async (clinicId, origin) => isOurs(origin) || (await clinicsOf(origin)).has(clinicId),
  };
}

const isOfThisMachine = (origin: string): boolean =>
  /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(origin);
