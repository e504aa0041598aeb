import type { Plugin } from 'clinic-rapport';
import { startChild } from '../child.ts';
import { median } from '../ratios.ts';
import type { Report } from '../report.ts';
import { mailDatabase, queueAll } from './data.ts';
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
    const measured: { rate: number; cpu: number }[] = [];
    for (let round = 0; round <= rounds; round++) {
      onProgress(round === 0 ? 'Warming up' : `Mails, round ${round} of ${rounds}`);
      const theirs = await sender.ask<Sent>({ way: 'nodemailer', count: mails, raw } satisfies Ask);
      await queueAll(databaseUrl);
      const before = await sink.ask<{ taken: number }>({});
      const ours = await sender.ask<Sent>({ way: 'rapport' } satisfies Ask);
      const taken = (await sink.ask<{ taken: number }>({})).taken - before.taken;
      if (taken !== mails) throw new Error(`${taken} of ${mails} mails arrived.`);
      if (round > 0) measured.push({ rate: theirs.seconds / ours.seconds, cpu: ours.cpu / theirs.cpu });
    }
    return {
      vsNodemailer: median(measured.map(({ rate }) => rate)),
      cpuVsNodemailer: median(measured.map(({ cpu }) => cpu)),
    };
  } finally {
    await Promise.all([sender.stop(), sink.stop()]);
  }
}
