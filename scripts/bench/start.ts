import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { rapportHome } from '../../api/database/home.ts';
import { isPinned } from './child.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const patience = 120_000;

/**
 * Seconds from `npm start` to the first answered query, with the embedded database and the data of a start before it. What it
 * is that starts is the command of the README, without npm.
 */
export async function benchStart(onProgress: (step: string) => void): Promise<number> {
  const home = path.join(rapportHome(), 'bench-start');
  onProgress('Starting once, for the data');
  await startOnce(home);
  const seconds: number[] = [];
  for (let round = 1; round <= 3; round++) {
    onProgress(`Start, round ${round} of 3`);
    seconds.push(await startOnce(home));
  }
  return seconds.toSorted((a, b) => a - b)[1]!;
}

async function startOnce(home: string): Promise<number> {
  const begun = performance.now();
  const node = [process.execPath, '--conditions=source', '--import', 'tsx', 'scripts/start.ts'];
  // It has the whole machine, as a newcomer's start has.
  const [program, ...args] = isPinned ? ['taskset', '-c', `0-${availableParallelism() - 1}`, ...node] : node;
  const child = spawn(program!, args, {
    cwd: root,
    env: { ...process.env, RAPPORT_HOME: home, PORT: '', LOG_LEVEL: 'error', DATABASE_URL: '' },
    stdio: 'ignore',
  });
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()));
  try {
    while (performance.now() - begun < patience) {
      if (await answers(path.join(home, 'dev.json'))) return (performance.now() - begun) / 1000;
      await wait(20);
    }
    throw new Error('It did not answer within two minutes.');
  } finally {
    child.kill('SIGINT');
    await ended;
  }
}

async function answers(file: string): Promise<boolean> {
  if (!existsSync(file)) return false;
  try {
    const { graphqlUrl, tokens } = JSON.parse(readFileSync(file, 'utf8')) as {
      graphqlUrl: string;
      tokens: Record<string, string>;
    };
    const response = await fetch(graphqlUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${tokens['owner']}` },
      body: '{"query":"{ patients(first: 1) { nodes { id } } }"}',
    });
    return response.ok;
  } catch {
    return false;
  }
}
