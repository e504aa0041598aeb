import { Bookings, reading } from './bookings.ts';
import { startLoad, summary, type Answer } from './load.ts';
import { doublesOf, mailsSettled, sentMails, workSettled } from './mails.ts';
import { atLeast, atMost, exactly, none, type Finding, type Scenario } from './scenario.ts';
import { until, type Stage } from './stage.ts';
import { Subscriber } from './subscriber.ts';

/** PostgreSQL crashes while people book, and comes back. */
export const databaseCrashed: Scenario = {
  id: 'F3',
  fault: 'PostgreSQL ends as in a crash (immediate) under load, and starts again, three times',
  async run(stage) {
    const { cluster } = stage;
    const clinic = await stage.plant({ slug: 'f3' });
    const api = await stage.serve();
    await stage.work();
    const bookings = new Bookings(clinic);
    const subscriber = new Subscriber({ origin: () => api.origin, token: clinic.tokens.owner });
    await subscriber.ready;
    // The first event gives the cursor from which the subscriber can go on.
    await until(
      async () => (await bookings.book(api.client)) && subscriber.seen.length > 0,
      10_000,
      'an event has come',
      200,
    );
    const writes = startLoad(6, () => bookings.book(api.client), 10);
    const reads = startLoad(4, () => api.client.ask(reading(clinic)), 10);
    let recovery = 0;
    for (let turn = 0; turn < (stage.quick ? 1 : 3); turn++) {
      await pause(2_000);
      const { to } = await cluster.crash();
      await pause(6_000);
      recovery = Math.max(recovery, lastFailure([...writes.answers, ...reads.answers]) - to);
    }
    const answers = [...(await writes.stop()), ...(await reads.stop())];
    await until(() => subscriber.seen.length >= bookings.made.size, 10_000, 'the subscriber has caught up').catch(
      () => {},
    );
    stage.tell(summary(answers));
    await workSettled(stage);
    await mailsSettled(stage);
    const findings = [
      atLeast('bookings told to clients', bookings.made.size, 100),
      ...(await lost(stage, bookings)),
      none('answers that were neither right nor retryable', strange(answers)),
      atMost('from the start of the server to the last failure', Math.max(0, recovery) / 1_000, 5, 's'),
      ...(await missed(stage, subscriber)),
      exactly('confirmation mails doubled', doublesOf(await sentMails(stage)), 0),
    ];
    await subscriber.stop();
    return findings;
  },
};

const pause = (milliseconds: number): Promise<void> => new Promise(resolve => setTimeout(resolve, milliseconds));

const isRight = ({ status, codes }: Answer): boolean => status === 200 && codes.length === 0;

/** When the last one that was not right was answered. */
const lastFailure = (answers: readonly Answer[]): number =>
  Math.max(0, ...answers.filter(answer => !isRight(answer)).map(({ at, took }) => at + took));

/** Answers with another code than the one that says: come again. */
export const strange = (answers: readonly Answer[], allowed: readonly string[] = ['STORAGE_UNAVAILABLE']): string[] =>
  answers
    .filter(
      answer => !isRight(answer) && !(answer.codes.length > 0 && answer.codes.every(code => allowed.includes(code))),
    )
    .map(({ status, codes, text }) => `${status} ${codes.join()} ${text.slice(0, 150)}`);

/** Of what clients were told, all is there. */
export async function lost({ cluster }: Stage, { made }: Bookings): Promise<Finding[]> {
  const rows = await cluster.query<{ id: string }>('select id from appointment');
  const there = new Set(rows.map(({ id }) => id));
  return [exactly('bookings lost', [...made.values()].filter(id => !there.has(id)).length, 0)];
}

/** Of what is stored, the subscriber has seen all that came after its first event, once. */
export async function missed({ cluster }: Stage, { seen, doubles }: Subscriber): Promise<Finding[]> {
  const rows = await cluster.query<{
    id: string;
  }>(`select subject_id as id from outbox where subject_type = 'appointment'
    order by xid, position`);
  const ids = rows.map(({ id }) => id);
  const known = new Set(seen.map(({ appointmentId }) => appointmentId));
  const first = ids.findIndex(id => known.has(id));
  return [
    exactly('events that the subscriber missed', ids.slice(first).filter(id => !known.has(id)).length, 0),
    exactly('events that the subscriber got twice', doubles, 0),
  ];
}
