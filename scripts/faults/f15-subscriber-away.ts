import { Bookings } from './bookings.ts';
import { missed } from './f3-database-crashed.ts';
import { startLoad } from './load.ts';
import { exactly, holds, type Scenario } from './scenario.ts';
import { until, type Stage } from './stage.ts';
import { Subscriber } from './subscriber.ts';

const confirm = `mutation Confirm($id: ID!) { confirmAppointment(input: { id: $id }) { id } }`;

/** A subscriber is away for a while, and comes again where it left off; one with an older cursor is told to begin anew. */
export const subscriberAway: Scenario = {
  id: 'F15',
  fault: 'a subscriber is away for 10 s while 1,000 events happen, and comes again with `after`',
  async run(stage) {
    const events = stage.quick ? 200 : 1_000;
    const clinic = await stage.plant({ slug: 'f15' });
    const { origin, client } = await stage.serve();
    const bookings = new Bookings(clinic);
    const token = clinic.tokens.owner;
    const before = new Subscriber({ origin: () => origin, token });
    await before.ready;
    await until(async () => (await bookings.book(client)) && before.seen.length > 0, 10_000, 'an event has come', 200);
    await before.stop();
    const left = performance.now();
    // Each booking is confirmed, so that there is an order to be kept.
    const load = startLoad(8, async () => {
      const answer = await bookings.book(client);
      await client.ask({ query: confirm, variables: { id: answer.data?.bookAppointment?.id }, token });
      return answer;
    });
    await until(() => load.answers.length >= events / 2, 60_000, 'the events have happened');
    await until(() => performance.now() - left > (stage.quick ? 2_000 : 10_000), 60_000, 'ten seconds have passed');
    // Events go on while the subscriber catches up.
    const after = new Subscriber({ origin: () => origin, token, after: before.after });
    after.seen.push(...before.seen);
    await after.ready;
    await load.stop();
    const [row] = await stage.cluster.query<{ count: string }>('select count(*) from outbox');
    await until(() => after.seen.length >= Number(row!.count), 20_000, 'the subscriber has caught up').catch(() => {});
    const findings = [...(await missed(stage, after)), exactly('events out of order', outOfOrder(after), 0)];
    await after.stop();
    await forget(
      stage,
      before.seen.map(({ appointmentId }) => appointmentId),
    );
    const late = new Subscriber({ origin: () => origin, token, after: before.after });
    await until(() => late.refusals.length > 0, 10_000, 'a refusal has come').catch(() => {});
    await late.stop();
    return [
      ...findings,
      holds('a cursor that is too old is answered with RESYNC', late.refusals[0] === 'RESYNC', late.refusals.join()),
    ];
  },
};

/** Removes all that is known of the first appointments, as retention does once: a cursor of theirs has nothing to go on from. */
async function forget({ cluster }: Stage, ids: readonly string[]): Promise<void> {
  for (const statement of [
    'delete from event_handling where subject_id = any($1)',
    'delete from outbox where subject_id = any($1)',
    'delete from appointment where id = any($1)',
  ])
    await cluster.query(statement, [ids]);
}

/** Changes of one appointment that came before an earlier one of it. */
function outOfOrder({ seen }: Subscriber): number {
  const booked = new Set<string>();
  return seen.filter(({ change, appointmentId }) => {
    if (change === 'BOOKED') booked.add(appointmentId);
    return change !== 'BOOKED' && !booked.has(appointmentId);
  }).length;
}
