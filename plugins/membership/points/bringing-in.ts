import type { Context } from 'clinic-rapport';
import { lockBalances, mostInAll, PointsBalance } from './balance.ts';
import type { PointsImport } from './import.ts';
import { PointsLot } from './lot.ts';
import { post, type Line } from './posting.ts';
import { settle } from './settling.ts';

/** A line of a list with which nothing is wrong. */
export interface Accepted {
  readonly line: number;
  readonly patientId: string;
  readonly points: number;
  readonly expiresOn: string | null;
}

/** Gives what a list says to those who did not get it from this list before; all of them, or nobody where one had too much then. */
export async function bringIn(list: string, lines: readonly Accepted[], context: Context): Promise<PointsImport> {
  const { em } = context;
  const patientIds = lines.map(({ patientId }) => patientId);
  const balances = await em.find(PointsBalance, { patient: { $in: patientIds } }, { refresh: true });
  const errors = tooMuch(await notYet(list, lines, context), balances);
  if (errors.length > 0) return { imported: 0, known: 0, errors };
  await lockBalances(patientIds, context);
  // Asked again: whoever sent the same list at the same time was before.
  const fresh = await notYet(list, lines, context);
  const given = fresh.map(line => {
    const { patientId, points, expiresOn } = line;
    return em.create(PointsLot, { patient: patientId, key: keyOf(list, line), points, expiresOn });
  });
  await em.flush();
  const entry = { kind: 'IMPORT', from: 'ISSUED', to: 'AVAILABLE', reason: 'membership.imported', note: list } as const;
  await post(
    given.map(({ id: lotId, points, patient }): Line => ({ ...entry, lotId, points, patientId: patient.id })),
    context,
  );
  for (const { owed, patient } of balances) if (owed > 0) await settle(patient.id, context);
  return { imported: fresh.length, known: lines.length - fresh.length, errors };
}

const keyOf = (list: string, { patientId }: Accepted): string => `membership.import:${list}:${patientId}`;

async function notYet(list: string, lines: readonly Accepted[], { em }: Context): Promise<readonly Accepted[]> {
  const lots = await em.find(PointsLot, { key: { $in: lines.map(line => keyOf(list, line)) } });
  const known = new Set(lots.map(({ key }) => key));
  return lines.filter(line => !known.has(keyOf(list, line)));
}

function tooMuch(lines: readonly Accepted[], balances: readonly PointsBalance[]): PointsImport['errors'] {
  const has = new Map(balances.map(({ patient, available, pending }) => [patient.id, available + pending]));
  return lines
    .filter(({ patientId, points }) => (has.get(patientId) ?? 0) + points > mostInAll)
    .map(({ line }) => ({ line, code: 'CONFLICT', message: `A patient can have at most ${mostInAll} points.` }));
}
