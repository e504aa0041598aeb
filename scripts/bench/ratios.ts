import type { Load } from './load.ts';
import { operations, type OperationName } from './operations.ts';

/** Our server against the limit: medians of the ratios of the rounds, because both meet the same neighbours in one round. */
export interface Ratio {
  readonly operation: OperationName;
  /** Requests a second, ours by theirs; more is better. */
  readonly rate: number;
  /** CPU a request, ours by theirs; less is better. */
  readonly cpu: number | undefined;
  readonly ours: Load;
  readonly limit: Load;
}

/** The first targets of req/s and CPU, and the goals. */
const targets: Readonly<Record<OperationName, { rate: number; cpu: number }>> = {
  a: { rate: 0.6, cpu: 1.6 },
  b: { rate: 0.6, cpu: 2.75 },
  c: { rate: 0.6, cpu: 2.75 },
  d: { rate: 0.5, cpu: 4 },
};

export function ratiosOf(operation: OperationName, rounds: readonly (readonly [limit: Load, ours: Load])[]): Ratio {
  const cpus = rounds.flatMap(([limit, ours]) => (limit.cpu && ours.cpu ? [ours.cpu / limit.cpu] : []));
  return {
    operation,
    rate: median(rounds.map(([limit, ours]) => ours.rate / limit.rate)),
    cpu: cpus.length > 0 ? median(cpus) : undefined,
    ours: middle(rounds.map(([, ours]) => ours)),
    limit: middle(rounds.map(([limit]) => limit)),
  };
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

const middle = (loads: readonly Load[]): Load =>
  loads.toSorted((a, b) => a.rate - b.rate)[Math.floor(loads.length / 2)]!;

export function tableOf(ratios: readonly Ratio[], isPinned: boolean): string {
  const head = ['', 'req/s', 'limit', 'ratio', 'target', 'CPU us', 'limit', 'ratio', 'target', 'p50 ms', 'p99 ms'];
  const rows = ratios.map(({ operation, rate, cpu, ours, limit }) => [
    `${operation}  ${operations[operation].title}`,
    ours.rate.toFixed(0),
    limit.rate.toFixed(0),
    rate.toFixed(2),
    `>= ${targets[operation].rate}`,
    ours.cpu?.toFixed(0) ?? '-',
    limit.cpu?.toFixed(0) ?? '-',
    cpu?.toFixed(2) ?? '-',
    `<= ${targets[operation].cpu}`,
    ours.p50.toFixed(0),
    ours.p99.toFixed(0),
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map(row => row[column]!.length)));
  const line = (row: readonly string[]) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  ');
  const note = isPinned
    ? 'The servers had core 0, the load the others.'
    : 'Nothing was pinned to a core: CPU counts, req/s is noise.';
  return [head, ...rows].map(line).concat('', note).join('\n');
}
