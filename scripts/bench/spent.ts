import { backendClock } from './backends.ts';
import type { Child } from './child.ts';

/** What something cost; CPU is NaN where the system does not tell. */
export interface Spent {
  readonly seconds: number;
  /** Seconds of the process. */
  readonly cpu: number;
  /** Those and PostgreSQL's. */
  readonly allCpu: number;
}

/** What `work` costs a process and PostgreSQL, which nobody else may ask anything of this database meanwhile. */
export async function spent(child: Child, database: string, work: () => Promise<unknown>): Promise<Spent> {
  const ofPostgres = backendClock(database);
  const before = child.cpu() ?? NaN;
  const begun = performance.now();
  await work();
  const seconds = (performance.now() - begun) / 1000;
  const cpu = (child.cpu() ?? NaN) - before;
  return { seconds, cpu, allCpu: cpu + (ofPostgres() ?? NaN) };
}
