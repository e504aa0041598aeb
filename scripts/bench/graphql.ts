import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import path from 'node:path';
import pg from 'pg';
import { startChild, type Child } from './child.ts';
import { loadOf, type Load } from './load.ts';
import {
  everyClinic,
  operationNames,
  operations,
  type OperationName,
  type Position,
  type Question,
} from './operations.ts';
import { installPeers, peerNames, peerOperations, preparePeers, type PeerName } from './peers.ts';
import { median } from './ratios.ts';
import type { Report } from './report.ts';

export interface GraphqlOptions {
  databaseUrl: string;
  rounds: number;
  seconds: number;
  connections: number;
  signal: AbortSignal;
  onProgress(step: string): void;
}

type Name = 'limit' | 'rapport' | PeerName;
type Servers = Readonly<Record<Name, Child>>;
type Measured = Pick<Report, 'graphql' | 'rlsCost' | 'memoryMB'>;

const questionsOfEach = 200;

/**
 * Measures our server, with authentication and row-level security, against the limit and two others, which have neither. In
 * rounds that take turns, so that what else goes on in the machine meets all. The answers are compared first: a fast wrong
 * one is worth nothing.
 */
export async function benchGraphql(options: GraphqlOptions): Promise<Measured> {
  const { databaseUrl, onProgress, signal } = options;
  const folder = installPeers(onProgress);
  await preparePeers(databaseUrl);
  const children: Child[] = [];
  const start = async (name: Name, file: string): Promise<Child> => {
    const child = await startChild(name, { file, databaseUrl, quiet: path.isAbsolute(file) });
    children.push(child);
    return child;
  };
  try {
    const rapport = await start('rapport', 'server.js');
    const rest = await restOf(rapport);
    const servers: Servers = {
      rapport,
      limit: await start('limit', 'limit.js'),
      postgraphile: await start('postgraphile', path.join(folder, 'postgraphile.mjs')),
      mercurius: await start('mercurius', path.join(folder, 'mercurius.mjs')),
    };
    onProgress('Looking for pages to ask for');
    const positions = await positionsOf(rapport);
    const graphql = {} as NonNullable<Report['graphql']>;
    for (const name of operationNames) {
      signal.throwIfAborted();
      const questions = Array.from({ length: questionsOfEach }, () => operations[name].question(pick(positions)));
      await compare(name, questions.slice(0, 10), servers);
      graphql[name] = await measure(name, questions, servers, options);
    }
    const load = rapport.memory();
    const rlsCost = await costOfPolicies(positions, rapport, options);
    return { graphql, rlsCost, ...(rest !== undefined && load !== undefined && { memoryMB: { rest, load } }) };
  } finally {
    await Promise.all(children.map(child => child.stop()));
  }
}

/** Ten seconds after it began, when what it needed to begin has been given back. */
async function restOf(server: Child): Promise<number | undefined> {
  await new Promise(resolve => setTimeout(resolve, 10_000));
  return server.memory();
}

const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)]!;

interface Request {
  readonly headers: Record<string, string>;
  readonly body: string;
}

function requestOf(server: Child, name: OperationName, { clinic, variables, values }: Question): Request {
  const json = { 'content-type': 'application/json' };
  if (server.name === 'limit') return { headers: json, body: JSON.stringify({ operation: name, values }) };
  if (server.name === 'rapport') {
    const { document: query } = operations[name];
    const headers = { ...json, authorization: `Bearer ${server.tokens[clinic - 1]}` };
    return { headers, body: JSON.stringify({ query, operationName: name.toUpperCase(), variables }) };
  }
  const { document: query, variables: variablesOf } = peerOperations[server.name as PeerName][name];
  return {
    headers: json,
    body: JSON.stringify({ query, operationName: name.toUpperCase(), variables: variablesOf(values) }),
  };
}

