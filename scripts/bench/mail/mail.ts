import type { Plugin } from 'clinic-rapport';
import { startChild } from '../child.ts';
import { median } from '../ratios.ts';
import type { Report } from '../report.ts';
import { mailDatabase, queueAll, somePatients } from './data.ts';
import type { Ask } from './sender.ts';

export interface MailOptions {
  cluster: string;
  plugins: readonly Plugin[];
  rounds: number;
  /** Of a round. */
  mails: number;
  onProgress(step: string): void;
}

interface Sent {
  seconds: number;
  cpu: number;
}

interface Measured {
  rate: number;
  cpu: number;
  /** By how much longer it takes with the gate and the scan. */
  guards: number;
  /** By how much more CPU a mutation takes with the audit. */
  audit: number;
}

/** About as long as a reminder is on the wire. */
const raw = `Subject: raw\r\nContent-Type: text/plain\r\n\r\n${`${'x'.repeat(76)}\r\n`.repeat(260)}`;

/**
 * Mails a second from a queue in the database to a mail server, against nodemailer that is given finished messages. Both
 * in one process, in rounds that take turns, over as many connections to the same server.
 */
export async function benchMail(options: MailOptions): Promise<NonNullable<Report['mail']>> {
  const { cluster, plugins, rounds, mails, onProgress } = options;
  onProgress(`Planning ${mails} reminders`);
  const databaseUrl = await mailDatabase(cluster, plugins, mails);
  const sink = await startChild('sink', { file: 'mail/sink.js', databaseUrl, core: 1 });
  const sender = await startChild('sender', {
    file: 'mail/sender.js',
    databaseUrl,
    args: [`smtp://127.0.0.1:${sink.port}`],
  });
  try {
    const measured: Measured[] = [];
    const patients = await somePatients(databaseUrl);
    for (let round = 0; round <= rounds; round++) {
      onProgress(round === 0 ? 'Warming up' : `Mails, round ${round} of ${rounds}`);
      const theirs = await sender.ask<Sent>({ way: 'nodemailer', count: mails, raw } satisfies Ask);
      const send = async (way: 'rapport' | 'unguarded'): Promise<Sent> => {
        await queueAll(databaseUrl);
        const before = await sink.ask<{ taken: number }>({});
        const sent = await sender.ask<Sent>({ way } satisfies Ask);
        const taken = (await sink.ask<{ taken: number }>({})).taken - before.taken;
        if (taken !== mails) throw new Error(`${taken} of ${mails} mails arrived.`);
        return sent;
      };
      const change = (way: 'audited' | 'unaudited'): Promise<Sent> =>
        sender.ask<Sent>({ way, count: mails / 2, ...patients } satisfies Ask);
      // Which of two is first alternates: the machine grows slower, or faster, within a round too.
      const first = round % 2 === 0;
      const [bare, ours] = first
        ? [await send('unguarded'), await send('rapport')]
        : await send('rapport').then(async sent => [await send('unguarded'), sent] as const);
      const [silent, written] = first
        ? [await change('unaudited'), await change('audited')]
        : await change('audited').then(async done => [await change('unaudited'), done] as const);
      if (round > 0)
        measured.push({
          rate: theirs.seconds / ours.seconds,
          cpu: ours.cpu / theirs.cpu,
          guards: ours.seconds / bare.seconds - 1,
          audit: written.cpu / silent.cpu - 1,
        });
    }
    return {
      vsNodemailer: median(measured.map(({ rate }) => rate)),
      cpuVsNodemailer: median(measured.map(({ cpu }) => cpu)),
      guards: median(measured.map(({ guards }) => guards)),
      audit: median(measured.map(({ audit }) => audit)),
    };
  } finally {
    await Promise.all([sender.stop(), sink.stop()]);
  }
}
