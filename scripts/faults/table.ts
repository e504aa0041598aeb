import type { Finding, Scenario } from './scenario.ts';

export interface Result {
  readonly scenario: Pick<Scenario, 'id' | 'fault'>;
  /** Seconds. */
  readonly took: number;
  readonly findings: readonly Finding[];
}

const headings = ['', 'fault', 'measured (target)', 'met'];

/** As the README has it. What is asked after every fault alike is shown only where it was missed. */
export function tableOf(results: readonly Result[]): string {
  const rows = results.map(({ scenario: { id, fault }, findings }) => [
    id,
    fault,
    findings
      .filter(({ common, met }) => !common || !met)
      .map(wordsOf)
      .join('; '),
    verdictOf(findings),
  ]);
  return [headings, headings.map(() => '---'), ...rows]
    .map(cells => `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
}

const wordsOf = ({ measured, value, target, met }: Finding): string => {
  const words = target === 'yes' && met ? measured : `${measured}: ${value}${target && ` (${target})`}`;
  return met ? words : `**${words}**`;
};

const verdictOf = (findings: readonly Finding[]): string => {
  if (findings.some(({ impossible }) => impossible)) return 'not possible here';
  return findings.every(({ met }) => met) ? 'yes' : '**no**';
};
