import pg from 'pg';
import { v7 as newId } from 'uuid';
import { core } from 'clinic-rapport/schema';
import { createTestApp, type Caller, type TestApp } from 'clinic-rapport/testing';
import { subjectData } from '../subject-data.ts';
import { addPatient } from './fixture.ts';

let app: TestApp;
let patientId: string;
let desk: Caller;
let doctor: Caller;
let users = 0;

beforeAll(async () => {
  app = await createTestApp({ plugins: [core] });
});
beforeEach(async () => {
  patientId = await addPatient(app);
  // What one user may spend, another does not lack.
  desk = app.as('frontDesk', { userId: `desk-${++users}` });
  doctor = app.as('practitioner', { userId: `doctor-${users}` });
});

const set =
  'mutation ($input: SetPatientIdentifierInput!) { setPatientIdentifier(input: $input) { id masked country } }';
const find = 'mutation ($input: FindPatientByIdentifierInput!) { findPatientByIdentifier(input: $input) { id } }';
const reveal = 'mutation ($input: RevealPatientIdentifierInput!) { revealPatientIdentifier(input: $input) { value } }';
const reason = 'Claim for the insurance';

const record = async (kind: string, value: string, more: object = {}, who = desk) =>
  (await who.data(set, { input: { patientId, kind, value, ...more } })).setPatientIdentifier;
const refusal = async (who: Caller, document: string, input: object) => {
  const { errors } = await who.query(document, { input });
  return {
    code: errors?.[0]?.extensions?.['code'],
    field: errors?.[0]?.extensions?.['field'],
    text: JSON.stringify(errors),
  };
};
const rows = async (text: string): Promise<any[]> => {
  const client = new pg.Client({ connectionString: app.databaseUrl });
  await client.connect();
  return client
    .query(text)
    .then(({ rows: found }) => found, String)
    .finally(() => client.end()) as Promise<any[]>;
};

/** Valid ids of Taiwan, one after the other. */
let ids = 0;
const nationalId = (): string => {
  const digits = [1, ...String(++ids).padStart(7, '0')].map(Number);
  const sum = 1 + digits.reduce((all, digit, at) => all + digit * (8 - at), 0);
  return `A${digits.join('')}${(10 - (sum % 10)) % 10}`;
};

