import { LRUCache } from 'lru-cache';
import type { Database } from './database/database.ts';

/** Which plugins a clinic has enabled: installed is not enabled. */
export interface Enablement {
  in(clinicId: string): Promise<ReadonlySet<string>>;
}

const noClinic: ReadonlySet<string> = new Set(['core']);

/** Answers are kept for five seconds: a plugin that is switched off is gone everywhere after that. */
export function createEnablement({ dispatch }: Database): Enablement {
  // Equal sets are one object, so that guard sets and plans of clinics with the same plugins are shared.
  const interned = new Map<string, ReadonlySet<string>>();
  const cache = new LRUCache<string, Promise<ReadonlySet<string>>>({ max: 10_000, ttl: 5_000 });
  const intern = (names: string[]): ReadonlySet<string> => {
    const key = names.sort().join();
    const set = interned.get(key) ?? new Set(names);
    interned.set(key, set);
    return set;
  };
  const load = async (clinicId: string): Promise<ReadonlySet<string>> => {
    const { rows } = await dispatch.query<{ plugin: string }>({
      name: 'enabled plugins',
      text: 'select plugin from clinic_plugin where clinic_id = $1 and enabled',
      values: [clinicId],
    });
    return intern(['core', ...rows.map(({ plugin }) => plugin).filter(name => name !== 'core')]);
  };
  return {
    in(clinicId) {
      if (clinicId === '') return Promise.resolve(noClinic);
      let known = cache.get(clinicId);
      if (!known) {
        cache.set(clinicId, (known = load(clinicId)));
        known.catch(() => cache.delete(clinicId));
      }
      return known;
    },
  };
}
