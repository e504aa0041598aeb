import { mailsSettled, doublesOf, plantMails, sentMails } from './mails.ts';
import { atMost, exactly, ownPlugin, percentile, type Scenario } from './scenario.ts';

/** The mail server is away for a minute, while there is much to send for one clinic and little for another. */
export const mailServerDown: Scenario = {
  id: 'F5',
  fault: 'the mail server is away for 60 s, with 5,000 mails of one clinic due and 20 of another due after them',
  plugins: [ownPlugin('notices')],
  waits: true,
  async run(stage) {
    const { sink, quick } = stage;
    const [count, away] = quick ? [1_000, 10_000] : [5_000, 60_000];
    const large = await stage.plant({ slug: 'large', patients: 200 });
    const small = await stage.plant({ slug: 'small', patients: 20 });
    await stage.work();
    await plantMails(stage, large, 'notices.notice', 1);
    await mailsSettled(stage);
    await sink.close();
    await plantMails(stage, large, 'notices.notice', count);
    await plantMails(stage, small, 'notices.notice', 20);
    await new Promise(resolve => setTimeout(resolve, away));
    await sink.open();
    const up = performance.now();
    await mailsSettled(stage);
    const mails = await sentMails(stage);
    const ofSmall = sink.arrivals.filter(({ recipient }) => recipient.endsWith('@small.example'));
    const [first] = sink.arrivals.filter(({ at }) => at > up);
    const took = sink.arrivals.at(-1)!.at - first!.at;
    stage.tell(`began again after ${Math.round(first!.at - up)} ms, and took ${Math.round(took)} ms`);
    return [
      exactly('mails lost', mails.filter(({ copies }) => copies === 0).length, 0),
      exactly('mails doubled', doublesOf(mails), 0),
      atMost('most attempts of one mail', Math.max(...mails.map(({ attempts }) => attempts)), 10),
      atMost('from the mail server’s return to the first mail', (first!.at - up) / 1_000, 35, 's'),
      atMost(
        'p99 of the small clinic’s wait behind the large one’s queue',
        percentile(
          ofSmall.map(({ at }) => at - first!.at),
          0.99,
        ) / 1_000,
        Math.max(2, took / 4_000),
        's',
      ),
    ];
  },
};
