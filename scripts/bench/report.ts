import type { OperationName } from './operations.ts';
import { pointsOperations, type PointsOperationName } from './points-operations.ts';

/** What a whole run measures, as `--json FILE` writes it: ratios of one run, and no figure that stands for itself. */
export interface Report {
  graphql?: Record<
    OperationName,
    { vsLimit: number; cpuVsLimit?: number; vsPostgraphile: number; vsMercurius: number }
  >;
  /** By how much slower a page is under row-level security: 0.1 is ten percent. */
  rlsCost?: number;
  mail?: {
    vsNodemailer: number;
    cpuVsNodemailer: number;
    /** By gate and scan: the part of mails a second that is lost, and the CPU, PostgreSQL's too, that a mail takes more. */
    guards: Record<'reminder' | 'offer', { rate: number; cpu: number }>;
    /** The CPU, PostgreSQL's too, that a mutation takes more with the audit: until the answer, and with the chain. */
    audit: { asked: number; linked: number };
  };
  /** Ten events in one transaction, and one. */
  fanout?: { vsWs: number; cpuVsWs?: number; single: { vsWs: number; cpuVsWs?: number } };
  /** Until the first answer, with the embedded database and its data. */
  startSeconds?: number;
  /** Of the process that serves the API. */
  memoryMB?: { rest: number; load: number };
  /** The time of a page of 1,000,000 patients by that of 10,000. */
  growth?: number;
  /** The time of the nightly sweep by that of one hand-written statement; and what a simulation takes. */
  tiers?: { vsStatement: number; simulationSeconds: number };
  points?: Record<PointsOperationName, { vsLimit: number; cpuVsLimit?: number }>;
}

interface Line {
  readonly name: string;
  readonly measured: number | undefined;
  /** At least, or at most. */
  readonly target: readonly ['>=' | '<=', number] | undefined;
}

const titles: Readonly<Record<OperationName, string>> = {
  a: 'a: one patient, 6 scalars',
  b: 'b: page of 50 patients, 8 scalars',
  c: 'c: 20 appointments with patient and practitioner',
  d: 'd: 20 patients, last 5 visits each, practitioner',
};
/** performance.md, the first target. */
const targets: Readonly<
  Record<OperationName, readonly [limit: number, cpu: number, postgraphile: number, mercurius: number]>
> = {
  a: [0.6, 1.6, 2.5, 1],
  b: [0.6, 2.75, 2.5, 1],
  c: [0.6, 2.75, 2.5, 2],
  d: [0.5, 4, 1.8, 2],
};

function linesOf({ graphql, rlsCost, mail, fanout, startSeconds, memoryMB, growth, points, tiers }: Report): Line[] {
  const ofOperations = Object.entries(graphql ?? {}).flatMap(([name, ratios]): Line[] => {
    const operation = name as OperationName;
    const [limit, cpu, postgraphile, mercurius] = targets[operation];
    const { vsLimit, cpuVsLimit, vsPostgraphile, vsMercurius } = ratios;
    return [
      { name: `${titles[operation]}, req/s by the limit`, measured: vsLimit, target: ['>=', limit] },
      { name: '   CPU of a request by the limit', measured: cpuVsLimit, target: ['<=', cpu] },
      { name: '   req/s by PostGraphile 5', measured: vsPostgraphile, target: ['>=', postgraphile] },
      { name: '   req/s by mercurius-jit', measured: vsMercurius, target: ['>=', mercurius] },
    ];
  });
  const others: Line[] = [
    { name: 'cost of row-level security on a page', measured: rlsCost, target: undefined },
    { name: 'mails a second by raw nodemailer, database included', measured: mail?.vsNodemailer, target: ['>=', 0.75] },
    { name: '   CPU of a mail by raw nodemailer', measured: mail?.cpuVsNodemailer, target: undefined },
    { name: 'reminders a second that gate and scan cost', measured: mail?.guards.reminder.rate, target: ['<=', 0.15] },
    { name: '   CPU of a reminder, more than without', measured: mail?.guards.reminder.cpu, target: undefined },
    { name: 'offers a second that gate and scan cost', measured: mail?.guards.offer.rate, target: ['<=', 0.15] },
    { name: '   CPU of an offer, more than without', measured: mail?.guards.offer.cpu, target: undefined },
    { name: 'CPU of a mutation by the audit, more than without', measured: mail?.audit.linked, target: ['<=', 0.1] },
    { name: '   until it is answered', measured: mail?.audit.asked, target: undefined },
    { name: 'fan-out to 5,000 by a raw ws broadcast, events by tens', measured: fanout?.vsWs, target: ['>=', 0.75] },
    { name: '   CPU of a delivery by raw ws', measured: fanout?.cpuVsWs, target: ['<=', 1.3] },
    { name: 'the same, events one by one', measured: fanout?.single.vsWs, target: ['>=', 0.75] },
    { name: '   CPU of a delivery by raw ws', measured: fanout?.single.cpuVsWs, target: ['<=', 1.3] },
    { name: 'seconds from start to first answer', measured: startSeconds, target: ['<=', 3] },
    { name: 'MB of the API process at rest', measured: memoryMB?.rest, target: ['<=', 200] },
    { name: 'MB of the API process after load', measured: memoryMB?.load, target: ['<=', 400] },
    { name: 'time of a page of 1,000,000 patients by 10,000', measured: growth, target: undefined },
    {
      name: 'sweep of the tiers of 100,000 by a hand-written statement',
      measured: tiers?.vsStatement,
      target: ['<=', 2],
    },
    { name: 'seconds to try a programme out over 100,000', measured: tiers?.simulationSeconds, target: undefined },
  ];
  const ofPoints = Object.entries(points ?? {}).flatMap(([name, { vsLimit, cpuVsLimit }]): Line[] => [
    {
      name: `${pointsOperations[name as PointsOperationName].title}, req/s by the limit`,
      measured: vsLimit,
      target: undefined,
    },
    { name: '   CPU of a request by the limit', measured: cpuVsLimit, target: undefined },
  ]);
  return [...ofOperations, ...others, ...ofPoints].filter(({ measured }) => measured !== undefined);
}

export function reportTable(report: Report): string {
  const rows = linesOf(report).map(({ name, measured, target }) => {
    const isMet = !target || (target[0] === '>=' ? measured! >= target[1] : measured! <= target[1]);
    return [name, measured!.toFixed(2), target ? target.join(' ') : 'reported', isMet ? '' : 'missed'];
  });
  const widths = [0, 1, 2, 3].map(column => Math.max(...rows.map(row => row[column]!.length)));
  return rows
    .map(row =>
      row
        .map((cell, at) => (at === 1 ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
