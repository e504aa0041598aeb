/** Failures in a row after which a plugin is left alone, and for how many milliseconds. */
const tolerance = 5;
const pause = 30_000;

/** Keeps a broken plugin from using up the workers' time: after five failures in a row its work waits for 30 seconds. */
export class Breaker {
  readonly #states = new Map<string, { failures: number; until: number }>();

  /** Until when the plugin's work is to wait, or undefined. */
  waitsUntil(plugin: string, now: Date): Date | undefined {
    const { until = 0 } = this.#states.get(plugin) ?? {};
    return until > now.getTime() ? new Date(until) : undefined;
  }

  succeeded(plugin: string): void {
    this.#states.delete(plugin);
  }

  /** Answers until when it waits now, if it does. */
  failed(plugin: string, now: Date): Date | undefined {
    const failures = (this.#states.get(plugin)?.failures ?? 0) + 1;
    this.#states.set(plugin, { failures, until: failures >= tolerance ? now.getTime() + pause : 0 });
    return this.waitsUntil(plugin, now);
  }
}
