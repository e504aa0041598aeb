import { v7 as newId } from 'uuid';
import { type Plugin } from 'clinic-rapport';
import { giveConsent, recordInterest, withdrawConsent } from 'clinic-rapport/schema';
import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { addPatient, book, furnish, publishSomeNotice } from '../../schema/test/fixture.ts';
import { createTopics } from '../fixtures/notes/topics.ts';
import { Rows } from '../fixtures/probe/rows.ts';
import { vault } from '../fixtures/vault/index.ts';
import { installedPlugins } from '../../scripts/installed.ts';

/** What the plugin was told to mend. */
const told: string[][] = [];
const mending: Plugin = {
  ...vault,
  subjectData: { ...vault.subjectData!, merge: async (fromId, toId) => void told.push([fromId, toId]) },
};
const topics = createTopics();

let app: TestApp;
let rows: Rows;
let kept: string;
let other: string;
let people = 0;

beforeAll(async () => {
  app = await createTestApp({ plugins: [...(await installedPlugins()), mending, topics.plugin] });
  rows = await Rows.of(app.databaseUrl);
});
beforeEach(async () => {
  people++;
  kept = await addPatient(app, { name: '王大明', email: `da-${people}@mail.test` });
  other = await addPatient(app, { name: '王大民', birthDate: '1985-03-09', email: `min-${people}@mail.test` });
});
afterAll(() => rows[Symbol.asyncDispose]());

const desk = () => app.as('frontDesk');
type Answer = Awaited<ReturnType<ReturnType<typeof desk>['query']>>;
const codeOf = ({ errors }: Answer) => errors?.[0]?.extensions?.['code'];

const mergeQuery = `mutation ($input: MergePatientsInput!) {
  mergePatients(input: $input) { id mergedId reason rows { table rows } patient { id birthDate name } }
}`;
const ask = (input: object = {}) =>
  desk().query(mergeQuery, { input: { keptId: kept, mergedId: other, reason: 'Same passport', ...input } });
async function merge(): Promise<{ id: string; rows: { table: string; rows: number }[]; patient: any }> {
  const { data, errors } = await ask();
  expect(errors).toBeUndefined();
  return data.mergePatients;
}
const undo = (mergeId: string) =>
  desk().query('mutation ($input: UnmergePatientsInput!) { unmergePatients(input: $input) { undoneAt } }', {
    input: { mergeId },
  });
const read = async (id: string) => {
  const query = `query ($id: ID!) { patient(id: $id) {
    name birthDate mergedInto { id } contactPoints { value } appointments { nodes { id } } visits { nodes { id } }
    statistics { visits } relatedPersons { name } } }`;
  return (await app.as('owner').data(query, { id })).patient;
};
/** Everything that the database has of both, in one order; what a merge writes down of itself apart. */
async function everything(): Promise<string> {
  const tables = await rows.all<{ name: string }>(
    `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'patient_id'
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
       and c.relname not in ('audit_entry', 'outbox', 'consent', 'patient_merge', 'patient_key') order by 1`,
  );
  const found: unknown[] = [];
  for (const { name } of tables) {
    found.push(
      name,
      await rows.all(`select t.* from ${name} t where patient_id in ($1, $2) order by t::text`, [kept, other]),
    );
  }
  found.push(
    await rows.all(
      'select id, name, birth_date, merged_into, possible_duplicate from patient where id in ($1, $2) order by id',
      [kept, other],
    ),
  );
  return JSON.stringify(found, null, 1);
}

