import { WebSocket } from 'ws';
import { createUser } from '../../api/database/clinic.ts';
import { Bookings } from './bookings.ts';
import type { Clinic } from './clinic.ts';
import { startLoad } from './load.ts';
import { atLeast, atMost, exactly, none, percentile, type Scenario } from './scenario.ts';
import { until, type Stage } from './stage.ts';

/** Sockets that one credential may have. */
const perUser = 100;
const light = 'subscription { appointmentChanged { cursor } }';
/** Long, so that what nobody reads soon fills what the two systems keep for a socket, and then what we keep. */
const heavy = `subscription { appointmentChanged { cursor appointment { ${Array.from({ length: 10 }, (_, n) => `n${n}: note`).join(' ')} } } }`;

/** Many sockets follow one clinic, and some of their clients do not read: these are told to come again, and nobody else notices. */
export const slowSubscribers: Scenario = {
  id: 'F17',
  fault: '1,000 sockets follow a clinic, and 50 of their clients stop to read while it books',
  async run(stage) {
    const { quick, tell } = stage;
    const [sockets, stalled, wanted] = quick ? [200, 10, 400] : [1_000, 50, 600];
    const clinic = await stage.plant({ slug: 'f17', practitioners: 50 });
    const { origin, client, process } = await stage.serve();
    const tokens = await tokensOf(stage, clinic, Math.ceil(sockets / perUser));
    const before = process.memory();
    const all = Array.from(
      { length: sockets },
      (_, n) => new Follower(origin, tokens[n % tokens.length]!, n < stalled ? heavy : light),
    );
    stage.onEnd(() => all.forEach(({ socket }) => socket.terminate()));
    await until(() => all.every(({ isReady }) => isReady), 60_000, 'all sockets are open');
    const [slow, others] = [all.slice(0, stalled), all.slice(stalled)];
    const bookings = new Bookings(clinic);
    await until(
      async () => (await bookings.book(client)) && all.every(({ seen }) => seen > 0),
      60_000,
      'all follow',
      500,
    );
    const first = bookings.made.size;
    all.forEach(each => (each.seen = 0));
    const opened = process.memory();
    slow.forEach(({ socket }) => socket.pause());
    const note = '診'.repeat(2_000);
    const load = startLoad(4, () => bookings.book(client, bookings.next(), { note }));
    let highest = opened;
    const look = (): boolean => ((highest = Math.max(highest, process.memory())), bookings.made.size >= first + wanted);
    await until(look, 180_000, 'the clinic has booked', 100);
    const answers = await load.stop();
    const made = bookings.made.size - first;
    await until(() => others.every(({ seen }) => seen >= made), 30_000, 'the others have all').catch(() => {});
    slow.forEach(({ socket }) => socket.resume());
    await until(() => slow.every(({ code }) => code !== undefined), 40_000, 'the slow ones are cut').catch(() => {});
    tell(`${made} bookings; the slow ones were closed with ${[...new Set(slow.map(({ code }) => code))].join()}`);
    const took = answers.map(each => each.took);
    const failed = answers.flatMap(({ codes }) => codes);
    return [
      none('bookings that failed', failed),
      atLeast('bookings', made, wanted),
      atMost('memory of an open socket', (opened - before) / sockets / 1_024, 100, 'kB'),
      atMost('growth of memory while some do not read', (highest - opened) / 2 ** 20, 2 * stalled + 150, 'MB'),
      exactly('slow readers that were not told to come again', slow.filter(({ code }) => code === undefined).length, 0),
      exactly('sockets of others that were lost', others.filter(({ code }) => code !== undefined).length, 0),
      exactly('others that missed an event', others.filter(({ seen }) => seen < made).length, 0),
      atMost('p99 of a booking meanwhile', percentile(took, 0.99), 2_000, 'ms'),
    ];
  },
};

async function tokensOf({ cluster, issuer }: Stage, { id, slug }: Clinic, count: number): Promise<string[]> {
  const tokens: string[] = [];
  for (let n = 0; n < count; n++) {
    const subject = `faults|${slug}|follower-${n}`;
    await createUser(cluster.url, id, { subject, name: 'follower', locale: 'en', roles: [{ role: 'owner' }] });
    tokens.push(await issuer.issue({ subject }));
  }
  return tokens;
}

/** A client that follows appointments, and counts what it is told. */
class Follower {
  readonly socket: WebSocket;
  isReady = false;
  seen = 0;
  /** With which its socket was closed. */
  code: number | undefined;

  constructor(origin: string, token: string, query: string) {
    this.socket = new WebSocket(`${origin.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    const say = (message: object): void => this.socket.send(JSON.stringify(message));
    this.socket
      .on('open', () => say({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }))
      .on('error', () => {})
      .on('close', code => (this.code = code))
      .on('message', (data: Buffer) => {
        const head = data.toString('latin1', 0, 60);
        if (head.includes('"connection_ack"')) {
          say({ id: '1', type: 'subscribe', payload: { query } });
          this.isReady = true;
        } else if (head.includes('"next"')) this.seen += 1;
      });
  }
}