describe('a number of a patient', () => {
  it('is recorded by the desk, and shown by its end alone', async () => {
    const value = nationalId();
    expect(await record('NATIONAL_ID', value)).toMatchObject({ country: 'TW', masked: `•••••••${value.slice(-3)}` });
    const { patient } = await desk.data(
      `{ patient(id: "${patientId}") { identifiers { kind masked recordedAt } identifiersAgain: identifiers { id } } }`,
    );
    expect(patient.identifiers).toEqual([
      { kind: 'NATIONAL_ID', masked: `•••••••${value.slice(-3)}`, recordedAt: app.clock.now().toISOString() },
    ]);
  });

  it('does not show its end where that would be nearly all of it', async () => {
    expect((await record('CHART_NUMBER', '12-34')).masked).toBe('••••');
    expect((await record('CHART_NUMBER', 'A 12-34')).masked).toBe('•••34');
  });

  it('takes the place of the one of its kind and country', async () => {
    const first = await record('CHART_NUMBER', 'A-00123');
    const again = await record('CHART_NUMBER', 'ａ００１２３');
    expect(again.id).toBe(first.id);
    const second = await record('CHART_NUMBER', 'A-00124');
    await record('NATIONAL_ID', nationalId());
    await record('NATIONAL_ID', 'X-99 1', { country: 'DE' });
    const { patient } = await desk.data(`{ patient(id: "${patientId}") { identifiers { id } } }`);
    expect(patient.identifiers).toHaveLength(3);
    expect(patient.identifiers.map(({ id }: { id: string }) => id)).toContain(second.id);
    expect(patient.identifiers.map(({ id }: { id: string }) => id)).not.toContain(first.id);
  });

  it.each([
    ['NATIONAL_ID', 'A123456788', undefined],
    ['NATIONAL_ID', '11010519491231002A', 'CN'],
    ['NATIONAL_ID', '123', 'CN'],
    ['INSURANCE_NUMBER', '12345', 'TW'],
    ['CHART_NUMBER', ' - ', undefined],
    ['CHART_NUMBER', 'x'.repeat(41), undefined],
  ])('is refused where it is none: %s %s', async (kind, value, country) => {
    const { code, field, text } = await refusal(desk, set, { patientId, kind, value, country });
    expect([code, field]).toEqual(['BAD_USER_INPUT', 'input.value']);
    if (value.length > 4) expect(text).not.toContain(value);
  });

  it('is one patient’s in a clinic, also where two record it at once, and anyone’s in another', async () => {
    const value = nationalId();
    const others = await Promise.all(Array.from({ length: 5 }, () => addPatient(app)));
    const answers = await Promise.all(
      others.map(other => desk.query(set, { input: { patientId: other, kind: 'NATIONAL_ID', value } })),
    );
    const codes = answers.map(({ errors }) => errors?.[0]?.extensions?.['code'] ?? 'OK');
    expect(codes.sort()).toEqual(['CONFLICT', 'CONFLICT', 'CONFLICT', 'CONFLICT', 'OK']);
    expect(JSON.stringify(answers)).not.toContain(value);
    const clinicId = await app.addClinic('elsewhere');
    const abroad = await addPatient(app, { clinicId });
    const input = { patientId: abroad, kind: 'NATIONAL_ID', value };
    expect(await app.as('frontDesk', { clinicId }).data(set, { input })).toBeTruthy();
    const lookups = await rows(
      `select lookup from patient_identifier where patient_id in ('${abroad}', '${others.join("','")}')`,
    );
    expect(new Set(lookups.map(({ lookup }) => lookup)).size).toBe(2);
  });

  it('is removed, and can be another’s then', async () => {
    const { id } = await record('CHART_NUMBER', 'R-00777');
    const remove =
      'mutation ($input: RemovePatientIdentifierInput!) { removePatientIdentifier(input: $input) { id identifiers { id } } }';
    expect((await desk.data(remove, { input: { id } })).removePatientIdentifier).toEqual({
      id: patientId,
      identifiers: [],
    });
    expect((await refusal(desk, remove, { id })).code).toBe('NOT_FOUND');
    patientId = await addPatient(app);
    await record('CHART_NUMBER', 'R-00777');
  });

  it('is not in the tables, nor in what the audit, the keys of idempotency and the events keep', async () => {
    const value = 'KANARIE-77-1';
    const { id } = await record('CHART_NUMBER', value);
    await desk.data(find, { input: { kind: 'CHART_NUMBER', value } });
    await doctor.data(reveal, { input: { id, reason } });
    await app.settle();
    const tables = await rows(`select quote_ident(tablename) as name from pg_tables where schemaname = 'public'`);
    for (const { name } of tables) {
      const held = await rows(`select to_jsonb(t)::text as row from ${name} t`);
      const bare = held.map(({ row }) =>
        String(row)
          .toUpperCase()
          .replace(/[^A-Z0-9]/g, ''),
      );
      expect([name, bare.filter(text => text.includes('KANARIE771'))]).toEqual([name, []]);
    }
    const [{ sealed }] = await rows(`select sealed from patient_identifier where id = '${id}'`);
    expect((sealed as Buffer).toString('latin1')).not.toContain('KANARIE');
  });
});