/** A life on a record: a booking with reminders, a visit, a diagnosis, a card of a plugin, a relative, a number, an account. */
async function live(patientId: string, hour: number): Promise<void> {
  const clinic = await furnish(app);
  const booking = { patientId, serviceId: clinic.service, practitionerId: clinic.practitioner };
  await app.as('owner').data(book, { input: { ...booking, startsAt: `2026-06-09T${hour}:30:00+08:00` } });
  await rows.all(
    `insert into visit (clinic_id, id, patient_id, status, started_at, completed_at, currency)
     values ($1, $2, $3, 'COMPLETED', '2026-05-01T02:00Z', '2026-05-01T03:00Z', 'TWD')`,
    [app.clinicId, newId(), patientId],
  );
  const condition = { patientId, code: 'E11.9' };
  const record = 'mutation ($input: RecordConditionInput!) { recordCondition(input: $input) { id } }';
  await app.as('owner').data(record, { input: condition });
  await rows.all('insert into vault_card (clinic_id, id, patient_id, title) values ($1, $2, $3, $4)', [
    app.clinicId,
    newId(),
    patientId,
    `Card ${hour}`,
  ]);
  const relative = { patientId, name: `Relative ${hour}`, relationship: 'SPOUSE' };
  const add = 'mutation ($input: AddRelatedPersonInput!) { addRelatedPerson(input: $input) { id } }';
  await app.as('owner').data(add, { input: relative });
  await app.settle();
}

