import { fileURLToPath } from 'node:url';
import type { Stage } from './stage.ts';

/** One fault: what is done, and what came of it. */
export interface Scenario {
  /** As in `npm run faults -- F1`. */
  readonly id: string;
  /** What goes wrong, and how it is brought about. */
  readonly fault: string;
  /** Specifiers of plugins that it needs, beside the core and the built-in ones. */
  readonly plugins?: readonly string[];
  /** It waits more than it works: it is played beside the others. */
  readonly waits?: boolean;
  /** Of PostgreSQL. */
  readonly settings?: Readonly<Record<string, string>>;
  run(stage: Stage): Promise<Finding[]>;
}

/** One thing that was measured, and whether it is as good as it has to be. */
export interface Finding {
  readonly measured: string;
  readonly value: string;
  readonly target: string;
  readonly met: boolean;
  /** Asked after every fault alike. */
  readonly common?: boolean;
  /** What the machine does not allow: neither met nor missed. */
  readonly impossible?: boolean;
}

const text = (value: number, unit: string): string => `${Math.round(value * 100) / 100}${unit && ` ${unit}`}`;

/** Fails above `limit`, and for what is no number. */
export const atMost = (measured: string, value: number, limit: number, unit = ''): Finding => ({
  measured,
  value: text(value, unit),
  target: limit === 0 ? '0' : `<= ${text(limit, unit)}`,
  met: value <= limit,
});

export const exactly = (measured: string, value: number, wanted: number, unit = ''): Finding => ({
  measured,
  value: text(value, unit),
  target: text(wanted, unit),
  met: value === wanted,
});

export const atLeast = (measured: string, value: number, limit: number, unit = ''): Finding => ({
  measured,
  value: text(value, unit),
  target: `>= ${text(limit, unit)}`,
  met: value >= limit,
});

/** `seen` says what was found; it is shown. */
export const holds = (measured: string, met: boolean, seen = met ? 'yes' : 'no'): Finding => ({
  measured,
  value: seen,
  target: 'yes',
  met,
});

/** Nothing may have been found; the first few are shown. */
export const none = (measured: string, found: readonly string[]): Finding => ({
  measured,
  value: found.length === 0 ? '0' : `${found.length}: ${found.slice(0, 3).join('; ').slice(0, 200)}`,
  target: '0',
  met: found.length === 0,
});

export const notPossible = (why: string): Finding => ({
  measured: 'not possible here',
  value: why,
  target: '',
  met: false,
  impossible: true,
});

/** Of values in any order; NaN of none. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

/** The path of a plugin of this room, as RAPPORT_PLUGINS takes it. */
export const ownPlugin = (name: string): string => fileURLToPath(new URL(`./plugins/${name}.ts`, import.meta.url));
