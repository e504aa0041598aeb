import type { App } from '../../api/app.ts';
import { verifyAudit } from '../../api/audit/verify.ts';
import { verifyConsents } from '../consent/verify.ts';
import type { Cluster } from './cluster.ts';
import { none, type Finding } from './scenario.ts';
import type { Sink } from './sink.ts';

const active = `('PENDING', 'BOOKED', 'CONFIRMED', 'ARRIVED')`;

/** Each selects a sentence for what must not be. */
const rules: readonly string[] = [
  `select 'appointments overlap: ' || a.id from appointment a join appointment b
     on a.clinic_id = b.clinic_id and a.id < b.id and tstzrange(a.starts_at, a.ends_at) && tstzrange(b.starts_at, b.ends_at)
     and (a.practitioner_id = b.practitioner_id or a.room_id = b.room_id)
   where a.status in ${active} and b.status in ${active}`,
  `select 'an appointment holds no time: ' || a.id from appointment a
   where a.status in ${active} and a.practitioner_id is not null and a.starts_at is not null
     and not exists (select from taken_time t where t.clinic_id = a.clinic_id and t.appointment_id = a.id)`,
  `select 'a change of an appointment has no event: ' || a.id from appointment a
   where a.starts_at > a.booked_at and a.source is null and a.version > (select count(*) from outbox o
     where o.clinic_id = a.clinic_id and o.subject_id = a.id)`,
  `select 'an event is of no appointment: ' || o.id from outbox o where o.subject_type = 'appointment'
     and not exists (select from appointment a where a.clinic_id = o.clinic_id and a.id = o.subject_id)`,
  `select 'an event has a version twice: ' || min(o.id::text) from outbox o where subject_version is not null
   group by o.clinic_id, o.subject_id, o.subject_version, o.name having count(*) > 1`,
  `select 'a mail was sent without a basis: ' || id from delivery where state = 'sent' and basis is null and purpose <> 'verification'`,
  `select 'a mail was sent against the patient’s choice: ' || d.id from delivery d
   where d.state = 'sent' and d.stream = 'marketing' and d.basis not like 'consent:%'`,
  `select 'work is held by nobody: delivery ' || id from delivery
   where state in ('claimed', 'sending') and lease_until < now() - interval '1 minute'`,
  `select 'work is held by nobody: handler ' || handler from event_handling where state = 'running' and lease_until < now() - interval '1 minute'`,
  `select 'work is held by nobody: job ' || name from job where state = 'running' and lease_until < now() - interval '1 minute'`,
];

const held = (account: string, of: string): string =>
  `(select coalesce(sum(case '${account}' when e.to_account then e.points when e.from_account then -e.points end), 0)
    from membership_ledger_entry e where e.clinic_id = ${of}.clinic_id and e.patient_id = ${of}.patient_id)`;

const lots = (column: string): string =>
  `(select coalesce(sum(l.${column}), 0) from membership_lot l where l.clinic_id = b.clinic_id and l.patient_id = b.patient_id)`;

/** Where membership is installed: what patients have is what the ledger says, and never less than nothing. */
const ledgerRules: readonly string[] = [
  `select 'a balance is not what its ledger comes to: ' || b.patient_id from membership_balance b
   where (b.available, b.pending, -b.owed) <> (${held('AVAILABLE', 'b')}, ${held('PENDING', 'b')}, ${held('OWED', 'b')})
     or least(b.available, b.pending, b.owed) < 0`,
  `select 'a balance is not what its lots come to: ' || b.patient_id from membership_balance b
   where (b.available, b.pending, b.owed) <> (${lots('available')}, ${lots('pending')}, ${lots('owed')})`,
];

/** Rows that point at a patient of another clinic, whatever table they are in. */
const foreignRows = `select string_agg(format(
    $$select 'a row of %1$s is of a foreign clinic' from %1$I t where t.patient_id is not null
      and not exists (select from patient p where p.clinic_id = t.clinic_id and p.id = t.patient_id)$$, table_name), ' union all ')
    as text
  from (select table_name from information_schema.columns where table_schema = 'public'
    and column_name in ('clinic_id', 'patient_id') group by table_name having count(*) = 2) t
  join information_schema.tables using (table_name) where table_type = 'BASE TABLE'`;

interface Witnesses {
  /** Has every mail that went out. */
  readonly sink?: Sink;
  /** Recomputes on what each mail rested. */
  readonly app?: App;
}

/** What must hold after every fault, asked of the database itself. */
export async function invariants({ query, url }: Cluster, { sink, app }: Witnesses = {}): Promise<Finding> {
  const [foreign] = await query<{ text: string }>(foreignRows);
  const found: string[] = [];
  const [ledger] = await query<{ there: boolean }>("select to_regclass('membership_balance') is not null as there");
  for (const rule of [...rules, foreign!.text, ...(ledger!.there ? ledgerRules : [])]) {
    const rows = await query<Record<string, string>>(`${rule} limit 20`);
    found.push(...rows.map(row => Object.values(row)[0]!));
  }
  found.push(...(await brokenCursor(query)));
  found.push(...(await verifyAudit(url)).faults);
  if (app)
    found.push(
      ...(await verifyConsents(app)).unfounded.map(({ id, fault }) => `a mail rests on nothing: ${id} ${fault}`),
    );
  if (sink) found.push(...(await unrecorded(query, sink)));
  return none('invariants broken', found);
}

/** Read in pages by cursor, as replay does, the outbox has every row once. */
async function brokenCursor(query: Cluster['query']): Promise<string[]> {
  const [whole] = await query<{ count: string }>('select count(*) from outbox');
  const seen = new Set<string>();
  let place = { xid: '0', position: '0' };
  for (;;) {
    const rows = await query<{ xid: string; position: string; id: string }>(
      `select xid::text as xid, position::text as position, id from outbox
       where (xid, position) > ($1::text::xid8, $2::bigint) order by outbox.xid, outbox.position limit 500`,
      [place.xid, place.position],
    );
    rows.forEach(({ id }) => seen.add(id));
    if (rows.length === 0) break;
    place = rows.at(-1)!;
  }
  return seen.size === Number(whole!.count) ? [] : [`the outbox has gaps: ${seen.size} of ${whole!.count}`];
}

/** No mail went out that is not written down, and none is written down as sent that did not. */
async function unrecorded(query: Cluster['query'], { received }: Sink): Promise<string[]> {
  const rows = await query<{ message_id: string; state: string }>('select message_id, state from delivery');
  const states = new Map(rows.map(({ message_id, state }) => [message_id, state]));
  const strange = [...received.keys()].filter(id => !states.has(id)).map(id => `no row for the mail ${id}`);
  const lost = rows.filter(({ message_id, state }) => state === 'sent' && !received.has(message_id));
  return [...strange, ...lost.map(({ message_id }) => `sent, and never came: ${message_id}`)];
}
