import { plantMails, sentMails } from './mails.ts';
import { atMost, exactly, holds, ownPlugin, percentile, type Finding, type Scenario } from './scenario.ts';
import type { Mode, Sink } from './sink.ts';
import { until, type Stage } from './stage.ts';

/** To whom the server behaves how. */
const odd: Readonly<Record<string, Mode>> = {
  '1': 'later',
  '2': 'refuse',
  '3': 'drop',
  '4': 'reset',
  '5': 'slow',
  '6': 'slow',
};

/** A mail server behaves oddly to some recipients, and then to all. */
export const mailServerOdd: Scenario = {
  id: 'F6',
  fault: 'the mail server answers 451, 550, 25 s late, breaks off after DATA, resets within it, greets with nonsense',
  plugins: [ownPlugin('notices')],
  waits: true,
  async run(stage) {
    const { sink, cluster } = stage;
    const clinic = await stage.plant({ slug: 'f6', patients: 60 });
    sink.pause = 25_000;
    sink.modeOf = recipient => odd[/^p(\d+)@/.exec(recipient)?.[1] ?? ''];
    for (const name of ['notices.notice', 'notices.campaign']) await plantMails(stage, clinic, name, 60);
    await stage.work();
    const begun = performance.now();
    const states = (patient: number, stream: string) =>
      cluster.query<{ state: string; reason: string | null; attempts: number; wait: number; message_id: string }>(
        `select state, reason, attempts, message_id, extract(epoch from due_at - now())::float as wait from delivery
         where patient_id = $1 and stream = $2`,
        [clinic.patientIds[patient - 1], stream],
      );
    const ofOthers = `patient_id <> all ('{${clinic.patientIds.slice(0, 6).join()}}')`;
    await until(
      async () => (await sentMails(stage, ofOthers)).every(({ state }) => state === 'sent'),
      120_000,
      'the others have their mails',
      250,
    );
    const others = sink.arrivals.filter(({ recipient }) => !sink.modeOf(recipient)).map(({ at }) => at - begun);
    await until(
      async () => (await sentMails(stage)).every(({ state }) => state !== 'claimed' && state !== 'sending'),
      120_000,
      'all were tried',
      250,
    );
    const findings: Finding[] = [];
    for (const stream of ['transactional', 'marketing']) {
      const [later, refused, dropped, reset, slow] = await Promise.all(
        [1, 2, 3, 4, 5].map(async each => (await states(each, stream))[0]!),
      );
      findings.push(
        holds(`${stream}: 451 is tried again`, later!.state === 'queued' && later!.attempts > 0, later!.state),
        // Of the two mails to this address the second to be tried finds it stopped by the first.
        holds(
          `${stream}: 550 is final`,
          refused!.state === 'failed' || refused!.reason === 'SUPPRESSED_HARD_BOUNCE',
          `${refused!.state} ${refused!.reason}`,
        ),
        holds(`${stream}: a slow answer is waited for`, slow!.state === 'sent', `${slow!.state} ${slow!.reason}`),
        holds(
          `${stream}: broken off after DATA is ${stream === 'marketing' ? '`uncertain`' : 'tried again'}`,
          dropped!.state === (stream === 'marketing' ? 'uncertain' : 'queued'),
          dropped!.state,
        ),
        holds(
          `${stream}: reset within DATA is ${stream === 'marketing' ? '`uncertain`' : 'tried again'}`,
          reset!.state === (stream === 'marketing' ? 'uncertain' : 'queued'),
          reset!.state,
        ),
      );
    }
    findings.push(
      exactly(
        'copies of a marketing mail beyond the first',
        copies(sink, (await states(3, 'marketing'))[0]!.message_id) - 1,
        0,
      ),
      atMost('p99 of the others’ wait beside two slow recipients', percentile(others, 0.99) / 1_000, 20, 's'),
      await growing(stage, clinic.patientIds[0]!),
    );
    return [...findings, await nonsense(stage, clinic)];
  },
};

const copies = ({ received }: Sink, messageId: string): number => received.get(messageId) ?? 0;

/** Each wait is longer than the one before it; time is moved on by hand. */
async function growing({ cluster }: Stage, patientId: string): Promise<Finding> {
  const waits: number[] = [];
  const row = async (): Promise<{ attempts: number; wait: number; state: string }> =>
    (
      await cluster.query<{ attempts: number; wait: number; state: string }>(
        `select attempts, state, extract(epoch from due_at - now())::float as wait from delivery
         where patient_id = $1 and stream = 'transactional'`,
        [patientId],
      )
    )[0]!;
  const { attempts: before } = await row();
  for (let attempt = before + 1; attempt <= before + 3; attempt++) {
    await cluster.query(
      `update delivery set due_at = now() where patient_id = $1 and stream = 'transactional' and state = 'queued'`,
      [patientId],
    );
    await cluster.query(`select pg_notify('rapport_work', '')`);
    const isTried = async (): Promise<boolean> => {
      const { attempts, wait, state } = await row();
      if (attempts < attempt || state !== 'queued') return false;
      waits.push(wait);
      return true;
    };
    await until(isTried, 60_000, `attempt ${attempt}`, 200);
  }
  const isGrowing = waits.every((wait, at) => at === 0 || wait > waits[at - 1]!);
  return holds('the pause between attempts grows', isGrowing, waits.map(wait => `${Math.round(wait)} s`).join(', '));
}

/** A server that does not speak SMTP says nothing of the mails: they wait, and go out once it does. */
async function nonsense(stage: Stage, clinic: Parameters<typeof plantMails>[1]): Promise<Finding> {
  const { sink, cluster } = stage;
  sink.mode = 'greeting';
  sink.modeOf = () => undefined;
  await sink.close();
  await sink.open();
  // To whom everything has come so far.
  const patientIds = clinic.patientIds.slice(6, 11);
  await plantMails(stage, { ...clinic, patientIds }, 'notices.notice', patientIds.length);
  await new Promise(resolve => setTimeout(resolve, 3_000));
  const count = async (): Promise<number> =>
    Number(
      (
        await cluster.query<{ count: string }>(
          `select count(*) from delivery where state = 'sent' and patient_id = any($1)`,
          [patientIds],
        )
      )[0]!.count,
    );
  const before = await count();
  sink.mode = 'take';
  const took = await until(async () => (await count()) >= before + 5, 90_000, 'the mails are sent', 250).catch(
    () => Number.NaN,
  );
  return atMost('after a greeting that is none, mails go out once it is one', took / 1_000, 50, 's');
}
