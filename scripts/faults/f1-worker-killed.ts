import { lease } from '../../api/mail/claim.ts';
import { connections } from '../../api/mail/transport.ts';
import { doublesOf, mailsSettled, plantMails, sentMails } from './mails.ts';
import { atMost, exactly, ownPlugin, type Scenario } from './scenario.ts';
import { until, type Stage } from './stage.ts';

/** A worker is killed in the middle of its mails, again and again; each time another one is started. */
export const workerKilled: Scenario = {
  id: 'F1',
  fault: 'kill -9 of the worker ten times in 10,000 mails of both streams',
  plugins: [ownPlugin('notices')],
  waits: true,
  async run(stage) {
    const [kills, count] = stage.quick ? [2, 1_000] : [10, 10_000];
    // One letter for each: more in a week would be put off.
    const clinic = await stage.plant({ slug: 'f1', patients: count / 2 });
    for (const name of ['notices.notice', 'notices.campaign']) await plantMails(stage, clinic, name, count / 2);
    const { held, at } = await killAll(stage, kills, count);
    await stage.work();
    stage.tell(`${held.size} mails were held by killed workers; waiting for their leases`);
    await mailsSettled(stage);
    const resumed = stage.sink.arrivals.find(arrival => arrival.at > at && held.has(arrival.messageId))!.at - at;
    const mails = await sentMails(stage);
    const reminders = mails.filter(({ stream }) => stream === 'transactional');
    const campaign = mails.filter(({ stream }) => stream === 'marketing');
    const bound = kills * connections;
    return [
      exactly('transactional mails lost', reminders.filter(({ copies }) => copies === 0).length, 0),
      atMost('transactional mails doubled', doublesOf(reminders), bound),
      exactly('marketing mails doubled', doublesOf(campaign), 0),
      atMost('marketing mails `uncertain`', campaign.filter(({ state }) => state === 'uncertain').length, bound),
      exactly('marketing mails lost that are not `uncertain`', lostOf(campaign), 0),
      atMost('from the last kill until the mails that it held go on', resumed / 1_000, lease / 1_000 + 2, 's'),
    ];
  },
};

const lostOf = (mails: Awaited<ReturnType<typeof sentMails>>): number =>
  mails.filter(({ copies, state }) => copies === 0 && state !== 'uncertain').length;

/** Answers when the last one was killed, and what it held. */
async function killAll(
  { sink, cluster, work }: Stage,
  kills: number,
  count: number,
): Promise<{ held: ReadonlySet<string>; at: number }> {
  const all = new Set<string>();
  let held: string[] = [];
  let at = 0;
  for (let kill = 1; kill <= kills; kill++) {
    const worker = await work();
    const enough = (count * kill) / (kills + 2);
    await until(() => sink.arrivals.length >= enough, 120_000, `${enough} mails have come`, 2);
    await worker.end('SIGKILL');
    at = performance.now();
    const rows = await cluster.query<{ message_id: string }>(
      `select message_id from delivery where state in ('claimed', 'sending')`,
    );
    held = rows.map(({ message_id }) => message_id).filter(id => !all.has(id));
    held.forEach(id => all.add(id));
  }
  return { held: new Set(held), at };
}
