import type { Plugin } from 'clinic-rapport';
import { startChild, type Child } from '../child.ts';
import { median } from '../ratios.ts';
import type { Report } from '../report.ts';
import { spent, type Spent } from '../spent.ts';
import { databaseName, mailDatabase, mails as names, queueAll, somePatients, type MailKind } from './data.ts';
import { benchAudit } from './audit.ts';
import { withOffers } from './offer.ts';
import type { Ask } from './sender.ts';

export interface MailOptions {
  cluster: string;
  plugins: readonly Plugin[];
  rounds: number;
  /** Of a round. */
  mails: number;
  onProgress(step: string): void;
}

type Round = Record<'nodemailer', Spent> & Record<MailKind, Record<'guarded' | 'unguarded', Spent>>;

/** About as long as a reminder is on the wire. */
const raw = `Subject: raw\r\nContent-Type: text/plain\r\n\r\n${`${'x'.repeat(76)}\r\n`.repeat(260)}`;
const kinds = Object.keys(names) as MailKind[];

/** What mails cost, and what the audit costs a mutation in the same database. */
export async function benchMail(options: MailOptions): Promise<NonNullable<Report['mail']>> {
  const { cluster, plugins, rounds, mails, onProgress } = options;
  onProgress(`Planning ${mails} reminders`);
  const databaseUrl = await mailDatabase(cluster, withOffers(plugins), mails);
  const sent = await benchSending(databaseUrl, options);
  const audit = await benchAudit({ databaseUrl, patientIds: await somePatients(databaseUrl), rounds, onProgress });
  return { ...sent, audit };
}

/**
 * Mails a second from a queue in the database to a mail server, against nodemailer that is given finished messages, and against
 * the same without gate and scan. All in one process, in rounds that take turns, over as many connections to the same server.
 */
export async function benchSending(
  databaseUrl: string,
  { rounds, mails, onProgress }: Pick<MailOptions, 'rounds' | 'mails' | 'onProgress'>,
): Promise<Omit<NonNullable<Report['mail']>, 'audit'>> {
  const sink = await startChild('sink', { file: 'mail/sink.js', databaseUrl, core: 1 });
  const args = [`smtp://127.0.0.1:${sink.port}`];
  const sender = await startChild('sender', { file: 'mail/sender.js', databaseUrl, args });
  const measured: Round[] = [];
  try {
    for (let round = 0; round <= rounds; round++) {
      onProgress(round === 0 ? 'Warming up' : `Mails, round ${round} of ${rounds}`);
      const one = await roundOf(round, { databaseUrl, sink, sender, mails });
      if (round > 0) measured.push(one);
    }
  } finally {
    await Promise.all([sender.stop(), sink.stop()]);
  }
  return ratiosOf(measured);
}

interface RoundOptions {
  databaseUrl: string;
  sink: Child;
  sender: Child;
  mails: number;
}

async function roundOf(number: number, { databaseUrl, sink, sender, mails }: RoundOptions): Promise<Round> {
  const send = async (kind: MailKind, way: 'guarded' | 'unguarded'): Promise<Spent> => {
    await queueAll(databaseUrl, kind);
    const before = await sink.ask<{ taken: number }>({});
    const sent = await spent(sender, databaseName, () => sender.ask({ way } satisfies Ask));
    const taken = (await sink.ask<{ taken: number }>({})).taken - before.taken;
    if (taken !== mails) throw new Error(`${taken} of ${mails} mails arrived.`);
    return sent;
  };
  const nodemailer = await spent(sender, databaseName, () =>
    sender.ask({ way: 'nodemailer', count: mails, raw } satisfies Ask),
  );
  // Which of two is first alternates: the machine grows slower, or faster, within a round too.
  const inTurn = number % 2 === 0 ? (['guarded', 'unguarded'] as const) : (['unguarded', 'guarded'] as const);
  const result: Partial<Round> = { nodemailer };
  for (const kind of kinds) {
    const sent: Partial<Round[MailKind]> = {};
    for (const way of inTurn) sent[way] = await send(kind, way);
    result[kind] = sent as Round[MailKind];
  }
  return result as Round;
}

function ratiosOf(rounds: readonly Round[]): Omit<NonNullable<Report['mail']>, 'audit'> {
  const of = (ratio: (round: Round) => number): number => median(rounds.map(ratio));
  const guards = (kind: MailKind): { rate: number; cpu: number } => ({
    // Of 100 mails a second without, so many less.
    rate: of(({ [kind]: { guarded, unguarded } }) => 1 - unguarded.seconds / guarded.seconds),
    cpu: of(({ [kind]: { guarded, unguarded } }) => guarded.allCpu / unguarded.allCpu - 1),
  });
  return {
    vsNodemailer: of(({ nodemailer, reminder }) => nodemailer.seconds / reminder.guarded.seconds),
    cpuVsNodemailer: of(({ nodemailer, reminder }) => reminder.guarded.cpu / nodemailer.cpu),
    guards: { reminder: guards('reminder'), offer: guards('offer') },
  };
}
