import type pg from 'pg';
import { asMaintainer } from '../database/maintenance.ts';
import { contentSql, genesis, hashOf } from './chain.ts';

/** What was recomputed. */
export interface Verified {
  readonly entries: number;
  readonly clinics: number;
  /** Written, and not linked yet. */
  readonly waiting: number;
  /** The first thing that is wrong in each clinic, in a sentence. */
  readonly faults: readonly string[];
}

/** Rows that are read at once. */
const batch = 5_000;

interface LinkRow {
  readonly position: string;
  readonly entry: string | null;
  readonly before: string;
  readonly hash: string;
  readonly content: string | null;
}

/** Recomputes the chains of all clinics, in one snapshot. As the owner, who passes row-level security. */
export const verifyAudit = (url: string): Promise<Verified> =>
  asMaintainer(url, async client => {
    await client.query('begin isolation level repeatable read read only');
    const { rows: clinics } = await client.query<{ id: string }>('select id from clinic order by id');
    const faults: string[] = [];
    let entries = 0;
    for (const { id } of clinics) {
      const checked = await verifyClinic(client, id);
      entries += checked.entries;
      if (checked.fault) faults.push(`Clinic ${id}: ${checked.fault}`);
    }
    const { rows } = await client.query<{ waiting: number }>('select count(*)::int as waiting from audit_waiting');
    return { entries, clinics: clinics.length, waiting: rows[0]!.waiting, faults };
  });

async function verifyClinic(client: pg.Client, clinicId: string): Promise<{ entries: number; fault?: string }> {
  const heads = await headsOf(client, clinicId);
  let [position, before] = [0n, genesis];
  for (;;) {
    const rows = await linksAfter(client, clinicId, position);
    for (const row of rows) {
      position++;
      const fault = faultOf(row, position, before, heads.get(position));
      if (fault) return { entries: Number(position), fault };
      heads.delete(position);
      before = row.hash;
    }
    if (rows.length < batch) break;
  }
  const [missing] = heads.keys();
  const fault = missing
    ? `its end is cut off: the last entry is ${position}, and the kept head is of ${missing}.`
    : await strayOf(client, clinicId);
  return { entries: Number(position), fault };
}

async function headsOf(client: pg.Client, clinicId: string): Promise<Map<bigint, string>> {
  const { rows } = await client.query<{ position: string; hash: string }>(
    'select position::text, hash from audit_head where clinic_id = $1',
    [clinicId],
  );
  return new Map(rows.map(({ position, hash }) => [BigInt(position), hash]));
}

async function linksAfter(client: pg.Client, clinicId: string, position: bigint): Promise<LinkRow[]> {
  const { rows } = await client.query<LinkRow>(
    `select l.position::text, e.id as entry, l.before, l.hash, case when e.id is not null then ${contentSql} end as content
     from audit_link l left join audit_entry e on e.clinic_id = l.clinic_id and e.id = l.entry_id
     where l.clinic_id = $1 and l.position > $2 order by l.position limit ${batch}`,
    [clinicId, String(position)],
  );
  return rows;
}

function faultOf(row: LinkRow, position: bigint, before: string, head: string | undefined): string | undefined {
  if (BigInt(row.position) !== position) return `entry ${position} is missing.`;
  if (row.content === null) return `what entry ${position} said is missing.`;
  const named = `entry ${position} (${row.entry})`;
  if (row.before !== before) return `${named} does not follow the one before.`;
  if (row.hash !== hashOf(before, position, row.content)) return `${named} is not what was written.`;
  if (head !== undefined && row.hash !== head) return `${named} is not that of the kept head.`;
  return undefined;
}

/** An entry that is neither linked nor waits to be was put past the chain. */
async function strayOf(client: pg.Client, clinicId: string): Promise<string | undefined> {
  const { rows } = await client.query<{ id: string }>(
    `select e.id from audit_entry e where e.clinic_id = $1
       and not exists (select from audit_link l where l.clinic_id = $1 and l.entry_id = e.id)
       and not exists (select from audit_waiting w where w.clinic_id = $1 and w.entry_id = e.id) limit 1`,
    [clinicId],
  );
  return rows[0] && `entry ${rows[0].id} is not in the chain.`;
}