describe('a merge', () => {
  it('moves what points at the one record to the other, in every plugin, and names what', async () => {
    await live(kept, 11);
    await live(other, 10);
    const { rows: moved, patient } = await merge();
    expect(moved).toEqual(
      expect.arrayContaining([
        { table: 'appointment', rows: 1 },
        { table: 'visit', rows: 1 },
        { table: 'vault_card', rows: 1 },
        { table: 'related_person', rows: 1 },
        { table: 'contact_point', rows: 1 },
        { table: 'recall_reminder', rows: 3 },
      ]),
    );
    expect(patient).toEqual({ id: kept, name: '王大明', birthDate: '1985-03-09' });
    const now = await read(kept);
    expect([now.appointments.nodes.length, now.visits.nodes.length, now.statistics.visits]).toEqual([2, 2, 2]);
    expect(now.contactPoints.map(({ value }: { value: string }) => value).sort()).toEqual([
      `da-${people}@mail.test`,
      `min-${people}@mail.test`,
    ]);
    expect(await read(other)).toMatchObject({ mergedInto: { id: kept }, appointments: { nodes: [] } });
    expect(told.at(-1)).toEqual([other, kept]);
  });

  it('leaves a row where it is that the other record has already, as a diagnosis', async () => {
    await live(kept, 11);
    await live(other, 10);
    await merge();
    const left = await rows.all('select patient_id from patient_condition where patient_id in ($1, $2)', [kept, other]);
    expect(left.map(({ patient_id }) => patient_id).sort()).toEqual([kept, other].sort());
  });

  it('leaves a record that is found no more, and to which nothing is added', async () => {
    await merge();
    const { patients } = await desk().data('query ($s: String) { patients(search: $s) { nodes { id } } }', {
      s: '王大民',
    });
    expect(patients.nodes).not.toContainEqual({ id: other });
    const contact = { patientId: other, system: 'PHONE', value: '0912345678' };
    const add = 'mutation ($input: AddContactPointInput!) { addContactPoint(input: $input) { id } }';
    expect(codeOf(await desk().query(add, { input: contact }))).toBe('CONFLICT');
  });

  it('lets mails for the other record go to the person still', async () => {
    await merge();
    await app.staff.run(({ send }) => send(topics.mails.care, { patientId: other }, {}));
    await app.settle();
    const { deliveries } = await app.staff.data('{ deliveries(first: 1) { nodes { state patient { id } } } }');
    expect(deliveries.nodes[0]).toEqual({ state: 'SENT', patient: { id: kept } });
  });

  it('takes the mails along that wait, and leaves those that were sent beside what they rested on', async () => {
    await app.staff.run(({ send }) => send(topics.mails.care, { patientId: other }, {}));
    await app.settle();
    const at = new Date(app.clock.now().getTime() + 86_400_000);
    await app.staff.run(({ send }) => send(topics.mails.care, { patientId: other }, {}, { at }));
    await merge();
    const found = await rows.all(
      `select patient_id, state from delivery where patient_id in ($1, $2) and mail = 'topics.care' order by id`,
      [kept, other],
    );
    expect(found).toEqual([
      { patient_id: other, state: 'sent' },
      { patient_id: kept, state: 'queued' },
    ]);
  });

  it('lets the link under an old mail work for the record that is kept', async () => {
    await choose(other, 'MARKETING', 'GIVEN');
    await choose(kept, 'MARKETING', 'GIVEN');
    await app.staff.run(({ send }) => send(topics.mails.care, { patientId: other }, {}));
    await app.settle();
    const link = app.mails.at(-1)!.links.find(url => url.includes('/mail-preferences/'))!;
    await merge();
    const body = new URLSearchParams({ stop: 'MARKETING' });
    expect((await app.fetch(link, { method: 'POST', body })).status).toBe(200);
    expect(await present(kept)).toMatchObject({ MARKETING: 'WITHDRAWN' });
  });

  it.each(['kept', 'other'] as const)('is refused while a legal hold stands on the %s record', async which => {
    const id = which === 'kept' ? kept : other;
    const hold = 'mutation ($input: SubjectRequestInput!) { holdPatient(input: $input) { id } }';
    await app.as('owner').data(hold, { input: { patientId: id, reason: 'A court' } });
    expect(codeOf(await ask())).toBe('CONFLICT');
  });

  it('is refused with itself, with who is merged, of an old version, by others and of another clinic', async () => {
    expect(codeOf(await ask({ mergedId: kept }))).toBe('BAD_USER_INPUT');
    expect(codeOf(await ask({ expectedMergedVersion: 9 }))).toBe('CONFLICT');
    const input = { keptId: kept, mergedId: other, reason: 'x' };
    expect(codeOf(await app.as('practitioner').query(mergeQuery, { input }))).toBe('FORBIDDEN');
    const elsewhere = await app.addClinic(`merge-${people}`);
    expect(codeOf(await app.as('owner', { clinicId: elsewhere }).query(mergeQuery, { input }))).toBe('NOT_FOUND');
    await merge();
    expect(codeOf(await ask())).toBe('CONFLICT');
  });

  it('is told before, with what would differ', async () => {
    await live(other, 10);
    await choose(other, 'MARKETING', 'WITHDRAWN');
    const query = `query ($kept: ID!, $other: ID!) { patientMergePreview(keptId: $kept, mergedId: $other) {
      rows { table rows } choices { purpose kept merged result } filled differences obstacles } }`;
    const { patientMergePreview } = await desk().data(query, { kept, other });
    expect(patientMergePreview).toMatchObject({
      choices: [{ purpose: 'MARKETING', kept: null, merged: 'WITHDRAWN', result: 'WITHDRAWN' }],
      filled: ['birthDate'],
      differences: ['name'],
      obstacles: [],
    });
    expect(patientMergePreview.rows).toEqual(expect.arrayContaining([{ table: 'vault_card', rows: 1 }]));
    expect((await read(other)).mergedInto).toBeNull();
  });
});

async function choose(
  patientId: string,
  purpose: 'MARKETING' | 'REMINDER' | 'TRACKING',
  decision: 'GIVEN' | 'WITHDRAWN',
) {
  const noticeVersionId = decision === 'GIVEN' ? await publishSomeNotice(app) : undefined;
  const choice = { patientId, purpose, channel: 'EMAIL', source: 'DESK', noticeVersionId } as const;
  await app.staff.run(context => (decision === 'GIVEN' ? giveConsent : withdrawConsent)(choice, context));
}
async function present(patientId: string): Promise<Record<string, string>> {
  const found = await rows.all(
    'select distinct on (purpose) purpose, decision from consent where patient_id = $1 order by purpose, position desc',
    [patientId],
  );
  return Object.fromEntries(found.map(({ purpose, decision }) => [purpose, decision]));
}

