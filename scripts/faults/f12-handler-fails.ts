import { Bookings } from './bookings.ts';
import { startLoad, summary, type Answer } from './load.ts';
import { mailsSettled, sentMails } from './mails.ts';
import { atLeast, exactly, holds, none, ownPlugin, type Scenario } from './scenario.ts';
import { strange } from './f3-database-crashed.ts';
import { until, type Stage } from './stage.ts';

/** Handlers of a partner fail in every way; everything else goes on. */
export const handlerFails: Scenario = {
  id: 'F12',
  fault: 'handlers of a plugin throw at once, reject, reject with nothing, and leave a rejection that nobody waits for',
  plugins: [ownPlugin('careless')],
  waits: true,
  async run(stage) {
    const { cluster } = stage;
    const count = stage.quick ? 30 : 200;
    const clinic = await stage.plant({ slug: 'f12' });
    const { client } = await stage.serve();
    await stage.work();
    const bookings = new Bookings(clinic);
    const load = startLoad(4, () => bookings.book(client), 10);
    await until(() => load.answers.length >= count, 60_000, 'the bookings are made');
    const answers: readonly Answer[] = await load.stop();
    stage.tell(summary(answers));
    await until(async () => (await openOf(stage, 'recall')) === 0, 60_000, 'other handlers have run', 250);
    await mailsSettled(stage);
    const mails = (await sentMails(stage, `mail = 'recall.booked'`)).filter(({ copies }) => copies === 1);
    const tried = await cluster.query<{ due_at: Date; attempts: number; error: string | null }>(
      `select due_at, attempts, error from event_handling where handler like 'careless.%' and attempts > 0 and state = 'waiting'`,
    );
    await buryAll(stage);
    const dead = await cluster.query<{ handler: string; error: string }>(
      `select distinct handler, error from event_handling where state = 'dead'`,
    );
    return [
      none('bookings that failed', strange(answers, [])),
      exactly('confirmation mails of another plugin that are missing', bookings.made.size - mails.length, 0),
      atLeast(
        'failed handlings that wait to be tried again, with their reason',
        tried.filter(({ error }) => error).length,
        1,
      ),
      holds('after ten attempts they are dead letters', dead.length >= 3, `${dead.length} handlers`),
      exactly('handlings of the plugin that never failed and are not done', await unexplained(stage), 0),
    ];
  },
};

const openOf = async ({ cluster }: Stage, plugin: string): Promise<number> => {
  const [row] = await cluster.query<{ count: string }>(
    `select count(*) from event_handling where handler like $1 and state <> 'dead'`,
    [`${plugin}.%`],
  );
  return Number(row!.count);
};

/** Ten attempts take hours: what is left of them is taken away, so that the next one is the last. */
async function buryAll({ cluster }: Stage): Promise<void> {
  const last = `update event_handling set attempts = 9, due_at = now() where state = 'waiting' and handler like 'careless.%' and attempts < 9
    and handler <> 'careless.leavesRejection'`;
  const dead = `select count(distinct handler) as count from event_handling where state = 'dead'`;
  await until(
    async () => {
      await cluster.query(last);
      await cluster.query(`select pg_notify('rapport_events', '')`);
      const [row] = await cluster.query<{ count: string }>(dead);
      return Number(row!.count) >= 3;
    },
    150_000,
    'the handlings are dead letters',
    1_000,
  ).catch(() => {});
}

async function unexplained({ cluster }: Stage): Promise<number> {
  const [row] = await cluster.query<{ count: string }>(
    `select count(*) from event_handling where state = 'dead' and error is null`,
  );
  return Number(row!.count);
}
