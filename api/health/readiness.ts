import type { Database } from '../database/database.ts';
import { pendingMigrations } from '../database/pending.ts';
import type { Plugin } from '../plugin.ts';
import { withTimeLimit } from '../work/time-limit.ts';

/** Whether a process is to be given requests; a load balancer asks once a second. */
export interface Readiness {
  /** Why not, in words of this list alone; empty for one that is ready. */
  reasons(): Promise<readonly Reason[]>;
  /** From now on not ready, whatever else holds. */
  drain(): void;
  readonly isDraining: boolean;
}

export type Reason = 'draining' | 'database' | 'connections' | 'migrations';

/** Milliseconds. */
const patience = 1_000;

export function createReadiness({ database, plugins }: { database: Database; plugins: readonly Plugin[] }): Readiness {
  let isDraining = false;
  // Migrations only ever become current, so one good answer is enough.
  let isMigrated = false;
  const holds = (what: string, look: () => Promise<unknown>): Promise<boolean> =>
    withTimeLimit(patience, what, look).then(
      () => true,
      () => false,
    );
  const look = async (): Promise<Reason[]> => {
    const [answers, hasRoom] = await Promise.all([
      holds('The database', () => database.dispatch.query('select 1')),
      holds('A connection', () => database.orm.em.getConnection().execute('select 1')),
    ]);
    if (!answers) return ['database'];
    if (!isMigrated) isMigrated = (await pendingMigrations(database, plugins)).length === 0;
    return [...(hasRoom ? [] : ['connections' as const]), ...(isMigrated ? [] : ['migrations' as const])];
  };
  return {
    reasons: async () => (isDraining ? ['draining'] : look()),
    drain: () => void (isDraining = true),
    get isDraining() {
      return isDraining;
    },
  };
}