describe('what was chosen', () => {
  type Choice = 'GIVEN' | 'WITHDRAWN' | undefined;
  it.each<[Choice, Choice, Choice]>([
    ['GIVEN', 'GIVEN', 'GIVEN'],
    ['GIVEN', 'WITHDRAWN', 'WITHDRAWN'],
    ['WITHDRAWN', 'GIVEN', 'WITHDRAWN'],
    ['WITHDRAWN', 'WITHDRAWN', 'WITHDRAWN'],
    [undefined, 'GIVEN', 'GIVEN'],
    [undefined, 'WITHDRAWN', 'WITHDRAWN'],
    ['GIVEN', undefined, 'GIVEN'],
    ['WITHDRAWN', undefined, 'WITHDRAWN'],
    [undefined, undefined, undefined],
  ])('here %s and there %s is %s then, and what it was when the merge is undone', async (here, there, then) => {
    if (here) await choose(kept, 'MARKETING', here);
    if (there) await choose(other, 'MARKETING', there);
    const { id } = await merge();
    expect((await present(kept))['MARKETING']).toBe(then);
    expect((await present(other))['MARKETING']).toBe(there);
    expect((await undo(id)).errors).toBeUndefined();
    // Who had never agreed has not agreed; that is told by a withdrawal, as a record is never taken away.
    expect([here, here ?? 'WITHDRAWN']).toContain((await present(kept))['MARKETING']);
    expect((await present(other))['MARKETING']).toBe(there);
  });

  it('of reminders, that somebody wants none, counts, and is taken back with the merge', async () => {
    await choose(other, 'REMINDER', 'WITHDRAWN');
    const { id } = await merge();
    expect(await present(kept)).toEqual({ REMINDER: 'WITHDRAWN' });
    await undo(id);
    expect(await present(kept)).toEqual({ REMINDER: 'GIVEN' });
  });

  it('anew since the merge stays when it is undone', async () => {
    await choose(kept, 'MARKETING', 'GIVEN');
    await choose(other, 'MARKETING', 'WITHDRAWN');
    const { id } = await merge();
    await choose(kept, 'MARKETING', 'GIVEN');
    await choose(kept, 'MARKETING', 'WITHDRAWN');
    await undo(id);
    expect(await present(kept)).toEqual({ MARKETING: 'WITHDRAWN' });
  });
});

test('what was inferred of who agreed on one record goes where the other one has withdrawn', async () => {
  const save = `mutation ($input: SaveInterestInput!) { saveInterest(input: $input) { code } }`;
  const input = { code: 'weight', zhHant: '體重', zhHans: '体重', en: 'Weight' };
  await app.as('owner').data(save, { input });
  const choice = { purpose: 'TRACKING', channel: 'EMAIL', source: 'IMPORT', evidence: 'A form' } as const;
  await app.staff.run(async context => {
    await giveConsent({ ...choice, patientId: other }, context);
    await recordInterest({ patientId: other, code: 'weight', source: 'INFERRED' }, context);
    await withdrawConsent({ ...choice, patientId: kept }, context);
  });
  await merge();
  const { patient } = await desk().data('query ($id: ID!) { patient(id: $id) { interests { interest { code } } } }', {
    id: kept,
  });
  expect(patient.interests).toEqual([]);
});

