import { Bookings, reading } from './bookings.ts';
import { lost, strange } from './f3-database-crashed.ts';
import { startLoad, summary } from './load.ts';
import { doublesOf, mailsSettled, sentMails, workSettled } from './mails.ts';
import { startProxy } from './proxy.ts';
import { atMost, atLeast, exactly, none, type Finding, type Scenario } from './scenario.ts';
import { until } from './stage.ts';

/** The network between the platform and PostgreSQL is slow, then torn, then gone. */
export const network: Scenario = {
  id: 'F24',
  fault:
    'a network to PostgreSQL with 200 ms latency; then 1 % of packets reset; then nothing for 30 s, without a word',
  waits: true,
  async run(stage) {
    const { cluster, quick } = stage;
    const clinic = await stage.plant({ slug: 'f24' });
    const proxy = await startProxy(cluster.port);
    stage.onEnd(proxy.stop);
    const databaseUrl = Object.assign(new URL(cluster.url), { port: String(proxy.port) }).href;
    const { client } = await stage.serve({ databaseUrl });
    await stage.work({ databaseUrl });
    const bookings = new Bookings(clinic);
    const phase = async (milliseconds: number, during: () => unknown = () => {}) => {
      const writes = startLoad(4, () => bookings.book(client), 50);
      const reads = startLoad(4, () => client.ask(reading(clinic)), 50);
      during();
      await new Promise(resolve => setTimeout(resolve, milliseconds));
      const answers = [...(await writes.stop()), ...(await reads.stop())];
      stage.tell(summary(answers));
      return answers;
    };
    const findings: Finding[] = [];
    proxy.latency = 200;
    findings.push(none('failures at 200 ms latency', strange(await phase(quick ? 5_000 : 10_000), [])));
    proxy.latency = 0;
    proxy.resets = 0.01;
    const torn = await phase(quick ? 5_000 : 10_000);
    proxy.resets = 0;
    findings.push(
      atLeast('right answers while 1 % is reset', torn.filter(({ codes }) => codes.length === 0).length, 20),
      none('answers that were neither right nor retryable while 1 % is reset', strange(torn)),
    );
    const gone = await phase(quick ? 12_000 : 30_000, proxy.swallow);
    proxy.heal();
    const healed = performance.now();
    findings.push(
      none(
        'answers that were neither right nor retryable while nothing comes through',
        strange(gone, ['STORAGE_UNAVAILABLE', 'DEADLINE_EXCEEDED']),
      ),
    );
    const tries: number[] = [];
    await until(
      async () => {
        const [write, read] = await Promise.all([bookings.book(client), client.ask(reading(clinic))]);
        tries.push(performance.now());
        return write.codes.length === 0 && read.codes.length === 0;
      },
      60_000,
      'the network is healed and all is well',
      100,
    ).catch(() => {});
    findings.push(atMost('from the healed network to right answers', (tries.at(-1)! - healed) / 1_000, 5, 's'));
    const after = await phase(5_000);
    findings.push(none('failures after that', strange(after, [])));
    await workSettled(stage).catch(error => findings.push(none('work that is not done', [String(error)])));
    await mailsSettled(stage).catch(error => findings.push(none('mails that are not done', [String(error)])));
    const [held] = await cluster.query<{ count: string }>(
      `select count(*) from pg_stat_activity where application_name like 'rapport%' and application_name <> 'rapport maintenance'`,
    );
    return [
      ...findings,
      exactly('sockets that one side still holds', Math.abs(proxy.open - Number(held!.count)), 0),
      ...(await lost(stage, bookings)),
      exactly('confirmation mails doubled', doublesOf(await sentMails(stage)), 0),
      none('rejections that nobody handled', stage.processes.lines(/unhandled|uncaught/i)),
    ];
  },
};
