import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { runCommand } from '../command.ts';
import { progress } from '../progress.ts';
import { invariants } from './invariants.ts';
import { none, type Finding, type Scenario } from './scenario.ts';
import { scenarios } from './scenarios.ts';
import { onStage } from './stage.ts';
import { tableOf, type Result } from './table.ts';

const usage = 'npm run faults [-- F1 F3 …] [--quick] [--allow-missing] [--json FILE]';

await runCommand(async ({ signal }) => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { quick: { type: 'boolean' }, 'allow-missing': { type: 'boolean' }, json: { type: 'string' } },
  });
  const { quick = false, 'allow-missing': allowMissing = false, json } = values;
  const all = chosen(positionals);
  const played = new Map<Scenario, Result>();
  const play = async (some: readonly Scenario[]): Promise<void> => {
    for (const scenario of some) {
      signal.throwIfAborted();
      played.set(scenario, await inject(scenario, quick, signal));
    }
  };
  await Promise.all([play(all.filter(({ waits }) => waits)), play(all.filter(({ waits }) => !waits))]);
  const results = all.map(scenario => played.get(scenario)!);
  console.log(tableOf(results));
  if (json) await writeFile(json, JSON.stringify({ quick, results }, null, 2) + '\n');
  const missed = results.filter(({ findings }) =>
    findings.some(each => !each.met && !(each.impossible && allowMissing)),
  );
  if (missed.length > 0) throw new Error(`Missed: ${missed.map(({ scenario }) => scenario.id).join(', ')}.`);
});

function chosen(ids: readonly string[]): readonly Scenario[] {
  if (ids.length === 0) return scenarios;
  return ids.map(id => {
    const found = scenarios.find(scenario => scenario.id === id.toUpperCase());
    if (!found) throw new Error(`There is no fault '${id}': ${scenarios.map(each => each.id).join(', ')}. ${usage}`);
    return found;
  });
}

async function inject(scenario: Scenario, quick: boolean, signal: AbortSignal): Promise<Result> {
  const { id, fault, plugins, settings } = scenario;
  progress(`${id}  ${fault}`);
  const begun = performance.now();
  const tell = (step: string): void => progress(`${id}  ${step}`);
  let findings: Finding[];
  try {
    const { result, left } = await onStage({ id, quick, plugins, settings, tell }, async stage => {
      const found = await Promise.race([scenario.run(stage), whenBrokenOff(signal)]);
      const { processes, cluster, sink } = stage;
      const app = await stage.app();
      const common = [
        none('processes that ended by themselves', processes.crashes),
        await invariants(cluster, { sink, app }),
      ];
      return [...found, ...common.map(asCommon)];
    });
    findings = [...result, asCommon(none('processes left behind', left.map(String)))];
  } catch (error) {
    signal.throwIfAborted();
    if (process.env['DEBUG']) console.error(error);
    findings = [none('played to its end', [String((error as Error).message)])];
  }
  const took = Math.round((performance.now() - begun) / 100) / 10;
  for (const { measured, value, target, met } of findings)
    tell(`${met ? 'ok ' : 'NO '} ${measured}: ${value} (${target})`);
  progress(`${id}  took ${took} s`);
  return { scenario: { id, fault }, took, findings };
}

/** The stage is cleared then, as at the end of a scenario. */
function whenBrokenOff(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
  );
}

function asCommon(finding: Finding): Finding {
  return { ...finding, common: true };
}
