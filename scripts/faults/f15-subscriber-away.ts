import { systemActor } from '../../api/platform.ts';
import { forgetEvents } from '../../api/upkeep/forgetting.ts';
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
    await forget(stage, clinic.id);
    const late = new Subscriber({ origin: () => origin, token, after: before.after });
    await until(() => late.refusals.length > 0, 10_000, 'a refusal has come').catch(() => {});
    await late.stop();
    return [
      ...findings,
      holds('a cursor that is too old is answered with RESYNC', late.refusals[0] === 'RESYNC', late.refusals.join()),
    ];
  },
};

/** The oldest fifty events are forgotten, as upkeep does it after its time; and then all that was of their appointments. */
async function forget({ app, cluster }: Stage, clinicId: string): Promise<void> {
  const old = await cluster.query<{ id: string; at: Date }>(
    'select subject_id as id, created_at as at from outbox order by created_at limit 50',
  );
  // Nobody works here, so handlers still have something to do with them.
  await cluster.query('delete from event_handling');
  const { platform } = await app();
  const context = await platform.contextFor({ clinicId, actor: systemActor('system', 'faults') });
  await context.transaction(() => forgetEvents(old.at(-1)!.at, context));
  const ids = old.map(({ id }) => id);
  await cluster.query('delete from outbox where subject_id = any($1)', [ids]);
  await cluster.query('delete from appointment where id = any($1)', [ids]);
}

/** Changes of one appointment that came before an earlier one of it. */
function outOfOrder({ seen }: Subscriber): number {
  const booked = new Set<string>();
  return seen.filter(({ change, appointmentId }) => {
    if (change === 'BOOKED') booked.add(appointmentId);
    return change !== 'BOOKED' && !booked.has(appointmentId);
  }).length;
}
