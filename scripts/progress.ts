import { performance } from 'node:perf_hooks';

/** Tells on standard error what goes on, with the seconds since the start: standard output is for results. */
export function progress(step: string): void {
  console.error(`${(performance.now() / 1000).toFixed(1).padStart(5)} s  ${step}`);
}
