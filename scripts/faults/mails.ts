import { setTimeout as wait } from 'node:timers/promises';
import type { Mail } from 'clinic-rapport';
import { lease } from '../../api/mail/claim.ts';
import { systemActor } from '../../api/platform.ts';
import type { Clinic } from './clinic.ts';
import type { Stage } from './stage.ts';

/** Records so many mails of a plugin of this room, round all patients of the clinic, due now. */
export async function plantMails(stage: Stage, clinic: Clinic, name: string, count: number): Promise<void> {
  const { platform } = await stage.app();
  const mail = platform.plugins.flatMap(({ mails = [] }) => mails).find(each => each.name === name) as Mail<object>;
  const context = await platform.contextFor({ clinicId: clinic.id, actor: systemActor('system', 'faults') });
  const { patientIds } = clinic;
  for (let from = 0; from < count; from += 1_000) {
    await context.transaction(async () => {
      for (let number = from; number < Math.min(count, from + 1_000); number++) {
        await context.send(mail, { patientId: patientIds[number % patientIds.length]! }, { number });
      }
    });
  }
}

export interface Sent {
  readonly stream: 'transactional' | 'marketing';
  readonly state: string;
  readonly attempts: number;
  readonly copies: number;
}

/** Each delivery, and how many copies of it came. */
export async function sentMails({ cluster, sink }: Stage, where = 'true'): Promise<Sent[]> {
  const rows = await cluster.query<{ stream: Sent['stream']; state: string; attempts: number; message_id: string }>(
    `select stream, state, attempts, message_id from delivery where ${where}`,
  );
  return rows.map(({ message_id, ...row }) => ({ ...row, copies: sink.received.get(message_id) ?? 0 }));
}

export const doublesOf = (mails: readonly Sent[]): number =>
  mails.reduce((sum, { copies }) => sum + Math.max(0, copies - 1), 0);

/** Waits until no due mail is waiting or under way. */
export const mailsSettled = (stage: Stage): Promise<void> =>
  emptied(
    stage,
    `select count(*)::int as open from delivery where state in ('claimed', 'sending') or state = 'queued' and due_at <= now()`,
  );

/** Waits until no event or job that is due waits. */
export const workSettled = (stage: Stage): Promise<void> =>
  emptied(
    stage,
    `select ((select count(*) from event_handling where state <> 'dead')
       + (select count(*) from job where state = 'running' or state = 'waiting' and due_at <= now()))::int as open`,
  );

/** Milliseconds without any progress: a claim whose owner is gone ends with its lease, and is done after that. */
const patience = lease + 60_000;

/** However long it takes on a slow machine, as long as it goes on. */
async function emptied({ cluster }: Stage, query: string): Promise<void> {
  let fewest = Number.POSITIVE_INFINITY;
  for (let progressed = performance.now(); fewest > 0; await wait(250)) {
    const [row] = await cluster.query<{ open: number }>(query);
    if (row!.open < fewest) progressed = performance.now();
    fewest = Math.min(fewest, row!.open);
    if (performance.now() - progressed > patience) throw new Error(`${row!.open} things stay undone.`);
  }
}
