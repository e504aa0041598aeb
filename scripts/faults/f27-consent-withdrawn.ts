import { setTimeout as wait } from 'node:timers/promises';
import { connections } from '../../api/mail/transport.ts';
import { verifyConsents } from '../consent/verify.ts';
import type { Clinic } from './clinic.ts';
import { mailsSettled, plantMails } from './mails.ts';
import { atLeast, atMost, exactly, none, ownPlugin, type Finding, type Scenario } from './scenario.ts';
import { until, type Api, type Stage } from './stage.ts';

/** Milliseconds in which the mail server has the whole of a mail that it was given. */
const handing = 250;

/** Patients withdraw at any moment of a campaign; nobody who has gets its mail any more. */
export const consentWithdrawn: Scenario = {
  id: 'F27',
  fault: 'while a campaign goes out, one patient in five whom it has not reached yet withdraws the consent to it',
  plugins: [ownPlugin('notices')],
  async run(stage) {
    const { sink, quick } = stage;
    const patients = quick ? 300 : 1_000;
    const clinic = await stage.plant({ slug: 'f27', patients });
    Object.assign(sink, { mode: 'slow', pause: 100 });
    await plantMails(stage, clinic, 'notices.campaign', patients);
    const api = await stage.serve();
    await stage.work();
    await until(() => sink.arrivals.length > 0, 30_000, 'the campaign has begun');
    const withdrawn = await withdraw(stage, clinic, api, patients / 5);
    await mailsSettled(stage);
    return judged(stage, withdrawn);
  },
};

interface Withdrawal {
  readonly address: string;
  /** When it was answered, and so committed, on the clock of `performance.now()`. */
  readonly at: number;
}

/** At random, of those who have no mail yet, one after the other, until so many have or nobody is left. */
async function withdraw({ sink }: Stage, clinic: Clinic, { client }: Api, count: number): Promise<Withdrawal[]> {
  const query = 'mutation ($input: ConsentInput!) { withdrawConsent(input: $input) { id } }';
  const open = new Map(clinic.patientIds.map((id, index) => [`p${index + 1}@${clinic.slug}.example`, id]));
  const done: Withdrawal[] = [];
  while (done.length < count) {
    for (const { recipient } of sink.arrivals) open.delete(recipient);
    const [address, patientId] = [...open][Math.floor(Math.random() * open.size)] ?? [];
    if (!address) break;
    open.delete(address);
    const input = { patientId, purpose: 'MARKETING', channel: 'EMAIL', source: 'PHONE' };
    const { codes, at, took } = await client.ask({ query, variables: { input }, token: clinic.tokens.owner });
    if (codes.length > 0) throw new Error(`A withdrawal was answered with ${codes.join()}.`);
    done.push({ address, at: at + took });
    await wait(Math.random() * 50);
  }
  return done;
}

async function judged(stage: Stage, withdrawn: readonly Withdrawal[]): Promise<Finding[]> {
  const { sink, cluster } = stage;
  const late = withdrawn.flatMap(({ address, at }) =>
    sink.arrivals.filter(arrival => arrival.recipient === address && arrival.at > at).map(arrival => arrival.at - at),
  );
  const [rows] = await cluster.query<{ withheld: number; open: number }>(
    `select count(*) filter (where state = 'withheld' and reason = 'CONSENT_WITHDRAWN')::int as withheld,
       count(*) filter (where state not in ('sent', 'withheld'))::int as open from delivery`,
  );
  const { checked, unfounded } = await verifyConsents(await stage.app());
  stage.tell(`${withdrawn.length} withdrew; ${late.length} mails were with the mail server then; ${checked} verified`);
  return [
    atLeast('withdrawals that came before the mail', rows!.withheld, withdrawn.length / 2),
    exactly('mails begun after the withdrawal was committed', late.filter(after => after > handing).length, 0),
    atMost('mails that were with the mail server at that moment', late.length, connections),
    exactly('mails neither sent nor withheld', rows!.open, 0),
    atLeast('mails that `consent:verify` checked', checked, 1),
    none(
      'faults that `consent:verify` found',
      unfounded.map(({ id, fault }) => `${id} ${fault}`),
    ),
  ];
}
