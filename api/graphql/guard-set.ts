import type { Actor } from '../plugin.ts';

const numbers = new Map<string, number>();
const known = new WeakMap<ReadonlySet<string>, WeakMap<ReadonlySet<string>, number>>();

/**
 * One small number for all actors that may see the same fields. A plan is kept per number, so two actors with the same
 * rights share it, and two with different rights never do. There are as many numbers as combinations of roles in use.
 */
export function guardSetOf(actor: Actor, enabled: ReadonlySet<string>): number {
  let byEnabled = known.get(actor.permissions);
  if (!byEnabled) known.set(actor.permissions, (byEnabled = new WeakMap()));
  let number = byEnabled.get(enabled);
  if (number === undefined) byEnabled.set(enabled, (number = numberOf(actor, enabled)));
  return number;
}

function numberOf({ kind, permissions }: Actor, enabled: ReadonlySet<string>): number {
  const everything = kind === 'job' || kind === 'system';
  const key = JSON.stringify([everything ? '*' : [...permissions].sort(), kind === 'anonymous', [...enabled].sort()]);
  const number = numbers.get(key) ?? numbers.size + 1;
  numbers.set(key, number);
  return number;
}
