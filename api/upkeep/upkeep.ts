import { defineJob } from '../define.ts';
import { keptFor } from '../idempotency/keys.ts';
import type { Context, Job } from '../plugin.ts';
import { batch, forgetEvents, forgetFailures, forgetKeys } from './forgetting.ts';

const hours = 3_600_000;
const days = 24 * hours;

/** Removes a batch, and what is left in further runs, each with a transaction of its own. */
function forgetting(name: string, every: string, forget: (context: Context) => Promise<number>): Job<void> {
  const job: Job<void> = defineJob(name, {
    every,
    async run(_, context) {
      if ((await forget(context)) === batch) await context.enqueue(job, undefined, { key: 'more' });
    },
  });
  return job;
}

const ago = (time: number, { now }: Context): Date => new Date(now.getTime() - time);

/** What the core lists of the ground, so that nothing is kept for ever that was needed for a while; how long, it says. */
export const upkeepJobs = (daysOfEvents: (context: Context) => Promise<number>): Job<any>[] => [
  forgetting('event.forget', '20 3 * * *', async context =>
    forgetEvents(ago((await daysOfEvents(context)) * days, context), context),
  ),
  forgetting('idempotency-key.forget', '40 * * * *', context => forgetKeys(ago(keptFor * hours, context), context)),
  forgetting('plugin-failure.forget', '50 3 * * *', context => forgetFailures(ago(7 * days, context), context)),
];