describe('a patient is found by a number', () => {
  it('in whatever form it is given, and that is written down of the patient', async () => {
    await record('CHART_NUMBER', 'A-00999');
    for (const value of ['A-00999', 'a00999', 'Ａ 00 999', ' a.00.999 '])
      expect((await desk.data(find, { input: { kind: 'CHART_NUMBER', value } })).findPatientByIdentifier).toEqual({
        id: patientId,
      });
    const entries = `{ auditEntries(filter: { kind: [CREATE] }, first: 5) { nodes { operation action subjectType patientId fields } } }`;
    const { auditEntries } = await app.as('owner').data(entries);
    expect(auditEntries.nodes[0]).toMatchObject({
      operation: 'findPatientByIdentifier',
      action: 'patient.identifier.find',
      subjectType: 'identifier_use',
      patientId,
    });
  });

  it('not by another kind, a part of it, or in another clinic; and who finds nobody is written down too', async () => {
    await record('CHART_NUMBER', 'B-00999');
    const clinicId = await app.addClinic('other');
    const answers = [
      await desk.data(find, { input: { kind: 'INSURANCE_NUMBER', value: 'B00999' } }),
      await desk.data(find, { input: { kind: 'CHART_NUMBER', value: 'B0099' } }),
      await app.as('frontDesk', { clinicId }).data(find, { input: { kind: 'CHART_NUMBER', value: 'B-00999' } }),
    ];
    expect(answers).toEqual(Array(3).fill({ findPatientByIdentifier: null }));
    const { auditEntries } = await app.as('owner').data('{ auditEntries(first: 1) { nodes { kind operation } } }');
    expect(auditEntries.nodes).toEqual([{ kind: 'ACT', operation: 'findPatientByIdentifier' }]);
  });

  it('sixty times in ten minutes, by one user', async () => {
    const ask = () => desk.query(find, { input: { kind: 'CHART_NUMBER', value: '0000' } });
    const answers = await Promise.all(Array.from({ length: 61 }, ask));
    const refused = answers.filter(({ errors }) => errors?.[0]?.extensions?.['code'] === 'RATE_LIMITED');
    expect(refused).toHaveLength(1);
    await doctor.data(find, { input: { kind: 'CHART_NUMBER', value: '0000' } });
  });
});

describe('a number in clear', () => {
  it('is for a reason, which the owner sees with who asked', async () => {
    const { id } = await record('CHART_NUMBER', 'C-00123');
    expect((await doctor.data(reveal, { input: { id, reason } })).revealPatientIdentifier).toEqual({
      value: 'C-00123',
    });
    const query = `{ patient(id: "${patientId}") { identifierUses { act kind reason usedBy usedAt identifierId } } }`;
    expect((await app.as('owner').data(query)).patient.identifierUses).toEqual([
      {
        act: 'REVEALED',
        kind: 'CHART_NUMBER',
        reason,
        usedBy: `user doctor-${users}`,
        usedAt: app.clock.now().toISOString(),
        identifierId: id,
      },
    ]);
    const { auditEntries } = await app
      .as('owner')
      .data('{ auditEntries(first: 1) { nodes { kind operation patientId } } }');
    expect(auditEntries.nodes).toEqual([{ kind: 'CREATE', operation: 'revealPatientIdentifier', patientId }]);
    const mine = app.as('patient', { patientIds: [patientId] });
    const log = `{ patient(id: "${patientId}") { accessLog(first: 1) { nodes { words(language: EN) } } } }`;
    expect((await mine.data(log)).patient.accessLog.nodes[0].words).toContain('a look at a number of yours');
  });

  it('is not for the front desk, the marketer, nor a patient', async () => {
    const { id } = await record('CHART_NUMBER', 'D-00123');
    for (const role of ['frontDesk', 'marketer', 'patient', 'operator'] as const)
      expect((await refusal(app.as(role), reveal, { id, reason })).code).toBe('FORBIDDEN');
  });

  it.each(['', 'why', '  ab  ', 'x'.repeat(501), 'Asked for E-00 123', 'For A123456789 at the desk'])(
    'is not for the reason %j',
    async given => {
      const { id } = await record('CHART_NUMBER', 'E-00123');
      expect(await refusal(doctor, reveal, { id, reason: given })).toMatchObject({
        code: 'BAD_USER_INPUT',
        field: 'input.reason',
      });
      await desk.data('mutation ($id: ID!) { removePatientIdentifier(input: { id: $id }) { id } }', { id });
    },
  );

  it('is there twenty times in an hour, for one user', async () => {
    const { id } = await record('CHART_NUMBER', 'F-00123');
    const answers = await Promise.all(Array.from({ length: 21 }, () => refusal(doctor, reveal, { id, reason })));
    expect(answers.filter(({ code }) => code === 'RATE_LIMITED')).toHaveLength(1);
    expect(answers.filter(({ code }) => code === undefined)).toHaveLength(20);
  });

  it('does not open in the row of another, nor changed', async () => {
    const { id } = await record('CHART_NUMBER', 'G-00123');
    const other = await record('NATIONAL_ID', nationalId());
    await rows(
      `update patient_identifier set sealed = (select sealed from patient_identifier where id = '${id}') where id = '${other.id}'`,
    );
    expect((await refusal(doctor, reveal, { id: other.id, reason })).code).toBe('INTERNAL_SERVER_ERROR');
    await rows(
      `update patient_identifier set sealed = set_byte(sealed, 50, get_byte(sealed, 50) # 1) where id = '${id}'`,
    );
    expect((await refusal(doctor, reveal, { id, reason })).code).toBe('INTERNAL_SERVER_ERROR');
  });
});

