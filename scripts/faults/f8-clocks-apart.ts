import { fileURLToPath } from 'node:url';
import type { Clinic } from './clinic.ts';
import { doublesOf, mailsSettled, plantMails, sentMails, workSettled } from './mails.ts';
import { atLeast, atMost, exactly, ownPlugin, type Finding, type Scenario } from './scenario.ts';
import { until, type Api, type Stage } from './stage.ts';

const apart = 300_000;
const hour = 3_600_000;
const book = `mutation ($input: BookAppointmentInput!) { bookAppointment(input: $input) { id } }`;

/** The machines of two workers disagree by ten minutes: each reminder comes once and in time, and nobody takes a lease too early. */
export const clocksApart: Scenario = {
  id: 'F8',
  fault:
    'of two workers one has a clock five minutes fast and one five minutes slow, while reminders fall due and a campaign goes out',
  plugins: [ownPlugin('notices')],
  waits: true,
  async run(stage) {
    const { sink, quick } = stage;
    const [reminded, letters] = quick ? [20, 60] : [60, 600];
    const clinic = await stage.plant({ slug: 'f8', patients: letters, practitioners: reminded });
    const api = await stage.serve({ env: wrongBy(apart) });
    await stage.work({ name: 'work fast', env: wrongBy(apart) });
    await stage.work({ name: 'work slow', env: wrongBy(-apart) });
    // Both have some of it under way for longer than a lease would last if the clocks counted.
    Object.assign(sink, { mode: 'slow', pause: 250 });
    await bookSoon(stage, clinic, api, reminded);
    await workSettled(stage);
    stage.tell('reminders are planned');
    await plantMails(stage, clinic, 'notices.campaign', letters);
    const due = `mail = 'recall.reminder' and due_at < now() + interval '10 minutes'`;
    await until(async () => (await open(stage, due)) === 0, 180_000, 'the reminders are sent');
    await mailsSettled(stage);
    return [...(await ofReminders(stage, due, reminded)), ...(await ofCampaign(stage))];
  },
};

const wrongBy = (milliseconds: number): Record<string, string> => ({
  NODE_OPTIONS: `--import=${fileURLToPath(new URL('./skew.ts', import.meta.url))}`,
  CLOCK_SKEW: String(milliseconds),
});

/** Appointments in an hour and some seconds: their last reminder is due in these seconds. */
async function bookSoon({ tell }: Stage, clinic: Clinic, { client }: Api, count: number): Promise<void> {
  const begun = Date.now();
  for (let n = 0; n < count; n++) {
    const startsAt = new Date(begun + hour + 40_000 + n * 500).toISOString();
    const { serviceId, tokens } = clinic;
    const input = { startsAt, serviceId, practitionerId: clinic.practitionerIds[n], patientId: clinic.patientIds[n] };
    const { codes } = await client.ask({ query: book, variables: { input }, token: tokens.owner });
    if (codes.length > 0) throw new Error(`A booking was answered with ${codes.join()}.`);
  }
  tell(`${count} appointments are booked`);
}

async function open({ cluster }: Stage, which: string): Promise<number> {
  const [row] = await cluster.query<{ open: number }>(
    `select count(*)::int as open from delivery where ${which} and state in ('queued', 'claimed', 'sending')`,
  );
  return row!.open;
}

async function ofReminders({ cluster, sink }: Stage, due: string, count: number): Promise<Finding[]> {
  const rows = await cluster.query<{ message_id: string; due_at: Date }>(
    `select message_id, due_at from delivery where ${due}`,
  );
  const off = rows.flatMap(({ message_id, due_at }) =>
    sink.arrivals
      .filter(({ messageId }) => messageId === message_id)
      .map(({ at }) => (performance.timeOrigin + at - due_at.getTime()) / 1_000),
  );
  return [
    exactly('reminders that fell due', rows.length, count),
    exactly('reminders that came', off.length, count),
    atLeast('the earliest came after its time by', Math.min(...off), 0, 's'),
    atMost('the latest came after its time by', Math.max(...off), 60, 's'),
  ];
}

async function ofCampaign(stage: Stage): Promise<Finding[]> {
  const letters = await sentMails(stage, `stream = 'marketing'`);
  return [
    exactly('letters of the campaign not sent', letters.filter(({ state }) => state !== 'sent').length, 0),
    exactly('letters doubled', doublesOf(letters), 0),
  ];
}
