import { Bookings } from './bookings.ts';
import { startLoad, summary } from './load.ts';
import { atMost, exactly, none, percentile, type Scenario } from './scenario.ts';
import { until } from './stage.ts';
import { strange } from './f3-database-crashed.ts';
import { Subscriber } from './subscriber.ts';

const subscribers = 10;

/** Events reach subscribers of another process, and its end harms nobody else. */
export const twoNodes: Scenario = {
  id: 'F16',
  fault: 'two API processes, subscribers at one and bookings at the other; then kill -9 of the other',
  async run(stage) {
    const clinic = await stage.plant({ slug: 'f16' });
    const [near, far] = await Promise.all([stage.serve(), stage.serve()]);
    const bookings = new Bookings(clinic);
    const all = Array.from(
      { length: subscribers },
      () => new Subscriber({ origin: () => near.origin, token: clinic.tokens.owner }),
    );
    await Promise.all(all.map(({ ready }) => ready));
    const isEverywhere = (): boolean => all.every(({ seen }) => seen.length > 0);
    await until(async () => (await bookings.book(far.client)) && isEverywhere(), 10_000, 'an event has come', 200);
    const asked = new Map<string, number>();
    const book = (client: typeof far.client) => async () => {
      const answer = await bookings.book(client);
      const id = answer.data?.bookAppointment?.id;
      if (id) asked.set(id, answer.at + answer.took);
      return answer;
    };
    const elsewhere = startLoad(4, book(far.client), 20);
    await new Promise(resolve => setTimeout(resolve, stage.quick ? 2_000 : 10_000));
    const told = await elsewhere.stop();
    const here = startLoad(4, book(near.client), 20);
    await new Promise(resolve => setTimeout(resolve, 500));
    await far.process.end('SIGKILL');
    await new Promise(resolve => setTimeout(resolve, 3_000));
    const kept = await here.stop();
    stage.tell(`far: ${summary(told)}; near: ${summary(kept)}`);
    const complete = (): boolean =>
      all.every(({ seen }) => new Set(seen.map(({ appointmentId }) => appointmentId)).size >= asked.size);
    await until(complete, 5_000, 'all have all').catch(() => {});
    const late = all.flatMap(({ seen }) =>
      seen.flatMap(({ appointmentId, at }) => (asked.has(appointmentId) ? [at - asked.get(appointmentId)!] : [])),
    );
    const got = all.map(({ seen }) => seen.filter(({ appointmentId }) => asked.has(appointmentId)).length);
    const findings = [
      none('bookings that failed', strange([...told, ...kept], [])),
      exactly(
        'events not delivered',
        got.reduce((sum, count) => sum + asked.size - count, 0),
        0,
      ),
      atMost('p99 from the answer to the event', percentile(late, 0.99), 250, 'ms'),
      exactly(
        'connections that the survivor’s subscribers lost',
        all.reduce((sum, { losses }) => sum + losses, 0),
        0,
      ),
    ];
    await Promise.all(all.map(each => each.stop()));
    return findings;
  },
};
