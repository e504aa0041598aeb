import { startChild } from '../child.ts';
import { median } from '../ratios.ts';
import type { Report } from '../report.ts';
import { spent } from '../spent.ts';
import type { Ask } from './changer.ts';
import { databaseName } from './data.ts';

export interface AuditOptions {
  databaseUrl: string;
  patientIds: readonly string[];
  rounds: number;
  onProgress(step: string): void;
}

type Audit = NonNullable<Report['mail']>['audit'];

/** Mutations of a round, and how many are asked at once. */
const mutations = 250;
const clients = 8;

const rename = 'mutation ($input: UpdatePatientInput!) { updatePatient(input: $input) { id version } }';

/**
 * What the audit costs a mutation that a client asks over HTTP and that changes one row: the CPU of the server and of
 * PostgreSQL, with the linking to the chain that comes afterwards, against the same without the audit.
 */
export async function benchAudit({ databaseUrl, patientIds, rounds, onProgress }: AuditOptions): Promise<Audit> {
  const server = await startChild('changer', { file: 'mail/changer.js', databaseUrl });
  const [token] = server.tokens;
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const url = `http://127.0.0.1:${server.port}/graphql`;
  const change = async (id: string, name: string): Promise<void> => {
    const body = JSON.stringify({ query: rename, variables: { input: { id, name } } });
    const { errors } = (await (await fetch(url, { method: 'POST', headers, body })).json()) as { errors?: unknown[] };
    if (errors) throw new Error(`A mutation failed: ${JSON.stringify(errors)}`);
  };
  const changeAll = async (round: string): Promise<void> => {
    let next = 0;
    const client = async (): Promise<void> => {
      for (let at = next++; at < mutations; at = next++)
        await change(patientIds[at % patientIds.length]!, `王小明 ${round} ${at}`);
    };
    await Promise.all(Array.from({ length: clients }, client));
  };
  const costOf = async (audit: boolean, round: number): Promise<{ asked: number; linked: number }> => {
    await server.ask({ audit } satisfies Ask);
    const { allCpu: asked } = await spent(server, databaseName, () => changeAll(`${round} ${audit}`));
    const { allCpu: later } = await spent(server, databaseName, () => server.ask({ settle: true } satisfies Ask));
    return { asked, linked: asked + later };
  };
  try {
    const measured: Audit[] = [];
    // Short rounds and many of them: both of a pair then meet the same neighbours.
    for (let round = 0; round <= 4 * rounds; round++) {
      onProgress(`Mutations, round ${round} of ${4 * rounds}`);
      const first = await costOf(round % 2 === 0, round);
      const second = await costOf(round % 2 !== 0, round);
      const [audited, silent] = round % 2 === 0 ? [first, second] : [second, first];
      const more = (part: 'asked' | 'linked'): number => audited[part] / silent[part] - 1;
      // The first ones warm it up.
      if (round > 0) measured.push({ asked: more('asked'), linked: more('linked') });
    }
    return {
      asked: median(measured.map(({ asked }) => asked)),
      linked: median(measured.map(({ linked }) => linked)),
    };
  } finally {
    await server.stop();
  }
}
