import type { Clock } from '../clock.ts';
import { type Breaker } from '../work/breaker.ts';
import { asPlugin } from '../work/at-work.ts';
import { withTimeLimit } from '../work/time-limit.ts';

/** A plugin threw, took too long or answered something of another kind when it was asked about a mail. */
export class PluginFault extends Error {
  override readonly name = 'PluginFault';
  readonly plugin: string;
  /** It was not asked at all, as it failed repeatedly, and is left alone until then. */
  readonly retryAt?: Date;

  constructor(plugin: string, { cause, retryAt }: { cause?: unknown; retryAt?: Date }) {
    super(`The plugin '${plugin}' does not answer.`, { cause });
    this.plugin = plugin;
    this.retryAt = retryAt;
  }
}

export type Question = 'address' | 'withhold' | 'preferences' | 'fields' | 'inspect' | 'pace' | 'calendar';

/** The plugin's answer; throws a `PluginFault`. */
export type Ask = <T>(
  plugin: string,
  question: Question,
  answer: () => Promise<T> | undefined,
) => Promise<T | undefined>;

/** Milliseconds that a plugin may take for one answer. */
const timeLimit = 5_000;

/**
 * Asks plugins, each question with a time limit; after five failures in a row, of those that count, a question of a plugin
 * rests for a while.
 */
export function createAsk(clock: Clock, breaker: Breaker, { counts = true } = {}): Ask {
  return async (plugin, question, answer) => {
    const what = `${question} of '${plugin}'`;
    const retryAt = breaker.waitsUntil(what, clock.now());
    if (retryAt) throw new PluginFault(plugin, { retryAt });
    try {
      const given = await withTimeLimit(timeLimit, what, async () => asPlugin(plugin, answer));
      refuseOtherKinds(question, given);
      breaker.succeeded(what);
      return given;
    } catch (cause) {
      if (counts) breaker.failed(what, clock.now());
      throw new PluginFault(plugin, { cause });
    }
  };
}

function refuseOtherKinds(question: Question, given: unknown): void {
  const isRight =
    question === 'withhold' || question === 'inspect'
      ? given === undefined || typeof given === 'string' || isListOfStrings(given)
      : typeof given === 'object'
        ? given !== null
        : question !== 'fields' && given === undefined;
  if (!isRight) throw new TypeError(`'${question}' answered something of another kind.`);
}

const isListOfStrings = (given: unknown): boolean =>
  Array.isArray(given) && given.every(reason => typeof reason === 'string');
