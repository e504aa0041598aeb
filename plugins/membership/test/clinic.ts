import type { Context } from 'clinic-rapport';
import { ContactPoint, core, indexPatient, Patient } from 'clinic-rapport/schema';
import { createTestApp, type Caller, type TestApp, type TestAppOptions } from 'clinic-rapport/testing';
import membership from '../index.ts';

export const openApp = (options: Partial<TestAppOptions> = {}): Promise<TestApp> =>
  createTestApp({ plugins: [core, membership], ...options });

let people = 0;

/** One patient with a verified address. */
export interface Person {
  readonly id: string;
  readonly address: string;
  /** Signed in as this patient. */
  readonly self: Caller;
}

export async function addPerson(app: TestApp, clinicId = app.clinicId): Promise<Person> {
  const address = `member-${++people}@example.com`;
  const id = await app.as(['*'], { clinicId }).run(async (context: Context) => {
    const { em, now } = context;
    const patient = em.create(Patient, { name: '王小明', language: 'zh-Hant' });
    em.create(ContactPoint, { patient, system: 'EMAIL', value: address, verifiedAt: now });
    await indexPatient(patient, context);
    return patient.id;
  });
  return { id, address, self: app.as('patient', { patientIds: [id], clinicId }) };
}

/** What the patient has, as the patient sees it. */
export async function pointsOf({ id, self }: Person): Promise<any> {
  const query = `query ($id: ID!) { patient(id: $id) {
    pointsBalance { available pending owed nextExpiry { on points } } } }`;
  return (await self.data(query, { id })).patient.pointsBalance;
}

/** The statement as the patient sees it, the first entry first: kind, what it changed, what was left. */
export async function statementOf({ id, self }: Person): Promise<unknown[]> {
  const query = `query ($id: ID!) { patient(id: $id) {
    pointsStatement(last: 100) { nodes { kind change availableAfter } } } }`;
  const { patient } = await self.data(query, { id });
  return patient.pointsStatement.nodes.map((node: any) => [node.kind, node.change, node.availableAfter]).reverse();
}

export const adjust =
  'mutation ($input: AdjustPointsInput!) { adjustPoints(input: $input) { available pending owed } }';

export const codeOf = ({ errors }: Awaited<ReturnType<Caller['query']>>): unknown => errors?.[0]?.extensions?.['code'];

/** What the entries of a patient or a lot come to, by the three accounts of a patient. */
const held = (which: string): string => `(select array[
  coalesce(sum(points) filter (where account = 'AVAILABLE'), 0), coalesce(sum(points) filter (where account = 'PENDING'), 0),
  -coalesce(sum(points) filter (where account = 'OWED'), 0)]::integer[] from line l where ${which})`;

/** Where the ledger does not come to what balances, lots and later entries say, or an account between two does not come to zero. */
export const disagreements = (app: TestApp): Promise<unknown[]> =>
  app.staff.run(({ em }) =>
    em.execute(`with line as (
        select patient_id, lot_id, to_account as account, points from membership_ledger_entry
        union all select patient_id, lot_id, from_account, -points from membership_ledger_entry)
      select 'balance' as what, patient_id::text as which from membership_balance b
      where array[available, pending, owed] is distinct from ${held('l.patient_id = b.patient_id')}
      union all select 'lot', id::text from membership_lot t
      where array[available, pending, owed] is distinct from ${held('l.lot_id = t.id')}
      union all select 'whose', e.lot_id::text from membership_ledger_entry e group by e.lot_id, e.patient_id
      having sum(case 'AVAILABLE' when to_account then points when from_account then -points else 0 end) <> 0
        and not exists (select from membership_lot t where t.id = e.lot_id and t.patient_id = e.patient_id)
      union all select 'after', e.id::text from membership_ledger_entry e
      where available_after <> (
        select coalesce(sum(case 'AVAILABLE' when p.to_account then p.points when p.from_account then -p.points end), 0)
        from membership_ledger_entry p where p.patient_id = e.patient_id and p.sequence <= e.sequence)
      union all select 'between', account from line where account = 'MOVED' group by account having sum(points) <> 0
      union all select 'between', 'SETTLED' from line where account in ('SETTLED') having sum(points) <> 0`),
  );
