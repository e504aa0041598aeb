import type { Clock } from '../clock.ts';
import type { PlatformContext } from '../context.ts';
import { RapportError } from '../errors.ts';
import type { Answer, Plugin, Question } from '../plugin.ts';
import { asPlugin } from './at-work.ts';
import { Breaker } from './breaker.ts';
import type { Failures } from './failures.ts';
import { withTimeLimit } from './time-limit.ts';

/** Milliseconds that a plugin may take for one answer. */
const timeLimit = 5_000;

/** What the core and plugins ask of plugins that they do not know. */
export interface Questions {
  ask<Q, A>(question: Question<Q, A>, asked: Q, context: PlatformContext): Promise<A[]>;
}

/** After five failures in a row a plugin is not asked the same for a while: who asks does without it. */
export function createQuestions({
  plugins,
  clock,
  failures,
}: {
  plugins: readonly Plugin[];
  clock: Clock;
  failures: Failures;
}): Questions {
  const breaker = new Breaker();
  const known = plugins.flatMap(({ name: plugin, answers = [] }) => answers.map(given => ({ plugin, ...given })));
  const byQuestion = Map.groupBy(known, ({ question }) => question);

  const askOne = async (
    { plugin, question, answer }: Answer & { plugin: string },
    asked: unknown,
    context: PlatformContext,
  ): Promise<unknown> => {
    const what = `'${plugin}' on '${question.name}'`;
    if (!context.enabled.has(plugin) || breaker.waitsUntil(what, clock.now())) return undefined;
    try {
      const given = await withTimeLimit(timeLimit, what, async () => asPlugin(plugin, () => answer(asked, context)));
      breaker.succeeded(what);
      return given;
    } catch (cause) {
      const pausedUntil = breaker.failed(what, clock.now());
      failures.note({ clinicId: context.clinicId, plugin, error: cause, pausedUntil });
      if (!(await isWhole(context)))
        throw new RapportError('PLUGIN_UNAVAILABLE', `The plugin '${plugin}' failed: nothing was done.`, {
          plugin,
          cause,
        });
      return undefined;
    }
  };

  return {
    async ask<Q, A>(question: Question<Q, A>, asked: Q, context: PlatformContext): Promise<A[]> {
      const answers: A[] = [];
      for (const each of byQuestion.get(question) ?? []) {
        const given = await askOne(each, asked, context);
        if (given !== undefined) answers.push(given as A);
      }
      return answers;
    },
  };
}

/** A statement that failed leaves its transaction unfit for any other. */
async function isWhole({ openTransaction }: PlatformContext): Promise<boolean> {
  if (!openTransaction) return true;
  return openTransaction.execute('select 1').then(
    () => true,
    () => false,
  );
}
