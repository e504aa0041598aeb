import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { checkContent } from '../compliance/check.ts';
import { packIds, type ContentKind, type Verdict } from '../compliance/pack.ts';
import { packs } from '../compliance/packs.ts';

interface Sentence {
  text: string;
  kind: ContentKind;
  verdict: Verdict;
  /** The rule that gives the verdict; null where none does. */
  rule: string | null;
}

const sentences = async (pack: string): Promise<Sentence[]> =>
  JSON.parse(
    await readFile(path.resolve(import.meta.dirname, `../compliance/golden/${pack}.json`), 'utf8'),
  ) as Sentence[];

const golden = Object.fromEntries(await Promise.all(packIds.map(async id => [id, await sentences(id)] as const)));

describe.each(packIds)('the pack %s', id => {
  test.each(golden[id]!)('$text', ({ text, kind, verdict, rule }) => {
    const checked = checkContent({ text, kind }, [packs[id]]);
    const told = checked.findings.map(({ rule: { id: name, severity } }) => `${severity} ${name}`);
    expect({ text, verdict: checked.verdict, told }).toEqual({
      text,
      verdict,
      told: rule ? expect.arrayContaining([`${verdict} ${rule}`]) : [],
    });
  });

  test('has sixty sentences at least, of which a third is harmless, and one for each of its rules', () => {
    const all = golden[id]!;
    expect(all.length).toBeGreaterThanOrEqual(60);
    expect(all.filter(({ verdict }) => verdict === 'PASS').length).toBeGreaterThanOrEqual(all.length / 3);
    if (id === 'strict') return;
    const tried = new Set(all.map(({ rule }) => rule));
    expect(packs[id].contentRules.filter(({ id: name }) => !tried.has(name))).toEqual([]);
  });
});
