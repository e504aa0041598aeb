import { v7 as newId } from 'uuid';
import { definePlugin, type Plugin, type SubjectData } from 'clinic-rapport';
import { giveConsent } from 'clinic-rapport/schema';
import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { subjectTables } from '../../schema/subject-data.ts';
import { addPatient, book, furnish, tuesdayAtTen, type ClinicFixture } from '../../schema/test/fixture.ts';
import { Rows } from '../fixtures/probe/rows.ts';
import { vault } from '../fixtures/vault/index.ts';
import { installedPlugins } from '../../scripts/installed.ts';

/** What the plugin that builds on all others does when it is asked; a test changes it. */
let asked: string[] = [];
let failure: Error | undefined;
const answer = async (what: string): Promise<void> => {
  asked.push(what);
  if (failure) throw failure;
};
const subjectData: SubjectData = {
  export: async () => answer('export').then(() => ({ purrs: 9 })),
  erase: () => answer('erase'),
  hold: (_, on) => answer(on ? 'hold' : 'release'),
};
const cats: Plugin = definePlugin({ name: 'cats', version: '1.0.0', subjectData });

interface GraphqlAnswer {
  errors?: { extensions: Record<string, unknown> }[];
}

let app: TestApp;
let rows: Rows;
let clinic: ClinicFixture;
let patientId: string;
let email: string;
let people = 0;
/** In all that is stored of the patient. */
let word: string;

beforeAll(async () => {
  app = await createTestApp({ plugins: [...(await installedPlugins()), vault, cats] });
  rows = await Rows.of(app.databaseUrl);
});
beforeEach(async () => {
  clinic = await furnish(app);
  [asked, failure] = [[], undefined];
  word = `Kanarie${++people}x`;
  email = `${word}@mail.test`;
  patientId = await addPatient(app, { name: `甘雀${word}`, birthDate: `1985-03-${10 + people}`, email });
});
afterAll(() => rows[Symbol.asyncDispose]());

const input = () => ({ patientId, reason: 'Asked by letter' });
const ask = (name: string, caller = app.as('owner'), id = patientId) =>
  caller.query(`mutation ($input: SubjectRequestInput!) { ${name}(input: $input) { id name erasedAt heldSince } }`, {
    input: { ...input(), patientId: id },
  });
const done = async (name: string, id = patientId) => {
  const { data, errors } = await ask(name, app.as('owner'), id);
  expect(errors).toBeUndefined();
  return data[name];
};
const codeOf = ({ errors }: Awaited<ReturnType<typeof ask>>) => errors?.[0]?.extensions;

/** Where a text stands, in all tables of the database: `patient`, `delivery`. */
async function tablesWith(text: string): Promise<string[]> {
  const tables = await rows.all<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const hits = await rows.all(`select from ${name} t where t::text like $1 limit 1`, [`%${text}%`]);
    if (hits.length > 0) found.push(name);
  }
  return found;
}