describe('a merge that is undone', () => {
  it('takes along that an address was proved on the other record, and gives it back', async () => {
    const value = `shared-${people}@mail.test`;
    const [unproved, proved] = [await addPatient(app), await addPatient(app, { email: value })];
    const add = 'mutation ($input: AddContactPointInput!) { addContactPoint(input: $input) { id } }';
    await desk().data(add, { input: { patientId: unproved, system: 'EMAIL', value } });
    const query = 'query ($id: ID!) { patient(id: $id) { contactPoints { value verifiedAt } } }';
    const seen = async () => {
      const { contactPoints } = (await app.as('owner').data(query, { id: unproved })).patient;
      return contactPoints.find((contact: { value: string }) => contact.value === value).verifiedAt;
    };
    const { data } = await ask({ keptId: unproved, mergedId: proved });
    expect(await seen()).not.toBeNull();
    expect((await undo(data.mergePatients.id)).errors).toBeUndefined();
    expect(await seen()).toBeNull();
  });

  it('leaves every row where it was', async () => {
    await live(kept, 11);
    await live(other, 10);
    const before = await everything();
    const { id } = await merge();
    expect(await everything()).not.toBe(before);
    expect((await undo(id)).errors).toBeUndefined();
    expect(await everything()).toBe(before);
    expect(told.at(-1)).toEqual([kept, other]);
    const { patients } = await desk().data('query ($s: String) { patients(search: $s) { nodes { id } } }', {
      s: '王大民',
    });
    expect(patients.nodes.map((one: { id: string }) => one.id)).toContain(other);
  });

  it('leaves with the kept record what came since, and what was corrected', async () => {
    const { id } = await merge();
    const contact = { patientId: kept, system: 'PHONE', value: '0912345678' };
    await desk().data('mutation ($input: AddContactPointInput!) { addContactPoint(input: $input) { id } }', {
      input: contact,
    });
    await desk().data('mutation ($input: UpdatePatientInput!) { updatePatient(input: $input) { id } }', {
      input: { id: kept, birthDate: '1985-03-10' },
    });
    await undo(id);
    expect(await read(kept)).toMatchObject({
      birthDate: '1985-03-10',
      contactPoints: [{}, { value: '+886912345678' }],
    });
    expect(await read(other)).toMatchObject({ birthDate: '1985-03-09', mergedInto: null });
  });

  it('is not undone again, nor where the kept record was merged further or erased', async () => {
    const first = await merge();
    expect((await undo(first.id)).errors).toBeUndefined();
    expect(codeOf(await undo(first.id))).toBe('CONFLICT');
    const { id } = await merge();
    const third = await addPatient(app, { name: '王三' });
    const further = { keptId: third, mergedId: kept, reason: 'Same again' };
    await desk().data(mergeQuery, { input: further });
    expect(codeOf(await undo(id))).toBe('CONFLICT');
  });
});

it('the erasure of the person erases every record of theirs, and their export holds it', async () => {
  await live(other, 10);
  await merge();
  const open = await app
    .as('owner')
    .data('mutation ($input: ExportPatientInput!) { exportPatient(input: $input) { downloadPath } }', {
      input: { patientId: kept, reason: 'Asked' },
    });
  const headers = { authorization: `Bearer ${await app.signIn('owner')}` };
  const told = (await (await app.fetch(open.exportPatient.downloadPath, { headers })).json()) as Record<string, any>;
  expect(told['mergedRecords']).toMatchObject([
    { patientId: other, plugins: { core: { patient: [{ name: '王大民' }] } } },
  ]);
  const erase = 'mutation ($input: SubjectRequestInput!) { erasePatient(input: $input) { name } }';
  const input = { patientId: other, reason: 'Asked' };
  expect(codeOf(await app.as('owner').query(erase, { input }))).toBe('CONFLICT');
  await app.as('owner').data(erase, { input: { ...input, patientId: kept } });
  const merges = await rows.all('select reason, filled from patient_merge where patient_id = $1', [kept]);
  expect(merges).toEqual([{ reason: null, filled: {} }]);
  const left = await rows.all('select name, birth_date::text from patient where id in ($1, $2)', [kept, other]);
  expect(left).toEqual([
    { name: '—', birth_date: '1985-01-01' },
    { name: '—', birth_date: '1985-01-01' },
  ]);
});

it('the erasure of who was merged by mistake takes along what the other record had from it', async () => {
  const { id } = await merge();
  await undo(id);
  const erase = 'mutation ($input: SubjectRequestInput!) { erasePatient(input: $input) { name } }';
  await app.as('owner').data(erase, { input: { patientId: other, reason: 'Asked' } });
  const merges = await rows.all('select filled from patient_merge where merged_id = $1', [other]);
  expect(merges).toEqual([{ filled: {} }]);
});
