import type { Clinic } from './clinic.ts';
import { freePort } from './cluster.ts';
import { reading } from './bookings.ts';
import { strange } from './f3-database-crashed.ts';
import { hasHaproxy, startHaproxy } from './haproxy.ts';
import { Client, startLoad, summary, type Answer } from './load.ts';
import { mailsSettled, workSettled } from './mails.ts';
import type { Process } from './processes.ts';
import { atLeast, atMost, exactly, none, notPossible, type Scenario } from './scenario.ts';
import { until, type Stage } from './stage.ts';
import { Subscriber } from './subscriber.ts';

const book = `mutation Book($input: BookAppointmentInput!) { bookAppointment(input: $input) { id version } }`;
const settings = `mutation { updateSettings(input: { recall: { reminderOffsets: ["PT10M"] } }) { recall { reminderOffsets } } }`;
/** Seconds from a booking to its reminder, which is sent ten minutes before the appointment. */
const untilReminder = 15;

/** Everything is restarted, one process after the other, while people book; nobody notices. */
export const rollingRestart: Scenario = {
  id: 'F2',
  fault:
    'SIGTERM and a new start of two API processes behind HAProxy and of two workers, one after the other, while the main job runs',
  async run(stage) {
    if (!hasHaproxy()) return [notPossible('haproxy is not installed')];
    const clinic = await stage.plant({ slug: 'f2', practitioners: 1_500, patients: 200 });
    const ports = [await freePort(), await freePort()];
    const env = { DRAIN_SECONDS: '3', PROXIES: '1' };
    const apis: Process[] = [];
    for (const port of ports) apis.push((await stage.serve({ port, env })).process);
    const workers = [await stage.work(), await stage.work()];
    const origin = await startHaproxy(stage, ports);
    const client = new Client(origin);
    stage.onEnd(() => client.close());
    await client.ask({ query: settings, token: clinic.tokens.owner });
    const subscriber = new Subscriber({ origin: () => origin, token: clinic.tokens.owner });
    await subscriber.ready;
    const job = new MainJob(clinic, client);
    await until(async () => (await job.book()) && subscriber.seen.length > 0, 10_000, 'an event has come', 200);
    const writes = startLoad(2, () => job.book(), 250);
    const reads = startLoad(3, () => client.ask(reading(clinic)), 20);
    const drained: number[] = [];
    const restart = async (old: Process, start: () => Promise<unknown>): Promise<void> => {
      drained.push((await old.end('SIGTERM')).took / 1_000);
      await start();
      // The balancer has to find it.
      await new Promise(resolve => setTimeout(resolve, 1_000));
    };
    await new Promise(resolve => setTimeout(resolve, 2_000));
    for (const [at, port] of ports.entries()) {
      await restart(apis[at]!, () => stage.serve({ port, env }));
      await restart(workers[at]!, () => stage.work());
    }
    await new Promise(resolve => setTimeout(resolve, 2_000));
    const answers = [...(await writes.stop()), ...(await reads.stop())];
    stage.tell(`${summary(answers)}; drained in ${drained.map(took => took.toFixed(1)).join(', ')} s`);
    await until(() => subscriber.seen.length >= job.made.size, 10_000, 'the subscriber has caught up').catch(() => {});
    await new Promise(resolve => setTimeout(resolve, untilReminder * 1_000));
    await workSettled(stage);
    await mailsSettled(stage);
    const seen = new Set(subscriber.seen.map(({ appointmentId }) => appointmentId));
    const findings = [
      atLeast('bookings made', job.made.size, 100),
      none('requests that failed', strange(answers, [])),
      ...(await mailsOf(stage, job)),
      exactly('events that the subscriber missed', [...job.made].filter(id => !seen.has(id)).length, 0),
      exactly('events that the subscriber got twice', subscriber.doubles, 0),
      atMost('the longest end of a process', Math.max(...drained), 10, 's'),
      none('ends of processes with an error', stage.processes.lines(/Cannot|does not|"level":(50|60)/)),
    ];
    await subscriber.stop();
    return findings;
  },
};

/** Book, be written to, be told of, be reminded. */
class MainJob {
  readonly made = new Set<string>();
  readonly #clinic: Clinic;
  readonly #client: Client;
  #count = 0;

  constructor(clinic: Clinic, client: Client) {
    this.#clinic = clinic;
    this.#client = client;
  }

  async book(): Promise<Answer> {
    const { practitionerIds, patientIds, serviceId, tokens } = this.#clinic;
    const number = this.#count++;
    const input = {
      serviceId,
      practitionerId: practitionerIds[number % practitionerIds.length],
      patientId: patientIds[number % patientIds.length],
      startsAt: new Date(Date.now() + (600 + untilReminder) * 1_000).toISOString(),
      idempotencyKey: `f2-${number}`,
    };
    const answer = await this.#client.ask({ query: book, variables: { input }, token: tokens.owner });
    const { bookAppointment: made } = (answer.data ?? {}) as { bookAppointment?: { id: string } };
    if (made) this.made.add(made.id);
    return answer;
  }
}

async function mailsOf({ cluster, sink }: Stage, { made }: MainJob) {
  const rows = await cluster.query<{ mail: string; message_id: string }>('select mail, message_id from delivery');
  return ['recall.booked', 'recall.reminder'].flatMap(mail => {
    const copies = rows.filter(row => row.mail === mail).map(({ message_id }) => sink.received.get(message_id) ?? 0);
    const [came, doubled] = [copies.filter(count => count > 0).length, copies.filter(count => count > 1).length];
    return [exactly(`mails '${mail}' lost`, made.size - came, 0), exactly(`mails '${mail}' doubled`, doubled, 0)];
  });
}