/** All that can be stored of someone here: addresses, a booking with reminders, diagnoses, choices, mails, an account. */
async function live(): Promise<void> {
  const as = app.as('owner');
  const booking = { patientId, serviceId: clinic.service, practitionerId: clinic.practitioner };
  await as.data(book, { input: { ...booking, startsAt: tuesdayAtTen, note: `${word} fears needles` } });
  const contact = { patientId, system: 'EMAIL', value: `neu-${email}` };
  await as.data('mutation ($input: AddContactPointInput!) { addContactPoint(input: $input) { id } }', {
    input: contact,
  });
  const allergy = { patientId, substance: `${word} seeds` };
  await as.data('mutation ($input: RecordAllergyInput!) { recordAllergy(input: $input) { id } }', { input: allergy });
  await app.staff.run(context =>
    giveConsent(
      { patientId, purpose: 'REMINDER', channel: 'EMAIL', source: 'PAPER', evidence: `Form of ${word}` },
      context,
    ),
  );
  await app.as([], { patientIds: [] }).data(`mutation { requestSignIn(input: { email: "${email}" }) }`);
  await app.settle();
  const token = /sign-in\/([^"\s]+)/.exec(
    app.mails.findLast(({ to, text }) => to === email && text.includes('/sign-in/'))!.text,
  )![1]!;
  await app.as([], { patientIds: [] }).data(`mutation { signIn(input: { token: "${token}" }) { accessToken } }`);
}

const isOfAppointment = (link: string) => link.includes('/plugins/recall/');

/** What says nothing that is not in the others: what a patient is found by, and ids of events. */
const derived = ['patient_search_term', 'outbox'];

it('is of every table of the core that has rows of a patient', async () => {
  const tables = await rows.all<{ name: string }>(
    `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'patient_id'
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not a.attisdropped`,
  );
  const ofCore = tables
    .map(({ name }) => name)
    .filter(name => !/^(membership|recall|referrals|vault|cats)_/.test(name));
  expect(ofCore.filter(name => !derived.includes(name)).sort()).toEqual(
    Object.keys(subjectTables)
      .filter(name => name !== 'patient')
      .sort(),
  );
});

describe('an export', () => {
  it('is JSON with a section for each installed plugin, behind the right to it and for a week', async () => {
    await live();
    const open = `mutation ($input: ExportPatientInput!) { exportPatient(input: $input) { id kind reason downloadPath } }`;
    const { exportPatient } = await app.as('owner').data(open, { input: input() });
    expect(exportPatient).toMatchObject({ kind: 'EXPORT', reason: 'Asked by letter' });
    const headers = { authorization: `Bearer ${await app.signIn('owner')}` };
    const fetched = await app.fetch(exportPatient.downloadPath, { headers });
    expect([fetched.status, fetched.headers.get('cache-control')]).toEqual([200, 'no-store']);
    const told = (await fetched.json()) as { plugins: Record<string, any> };
    expect(told).toMatchObject({ format: 'clinic-rapport/patient-export@1', patientId });
    expect(Object.keys(told.plugins).sort()).toEqual(['cats', 'core', 'membership', 'recall', 'referrals', 'vault']);
    expect(told.plugins.core).toMatchObject({ patient: [{ name: `甘雀${word}` }], patient_allergy: [{}] });
    expect(told.plugins.recall.reminders.length).toBeGreaterThan(0);
    const desk = { authorization: `Bearer ${await app.signIn('frontDesk')}`, accept: 'application/json' };
    expect((await app.fetch(exportPatient.downloadPath, { headers: desk })).status).toBe(403);
    expect((await app.fetch(exportPatient.downloadPath)).status).toBe(401);
    app.clock.advance(7 * 86_400_000);
    const late = { authorization: `Bearer ${await app.signIn('owner')}`, accept: 'application/json' };
    expect((await app.fetch(exportPatient.downloadPath, { headers: late })).status).toBe(404);
    app.clock.set('2026-06-01T09:00:00+08:00');
  });

  it('names the plugin that could not answer', async () => {
    const { exportPatient } = await app
      .as('owner')
      .data('mutation ($input: ExportPatientInput!) { exportPatient(input: $input) { downloadPath } }', {
        input: input(),
      });
    failure = new Error('no');
    const headers = { authorization: `Bearer ${await app.signIn('owner')}`, accept: 'application/json' };
    const { errors } = (await (await app.fetch(exportPatient.downloadPath, { headers })).json()) as GraphqlAnswer;
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'PLUGIN_UNAVAILABLE', plugin: 'cats' });
  });
});

