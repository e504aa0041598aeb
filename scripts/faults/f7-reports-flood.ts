import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { reading } from './bookings.ts';
import { startLoad } from './load.ts';
import { mailsSettled, plantMails } from './mails.ts';
import { atMost, exactly, none, ownPlugin, percentile, type Finding, type Scenario } from './scenario.ts';
import type { Arrival } from './sink.ts';
import type { Stage } from './stage.ts';

const domain = 'bounces.faults.example';
/** Of a hundred mails: what is reported of them. Of the rest nothing is. */
const shares = { gone: 30, away: 20, delayed: 15, full: 10, spam: 5 };
type Share = keyof typeof shares;

/** True reports come among forged ones, out-of-offices and delays, and all of them again and again. */
export const reportsFlood: Scenario = {
  id: 'F7',
  fault:
    'mail servers report on mails, some reports five times, among out-of-offices, delays and 10,000 forged reports',
  plugins: [ownPlugin('notices')],
  async run(stage) {
    const { sink, quick, tell } = stage;
    const [count, forged] = quick ? [100, 1_000] : [500, 10_000];
    const clinic = await stage.plant({ slug: 'f7', patients: count });
    await plantMails(stage, clinic, 'notices.notice', count);
    const { origin, client, process } = await stage.serve();
    const worker = await stage.work({ env: { BOUNCE_DOMAIN: domain } });
    await mailsSettled(stage);
    await worker.end('SIGTERM');
    const sent = sink.arrivals.map((arrival, index) => ({ ...arrival, share: shareOf(index) }));
    const reports = sent.flatMap(mail =>
      mail.share ? Array.from({ length: 5 }, () => reportOn(mail, mail.share!)) : [],
    );
    const before = process.memory();
    const queries = startLoad(2, () => client.ask(reading(clinic)), 20);
    const flood = postAll(
      origin,
      Array.from({ length: forged }, (_, n) => reportOn(forgedOf(sent[n % sent.length]!), 'gone')),
      16,
    );
    const refused = await postAll(origin, reports, 4);
    const answers = (await flood) + refused;
    const light = await queries.stop();
    tell(`${reports.length} true reports and ${forged} forged ones; ${answers} were asked to wait`);
    return [
      ...(await judged(stage, sent)),
      none(
        'light queries that failed meanwhile',
        light.flatMap(({ codes }) => codes),
      ),
      atMost(
        'p99 of a light query meanwhile',
        percentile(
          light.map(({ took }) => took),
          0.99,
        ),
        1_000,
        'ms',
      ),
      atMost('growth of memory', (process.memory() - before) / 2 ** 20, 150, 'MB'),
    ];
  },
};

function shareOf(index: number): Share | undefined {
  let place = index % 100;
  for (const [share, size] of Object.entries(shares)) if ((place -= size) < 0) return share as Share;
  return undefined;
}

/** As who knows how such an address looks, and one of his own, would write that of another mail. */
function forgedOf(mail: Arrival): Arrival {
  const mac = [...randomBytes(10)].map(byte => (byte % 32).toString(32)).join('');
  return { ...mail, sender: `${mail.sender.slice(0, 53)}${mac}@${domain}` };
}

async function postAll(origin: string, reports: readonly string[], clients: number): Promise<number> {
  const left = [...reports];
  let refused = 0;
  const post = async (): Promise<void> => {
    for (let body = left.pop(); body !== undefined; body = left.pop()) {
      for (;;) {
        const { status } = await fetch(`${origin}/mail-reports`, { method: 'POST', body });
        if (status === 204) break;
        if (status !== 429) throw new Error(`A report was answered with ${status}.`);
        refused += 1;
        await wait(50);
      }
    }
  };
  await Promise.all(Array.from({ length: clients }, post));
  return refused;
}

async function judged({ cluster }: Stage, sent: readonly (Arrival & { share?: Share })[]): Promise<Finding[]> {
  const rows = await cluster.query<{ message_id: string; mail_reason: string | null; stop: string | null }>(
    `select d.message_id, d.reason as mail_reason, string_agg(s.reason, ' ') as stop
     from delivery d left join suppression s on s.clinic_id = d.clinic_id and s.delivery_id = d.id group by 1, 2`,
  );
  const byId = new Map(rows.map(row => [row.message_id, row]));
  const of = (share: Share | undefined) =>
    sent.filter(mail => mail.share === share).map(({ messageId }) => byId.get(messageId)!);
  const wrong = (share: Share | undefined, reason: string | null, stop: string | null): string[] =>
    of(share)
      .filter(row => row.mail_reason !== reason || row.stop !== stop)
      .map(row => `${row.mail_reason} ${row.stop}`);
  return [
    exactly('mails with a return path of their own', new Set(sent.map(({ sender }) => sender)).size, sent.length),
    none('addresses without a mailbox that are not stopped once', wrong('gone', 'BOUNCED 5.1.1', 'HARD_BOUNCE')),
    none('complaints that did not stop the address once', wrong('spam', null, 'COMPLAINT')),
    none('addresses stopped by an out-of-office', wrong('away', null, null)),
    none('addresses stopped by a delay', wrong('delayed', null, null)),
    none('addresses stopped by a full mailbox', wrong('full', 'BOUNCED 5.2.2', null)),
    none('addresses stopped by a forged report', wrong(undefined, null, null)),
  ];
}

function reportOn({ sender, recipient }: Arrival, share: Share): string {
  if (share === 'away')
    return message(sender, 'text/plain; charset=utf-8', ['I am away. Action: failed', 'Status: 5.1.1']);
  if (share === 'spam') {
    const fields = ['Feedback-Type: abuse', 'Version: 1', `Original-Mail-From: <${sender}>`];
    return message(
      sender,
      'multipart/report; report-type=feedback-report; boundary=b',
      partOf('feedback-report', fields),
    );
  }
  const [action, status, reply] = said[share];
  const fields = [
    'Reporting-MTA: dns; mx.example',
    '',
    `Final-Recipient: rfc822; ${recipient}`,
    `Action: ${action}`,
    `Status: ${status}`,
    `Diagnostic-Code: smtp; ${reply}`,
  ];
  return message(
    sender,
    'multipart/report; report-type=delivery-status; boundary=b',
    partOf('delivery-status', fields),
  );
}

const said = {
  gone: ['failed', '5.1.1', '550 5.1.1 User unknown'],
  delayed: ['delayed', '4.4.1', '421 4.4.1 no answer'],
  full: ['failed', '5.2.2', '552 5.2.2 mailbox full'],
} as const;

const partOf = (type: string, fields: readonly string[]): string[] => [
  '--b',
  `Content-Type: message/${type}`,
  '',
  ...fields,
  '',
  '--b--',
  '',
];

const message = (to: string, type: string, body: readonly string[]): string =>
  ['From: MAILER-DAEMON@mx.example', `To: ${to}`, 'MIME-Version: 1.0', `Content-Type: ${type}`, '', ...body].join(
    '\r\n',
  );
