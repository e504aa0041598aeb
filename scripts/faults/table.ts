import type { Finding, Scenario } from './scenario.ts';

export interface Result {
  readonly scenario: Pick<Scenario, 'id' | 'fault'>;
  /** Seconds. */
  readonly took: number;
  readonly findings: readonly Finding[];
}

const headings = ['', 'fault', 'measured', 'value', 'target', 'met'];

/** As the README has it. */
export function tableOf(results: readonly Result[]): string {
  const rows = results.flatMap(({ scenario: { id, fault }, findings }) =>
    findings.map(({ measured, value, target, met, impossible }, at) => [
      ...(at === 0 ? [id, fault] : ['', '']),
      measured,
      value,
      target,
      impossible ? '–' : met ? 'yes' : '**no**',
    ]),
  );
  return [headings, headings.map(() => '---'), ...rows]
    .map(cells => `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
}