describe('an erasure', () => {
  it('leaves no word of the patient in any table', async () => {
    await live();
    const birthDate = `1985-03-${10 + people}`;
    expect(await tablesWith(word)).toEqual(
      expect.arrayContaining(['patient', 'contact_point', 'delivery', 'consent', 'appointment', 'user_account']),
    );
    expect(await tablesWith(birthDate)).toEqual(['patient']);
    expect((await done('erasePatient')).erasedAt).not.toBeNull();
    expect([await tablesWith(word), await tablesWith(birthDate)]).toEqual([[], []]);
  });

  it('calls off what is to come, drops mails that wait, and tells plugins', async () => {
    await live();
    await done('erasePatient');
    await app.settle();
    const query = `query ($id: ID!) { patient(id: $id) { name appointments { nodes { status } } deliveries(first: 50) { nodes { state reason } } } }`;
    const { patient } = await app.as('owner').data(query, { id: patientId });
    expect(patient).toMatchObject({ name: '—', appointments: { nodes: [{ status: 'CANCELLED' }] } });
    expect(patient.deliveries.nodes.filter(({ state }: { state: string }) => state === 'QUEUED')).toEqual([]);
    expect(
      await rows.all(`select from outbox where name = 'patient.erased' and patient_id = $1`, [patientId]),
    ).toHaveLength(1);
    expect(await rows.all('select from recall_reminder where patient_id = $1', [patientId])).toEqual([]);
  });

  it('erases what a plugin has that the clinic has switched off', async () => {
    const id = newId();
    await rows.all(`insert into vault_card (clinic_id, id, patient_id, title) values ($1, $2, $3, 'Kanarie')`, [
      app.clinicId,
      id,
      patientId,
    ]);
    await rows.all(`update clinic_plugin set enabled = false where plugin = 'vault'`);
    await done('erasePatient');
    expect(await rows.all('select from vault_card where id = $1', [id])).toEqual([]);
    await rows.all(`update clinic_plugin set enabled = true where plugin = 'vault'`);
  });

  it('erases nothing where one plugin fails, and names it', async () => {
    await live();
    failure = new Error('no');
    expect(codeOf(await ask('erasePatient'))).toMatchObject({ code: 'PLUGIN_UNAVAILABLE', plugin: 'cats' });
    const { patient } = await app.as('owner').data('query ($id: ID!) { patient(id: $id) { name erasedAt } }', {
      id: patientId,
    });
    expect(patient).toEqual({ name: `甘雀${word}`, erasedAt: null });
    expect(await rows.all('select from recall_reminder where patient_id = $1', [patientId])).not.toEqual([]);
  });

  it('done again changes nothing, and tells nobody again', async () => {
    const first = await done('erasePatient');
    app.clock.advance(60_000);
    expect(await done('erasePatient')).toEqual(first);
    expect(
      await rows.all(`select from outbox where name = 'patient.erased' and patient_id = $1`, [patientId]),
    ).toHaveLength(1);
  });

  it('ends the account and every link', async () => {
    await live();
    const [account] = await rows.all('select subject from user_account where id = $1', [patientId]);
    const authorization = `Bearer ${await app.app.issueToken({ subject: account!['subject'] })}`;
    const me = async () => {
      const body = JSON.stringify({ query: '{ me { id } }' });
      const headers = { authorization, 'content-type': 'application/json', 'x-clinic-id': app.clinicId };
      return (await (await app.fetch('/graphql', { method: 'POST', headers, body })).json()) as GraphqlAnswer;
    };
    expect((await me()).errors).toBeUndefined();
    const link = app.mails.flatMap(({ to, links }) => (to === email ? links : [])).find(isOfAppointment)!;
    expect((await app.fetch(link)).status).toBe(200);
    await done('erasePatient');
    // What a token may do is known for a moment still: the notice of the change comes by another connection.
    let answer = await me();
    for (let asked = 0; asked < 500 && !answer.errors; asked++) answer = await me();
    expect(answer.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
    for (const method of ['GET', 'POST']) expect((await app.fetch(link, { method })).status).toBe(410);
  });

  it('leaves the others of a household their address and their mails', async () => {
    const other = await addPatient(app, { name: '甘雀弟', email });
    await app.as('owner').data(`mutation { requestSignIn(input: { email: "${email}" }) }`);
    await done('erasePatient');
    await app.settle();
    const { patient } = await app
      .as('owner')
      .data('query ($id: ID!) { patient(id: $id) { contactPoints { value } } }', {
        id: other,
      });
    expect(patient.contactPoints).toEqual([{ value: email }]);
  });

  it('waits for a visit that is under way', async () => {
    await rows.all(
      `insert into visit (clinic_id, id, patient_id, status, started_at, currency) values ($1, $2, $3, 'IN_PROGRESS', now(), 'TWD')`,
      [app.clinicId, newId(), patientId],
    );
    expect(codeOf(await ask('erasePatient'))).toMatchObject({ code: 'CONFLICT' });
  });

  it('is the owner’s alone, and of no other clinic', async () => {
    for (const role of ['frontDesk', 'practitioner', 'marketer', 'patient'] as const) {
      expect(codeOf(await ask('erasePatient', app.as(role)))).toMatchObject({ code: 'FORBIDDEN' });
    }
    const elsewhere = app.as('owner', { clinicId: await app.addClinic('elsewhere') });
    expect(codeOf(await ask('erasePatient', elsewhere))).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('is written down with its reason, and takes the reasons of others away', async () => {
    await done('holdPatient');
    await done('releasePatient');
    await done('erasePatient');
    const query = `query ($id: ID!) { subjectRequests(filter: { patientId: [$id] }) { nodes { kind reason actorKind } } }`;
    const { subjectRequests } = await app.as('owner').data(query, { id: patientId });
    expect(subjectRequests.nodes).toEqual([
      { kind: 'ERASURE', reason: 'Asked by letter', actorKind: 'user' },
      { kind: 'RELEASE', reason: null, actorKind: 'user' },
      { kind: 'HOLD', reason: null, actorKind: 'user' },
    ]);
    await app.settle();
    const acts = await rows.all('select distinct operation from audit_entry where patient_id = $1', [patientId]);
    expect(acts.map(({ operation }) => operation)).toEqual(
      expect.arrayContaining(['erasePatient', 'holdPatient', 'releasePatient']),
    );
  });
});

describe('a legal hold', () => {
  it('stands against erasure in every plugin, until it is released', async () => {
    expect((await done('holdPatient')).heldSince).not.toBeNull();
    await done('holdPatient');
    expect(codeOf(await ask('erasePatient'))).toMatchObject({ code: 'CONFLICT' });
    expect((await done('releasePatient')).heldSince).toBeNull();
    await done('erasePatient');
    expect(asked).toEqual(['hold', 'release', 'erase']);
  });
});

describe('a recorded choice', () => {
  it('can lose its free text, and is otherwise what it was', async () => {
    const { id } = await app.staff.run(context =>
      giveConsent({ patientId, purpose: 'CARE', channel: 'EMAIL', source: 'PAPER', evidence: 'A form' }, context),
    );
    const change = (set: string) =>
      app.staff.run(({ em }) => em.execute(`update consent set ${set} where id = ?`, [id]));
    await expect(change("evidence = 'Another form'")).rejects.toMatchObject({ code: '42501' });
    await expect(change("decision = 'WITHDRAWN'")).rejects.toMatchObject({ code: '42501' });
    await expect(change('evidence = null')).resolves.toBeDefined();
  });
});