describe('who is erased', () => {
  it('gets the numbers in clear first; then the key is gone, and what a backup of the row alone would have cannot be read', async () => {
    const value = nationalId();
    const { id } = await record('NATIONAL_ID', value);
    await doctor.data(reveal, { input: { id, reason } });
    const told = await app.staff.run(context => subjectData.export(patientId, context));
    expect(told['patient_identifier']).toMatchObject([{ kind: 'NATIONAL_ID', country: 'TW', value }]);
    expect(told['identifier_use']).toMatchObject([{ act: 'REVEALED', reason }]);
    expect(JSON.stringify(told)).not.toMatch(/"(sealed|wrapped|lookup)":/);
    const [{ sealed }] = await rows(`select sealed from patient_identifier where id = '${id}'`);
    await app.staff.run(context => subjectData.erase(patientId, context));
    expect(await rows(`select from patient_identifier where patient_id = '${patientId}'`)).toEqual([]);
    expect(await rows(`select from patient_key where patient_id = '${patientId}'`)).toEqual([]);
    expect(await rows(`select reason from identifier_use where patient_id = '${patientId}'`)).toEqual([
      { reason: null },
    ]);
    const place = { table: 'patient_identifier', column: 'sealed', id };
    await expect(app.staff.run(({ vault }) => vault.open(sealed, place))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect((await refusal(desk, set, { patientId, kind: 'NATIONAL_ID', value })).code).toBe('CONFLICT');
  });
});

describe('what plugins keep in the vault', () => {
  it('is sealed in a transaction, for one place, with one key of the patient', async () => {
    const place = { table: 'reviews_card', column: 'number', id: newId() };
    const sealed = await app.staff.run(async ({ vault }) =>
      Promise.all([1, 2].map(() => vault.seal('4711', patientId, place))),
    );
    expect(sealed[0]!.equals(sealed[1]!)).toBe(false);
    expect(await rows(`select from patient_key where patient_id = '${patientId}'`)).toHaveLength(1);
    await app.staff.run(async ({ vault }) => {
      expect(await vault.open(sealed[0]!, place)).toBe('4711');
      await expect(vault.open(sealed[0]!, { ...place, column: 'other' })).rejects.toThrow();
      const [one, other] = [await vault.indexer('reviews_card.number'), await vault.indexer('reviews_card.other')];
      expect(one('4711')).toMatch(/^[\w-]{43}$/);
      expect(one('4711')).not.toBe(other('4711'));
    });
    const context = await app.app.platform.contextFor({ clinicId: app.clinicId, actor: app.staff.actor });
    await expect(context.vault.seal('4711', patientId, place)).rejects.toThrow('outside a transaction');
  });

  it('of another patient does not open for a patient', async () => {
    const place = { table: 'reviews_card', column: 'number', id: newId() };
    const sealed = await app.staff.run(({ vault }) => vault.seal('4711', patientId, place));
    const other = app.as('patient', { patientIds: [await addPatient(app)] });
    await expect(other.run(({ vault }) => vault.open(sealed, place))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
