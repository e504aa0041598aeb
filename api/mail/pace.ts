import type { PlatformContext } from '../context.ts';
import type { Mail, Pacing, Pause, Plugin } from '../plugin.ts';
import type { Ask } from './ask.ts';

/** Left for another moment. */
export interface Deferred {
  readonly deferred: Date;
  readonly reason: string;
}

/** Whether nobody waits for it: then it shares what a patient bears with all others of its kind. */
export const disturbs = ({ stream, disturbs }: Pick<Mail<any>, 'stream' | 'disturbs'>): boolean =>
  stream === 'marketing' || disturbs === true;

/** The first reason of a plugin why this is not the moment. */
export async function pauseOf(
  plugins: readonly Plugin[],
  pacing: Pacing,
  context: PlatformContext,
  ask: Ask,
): Promise<(Pause & { plugin: string }) | undefined> {
  if (!disturbs(pacing.mail)) return undefined;
  for (const { name: plugin, pace } of plugins) {
    if (!pace || !context.enabled.has(plugin)) continue;
    const pause = await ask(plugin, 'pace', () => pace(pacing, context));
    if (pause) return { ...pause, plugin };
  }
  return undefined;
}
