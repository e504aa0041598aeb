import pg from 'pg';
import { Bookings } from './bookings.ts';
import type { Clinic } from './clinic.ts';
import { summary, type Answer } from './load.ts';
import { exactly, holds, none, type Scenario } from './scenario.ts';
import { until, type Stage } from './stage.ts';

const clients = 50;

/** One key, fifty callers, and the first one's connection to the database is cut while it is at work. */
export const oneKey: Scenario = {
  id: 'F11',
  fault:
    'one idempotency key asked 50 times at once, while the connection of the first is cut; then with another input',
  async run(stage) {
    const clinic = await stage.plant({ slug: 'f11' });
    const { client } = await stage.serve();
    const bookings = new Bookings(clinic);
    await bookings.book(client);
    const time = bookings.next();
    const held = await holdTime(stage, time.practitionerId);
    const asked = Promise.all(Array.from({ length: clients }, () => bookings.book(client, time)));
    const killed = await killFirst(stage);
    await held.end();
    const answers = await asked;
    stage.tell(summary(answers));
    const again = await bookings.book(client, time);
    const other = await bookings.book(client, time, { note: 'another input' });
    return [
      exactly('connections cut while they were at work', killed, 1),
      exactly('appointments made', await countOf(stage, clinic, time.practitionerId, time.startsAt), 1),
      exactly('ids that callers were told', new Set([...answers, again].flatMap(idOf)).size, 1),
      none(
        'answers that were neither right nor retryable',
        answers.filter(({ codes }) => codes.some(code => code !== 'STORAGE_UNAVAILABLE')).map(({ text }) => text),
      ),
      holds('who was cut off and asks again gets the same', idOf(again).length === 1, summary([again])),
      holds('another input is refused', other.codes[0] === 'IDEMPOTENCY_KEY_REUSED', summary([other])),
    ];
  },
};

const idOf = ({ data }: Answer): string[] => {
  const { bookAppointment: made } = (data ?? {}) as { bookAppointment?: { id: string } };
  return made ? [made.id] : [];
};

/** Whoever books a time of the practitioner now waits at work, until this connection ends. */
async function holdTime({ cluster }: Stage, practitionerId: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: cluster.url });
  await client.connect();
  await client.query('begin');
  await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [practitionerId]);
  return client;
}

/** The one that has the key is the one that waits for the time; the others wait for the key. */
async function killFirst({ cluster }: Stage): Promise<number> {
  const waiting = `select pid from pg_stat_activity where application_name = 'rapport app' and wait_event_type = 'Lock' and wait_event = 'advisory'`;
  await until(async () => (await cluster.query(waiting)).length > 0, 10_000, 'someone is at work', 50);
  await new Promise(resolve => setTimeout(resolve, 500));
  return (await cluster.query(`select pg_terminate_backend(pid) from (${waiting} limit 1) first`)).length;
}

async function countOf({ cluster }: Stage, { id }: Clinic, practitionerId: string, startsAt: string): Promise<number> {
  const [row] = await cluster.query<{ count: string }>(
    'select count(*) from appointment where clinic_id = $1 and practitioner_id = $2 and starts_at = $3',
    [id, practitionerId, startsAt],
  );
  return Number(row!.count);
}
