import { strictEqual, deepStrictEqual } from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { startEmbedded } from '../../api/database/embedded.ts';
import { rapportHome } from '../../api/database/home.ts';
import type { Command } from '../command.ts';
import { installedPlugins } from '../installed.ts';
import { progress } from '../progress.ts';
import { isPinned, pinLoad, startChild, type Child } from './child.ts';
import { datasetOf } from './dataset.ts';
import { loadOf, type Load } from './load.ts';
import {
  everyClinic,
  operationNames,
  operations,
  type OperationName,
  type Position,
  type Question,
} from './operations.ts';
import { ratiosOf, tableOf, type Ratio } from './ratios.ts';

export interface BenchOptions {
  rounds: number;
  seconds: number;
  connections: number;
  /** Where the figures are written. */
  json?: string;
}

const questionsOfEach = 200;

/**
 * Measures our server against the limit, in rounds that take turns so that what else goes on in the machine meets both.
 * The answers are compared first: a fast wrong one is worth nothing.
 */
export async function benchGraphql(options: BenchOptions, { signal, onEnd }: Command): Promise<void> {
  const plugins = await installedPlugins();
  const postgres = await startEmbedded({
    home: path.join(rapportHome(), 'bench'),
    fast: true,
    settings: { shared_buffers: '512MB', max_connections: '60', jit: 'off' },
    onProgress: progress,
  });
  onEnd(postgres.stop);
  const url = await datasetOf(postgres.url, plugins, progress);
  const children: Child[] = [];
  onEnd(() => Promise.all(children.map(child => child.stop())));
  children.push(await startChild('limit', './limit.ts', url), await startChild('rapport', './server.ts', url));
  pinLoad();
  const [limit, rapport] = children as [Child, Child];
  progress('Looking for pages to ask for');
  const positions = await positionsOf(rapport);
  const ratios: Ratio[] = [];
  for (const name of operationNames) {
    signal.throwIfAborted();
    const questions = Array.from({ length: questionsOfEach }, () => operations[name].question(pick(positions)));
    await compare(name, questions.slice(0, 20), limit, rapport);
    ratios.push(ratiosOf(name, await measure(name, questions, [limit, rapport], options, signal)));
  }
  console.log(tableOf(ratios, isPinned));
  if (options.json)
    await writeFile(options.json, JSON.stringify({ ...options, isPinned, operations: ratios }, null, 2) + '\n');
}

const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)]!;

const bodyOf = (server: Child, name: OperationName, { variables, values }: Question): string =>
  server.tokens.length === 0
    ? JSON.stringify({ operation: name, values })
    : JSON.stringify({ query: operations[name].document, operationName: name.toUpperCase(), variables });

const headersOf = ({ tokens }: Child, clinic: number): Record<string, string> => ({
  'content-type': 'application/json',
  ...(tokens.length > 0 && { authorization: `Bearer ${tokens[clinic - 1]}` }),
});

async function ask(server: Child, clinic: number, body: string): Promise<any> {
  const url = `http://127.0.0.1:${server.port}/graphql`;
  const response = await fetch(url, { method: 'POST', headers: headersOf(server, clinic), body });
  const text = await response.text();
  if (!response.ok || text.includes('"errors"'))
    throw new Error(`${server.name} answers ${response.status}: ${text.slice(0, 500)}`);
  return JSON.parse(text);
}

/** Patients from all over the list of each clinic, with their cursors. */
async function positionsOf(server: Child): Promise<Position[]> {
  const query = `query Walk($after: String) { patients(first: 100, after: $after) {
    edges { cursor node { id name } } pageInfo { hasNextPage endCursor } } }`;
  const positions: Position[] = [];
  for (const clinic of everyClinic) {
    let after: string | null = null;
    do {
      const { data } = await ask(server, clinic, JSON.stringify({ query, variables: { after } }));
      const { edges, pageInfo } = data.patients;
      for (const { cursor, node } of edges.filter((_: unknown, at: number) => at % 20 === 7))
        positions.push({ clinic, cursor, ...node });
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after);
  }
  return positions;
}

async function compare(
  name: OperationName,
  questions: readonly Question[],
  limit: Child,
  rapport: Child,
): Promise<void> {
  for (const question of questions) {
    const [theirs, ours] = await Promise.all(
      [limit, rapport].map(async server =>
        comparable(await ask(server, question.clinic, bodyOf(server, name, question))),
      ),
    );
    strictEqual(JSON.stringify(theirs).length > 100, true, `Operation ${name} answers nothing.`);
    deepStrictEqual(ours, theirs, `Operation ${name}: the answers differ.`);
  }
}

/** Instants in one spelling, and without what only a connection has. */
const comparable = (answer: unknown): unknown =>
  JSON.parse(JSON.stringify(answer), (key, value: unknown) => {
    if (key === 'pageInfo') return undefined;
    const isInstant = typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:/.test(value);
    return isInstant ? new Date(value).toISOString() : value;
  });

async function measure(
  name: OperationName,
  questions: readonly Question[],
  servers: readonly [Child, Child],
  { rounds, seconds, connections }: BenchOptions,
  signal: AbortSignal,
): Promise<(readonly [Load, Load])[]> {
  const load = (server: Child, duration: number) => {
    const requests = questions.map(question => ({
      headers: headersOf(server, question.clinic),
      body: bodyOf(server, name, question),
    }));
    return loadOf(server, requests, { seconds: duration, connections });
  };
  for (const server of servers) await load(server, Math.min(2, seconds));
  const measured: (readonly [Load, Load])[] = [];
  for (let round = 1; round <= rounds; round++) {
    signal.throwIfAborted();
    progress(`Operation ${name}, round ${round} of ${rounds}`);
    measured.push([await load(servers[0], seconds), await load(servers[1], seconds)]);
  }
  return measured;
}