async function ask(server: Child, { headers, body }: Request): Promise<any> {
  const response = await fetch(`http://127.0.0.1:${server.port}/graphql`, { method: 'POST', headers, body });
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
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${server.tokens[clinic - 1]}` };
    let after: string | null = null;
    do {
      const { data } = await ask(server, { headers, body: JSON.stringify({ query, variables: { after } }) });
      const { edges, pageInfo } = data.patients;
      for (const { cursor, node } of edges.filter((_: unknown, at: number) => at % 20 === 7))
        positions.push({ clinic, cursor, ...node });
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after);
  }
  return positions;
}

async function compare(name: OperationName, questions: readonly Question[], servers: Servers): Promise<void> {
  for (const question of questions) {
    const expected = comparable(await ask(servers.limit, requestOf(servers.limit, name, question)));
    strictEqual(JSON.stringify(expected).length > 100, true, `Operation ${name} answers nothing.`);
    for (const other of ['rapport', ...peerNames] as const) {
      const answer = comparable(await ask(servers[other], requestOf(servers[other], name, question)));
      deepStrictEqual(answer, expected, `Operation ${name}: the answer of ${other} differs.`);
    }
  }
}

/** Instants in one spelling, lists without what is around them, and without what is not of the data. */
const comparable = (answer: { data: unknown }): unknown =>
  JSON.parse(JSON.stringify(answer.data), (key, value: any) => {
    if (key === 'pageInfo') return undefined;
    if (typeof value === 'string' && /^\d{4}-\d\d-\d\d[T ]\d\d:/.test(value)) return new Date(value).toISOString();
    return Array.isArray(value?.nodes) ? value.nodes : value;
  });

async function measure(
  name: OperationName,
  questions: readonly Question[],
  servers: Servers,
  { rounds, seconds, connections, signal, onProgress }: GraphqlOptions,
): Promise<NonNullable<Report['graphql']>[OperationName]> {
  const names: readonly Name[] = ['limit', 'rapport', ...peerNames];
  const load = (server: Child, duration: number): Promise<Load> =>
    loadOf(
      server,
      questions.map(question => requestOf(server, name, question)),
      { seconds: duration, connections },
    );
  for (const each of names) await load(servers[each], 1);
  const measured: Record<Name, Load>[] = [];
  for (let round = 1; round <= rounds; round++) {
    signal.throwIfAborted();
    onProgress(`Operation ${name}, round ${round} of ${rounds}`);
    const loads = {} as Record<Name, Load>;
    for (const each of names) loads[each] = await load(servers[each], seconds);
    measured.push(loads);
  }
  const ratio = (of: (loads: Record<Name, Load>) => number): number => median(measured.map(of));
  const knowsCpu = measured.every(({ rapport, limit }) => rapport.cpu && limit.cpu);
  return {
    vsLimit: ratio(({ rapport, limit }) => rapport.rate / limit.rate),
    cpuVsLimit: knowsCpu ? ratio(({ rapport, limit }) => rapport.cpu! / limit.cpu!) : undefined,
    vsPostgraphile: ratio(({ rapport, postgraphile }) => rapport.rate / postgraphile.rate),
    vsMercurius: ratio(({ rapport, mercurius }) => rapport.rate / mercurius.rate),
  };
}

/** By switching the policies of one table off and on again: our own server, and the same pages. */
async function costOfPolicies(
  positions: readonly Position[],
  server: Child,
  { databaseUrl, rounds, seconds, connections, onProgress }: GraphqlOptions,
): Promise<number> {
  const owner = new pg.Client(databaseUrl);
  await owner.connect();
  const requests = positions
    .slice(0, questionsOfEach)
    .map(position => requestOf(server, 'b', operations.b.question(position)));
  const page = async (policies: 'enable' | 'disable'): Promise<number> => {
    await owner.query(`alter table patient ${policies} row level security`);
    await loadOf(server, requests, { seconds: 1, connections });
    return (await loadOf(server, requests, { seconds, connections })).rate;
  };
  try {
    const ratios: number[] = [];
    for (let round = 1; round <= rounds; round++) {
      onProgress(`Row-level security, round ${round} of ${rounds}`);
      ratios.push((await page('disable')) / (await page('enable')));
    }
    return median(ratios) - 1;
  } finally {
    await owner.query('alter table patient enable row level security');
    await owner.end();
  }
}
