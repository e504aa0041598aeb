import { Bookings, reading } from './bookings.ts';
import { lost, missed, strange } from './f3-database-crashed.ts';
import { startLoad, summary } from './load.ts';
import { doublesOf, mailsSettled, sentMails, workSettled } from './mails.ts';
import { atLeast, exactly, none, type Scenario } from './scenario.ts';
import { until } from './stage.ts';
import { Subscriber } from './subscriber.ts';

/** Connections break one after the other, whatever is under way on them; clients ask again under the same key. */
export const backendsTerminated: Scenario = {
  id: 'F4',
  fault: 'pg_terminate_backend of a random connection of ours, once a second for 60 s, under load',
  async run(stage) {
    const { cluster } = stage;
    const clinic = await stage.plant({ slug: 'f4' });
    const api = await stage.serve();
    await stage.work();
    const bookings = new Bookings(clinic);
    const subscriber = new Subscriber({ origin: () => api.origin, token: clinic.tokens.owner });
    await subscriber.ready;
    await until(
      async () => (await bookings.book(api.client)) && subscriber.seen.length > 0,
      10_000,
      'an event has come',
      200,
    );
    const writes = startLoad(6, () => bookings.bookSurely(api.client), 10);
    const reads = startLoad(4, () => api.client.ask(reading(clinic)), 10);
    let killed = 0;
    for (let second = 0; second < (stage.quick ? 10 : 60); second++) {
      await new Promise(resolve => setTimeout(resolve, 1_000));
      const rows = await cluster.query(`select pg_terminate_backend(pid) from pg_stat_activity
        where application_name like 'rapport%' and pid <> pg_backend_pid() order by random() limit 1`);
      killed += rows.length;
    }
    const booked = await writes.stop();
    const read = await reads.stop();
    stage.tell(`booking: ${summary(booked)}; reading: ${summary(read)}`);
    await until(() => subscriber.seen.length >= bookings.made.size, 10_000, 'the subscriber has caught up').catch(
      () => {},
    );
    await workSettled(stage);
    await mailsSettled(stage);
    const [row] = await cluster.query<{ count: string }>('select count(*) from appointment');
    const findings = [
      atLeast('connections broken', killed, stage.quick ? 9 : 59),
      atLeast('bookings told to clients', bookings.made.size, 100),
      none('bookings that a careful client did not get', strange(booked, [])),
      none('reads that were neither right nor retryable', strange(read)),
      ...(await lost(stage, bookings)),
      exactly('appointments beside those told', Number(row!.count) - bookings.made.size, 0),
      ...(await missed(stage, subscriber)),
      exactly('confirmation mails doubled', doublesOf(await sentMails(stage)), 0),
    ];
    await subscriber.stop();
    return findings;
  },
};
