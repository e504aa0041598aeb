import { trace } from '@opentelemetry/api';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { defineMail, definePlugin, type Fields } from 'clinic-rapport';
import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { systemActor } from '../../api/platform.ts';
import { declaredMapping } from '../../scripts/import/declared.ts';
import { importFile } from '../../scripts/import/import.ts';
import { furnish, tuesdayAtTen, type ClinicFixture } from '../../schema/test/fixture.ts';
import { sightings, type Traces } from '../fixtures/canary/aviary.ts';
import { Rows } from '../fixtures/probe/rows.ts';
import { installedPlugins } from '../../scripts/installed.ts';

/** What the clinic keeps of a patient under lock: nowhere in clear, whatever happens. */
const numbers = { nationalId: 'F131104093', insuranceNumber: '880142357196', chartNumber: 'KAN-0077-19' };
/** What staff see and is stored, in the columns that are for it and nowhere else. */
const details = { phone: '+886955731907', email: 'canary.7319@mail.example', diagnosis: 'Kanarienfieber acuta' };
const secret = { numbers: { ...numbers, imported: 'F223456786' }, details };

/** Where the details may be, and why. */
const homes: Readonly<Record<string, string>> = {
  'table contact_point.value email': 'is the address',
  'table contact_point.value phone': 'is the number',
  'table delivery.address email': 'is where the mail went by which it was proved',
  'table patient_search_term.term phone': 'the desk finds patients by it',
  'table patient_condition.display diagnosis': 'is the diagnosis',
  'table visit_procedure.name diagnosis': 'is what was done',
};

/** Writes into mails what does not belong there. */
const leak = defineMail<{ words: string }>('leaks.leak', {
  purpose: 'care',
  stream: 'transactional',
  template: new URL('../fixtures/notes/previewed.mjml', import.meta.url),
  texts: {
    'zh-Hant': { subject: '信：{{ words }}', preview: 'x' },
    'zh-Hans': { subject: '信：{{ words }}', preview: 'x' },
    en: { subject: 'A mail: {{ words }}', preview: 'x' },
  },
  sample: { words: 'x', body: 'x' },
  // Of the delivery's data, which is stored, only which one it is.
  fields: async ({ words }): Promise<Fields> => ({ words: Object.values(secret.numbers)[Number(words)]!, body: 'x' }),
});
const leaks = definePlugin({ name: 'leaks', version: '1.0.0', mails: [leak] });

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const log: string[] = [];
/** The errors of answers. */
const refused: string[] = [];
let app: TestApp;
let clinic: ClinicFixture;
let metricsPort: number;

beforeAll(async () => {
  provider.register();
  app = await createTestApp({
    plugins: [...(await installedPlugins()), leaks],
    logTo: { write: line => void log.push(line) },
    metrics: true,
  });
  clinic = await furnish(app);
  metricsPort = (await app.app.listenForMetrics({ port: 0, host: '127.0.0.1' })).port;
});
afterAll(() => provider.shutdown());

type Role = 'owner' | 'frontDesk' | 'practitioner';
const tokens = new Map<Role, string>();

/** As a frontend asks: by HTTP, with variables. Answers data and the code of the first error. */
async function ask(role: Role, query: string, variables: object = {}): Promise<{ data: any; code?: string }> {
  if (!tokens.has(role)) tokens.set(role, await app.signIn(role));
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${tokens.get(role)}` };
  const response = await app.fetch('/graphql', { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  const { data, errors } = (await response.json()) as { data: any; errors?: { extensions: { code: string } }[] };
  if (errors) refused.push(JSON.stringify(errors));
  return { data, code: errors?.[0]?.extensions.code };
}

/** A mutation with an `input`; answers the object, or the code of its error. */
async function change(role: Role, name: string, input: object, fields = 'id'): Promise<any> {
  const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
  const known = ['checkInAppointment', 'confirmAppointment'].includes(name) ? 'AppointmentInput' : type;
  const document = `mutation Day($input: ${known}!) { ${name}(input: $input) ${fields && `{ ${fields} }`} }`;
  const { data, code } = await ask(role, document, { input });
  return code ?? data[name];
}

async function traces(): Promise<Traces> {
  await app.settle();
  const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  return { databaseUrl: app.databaseUrl, log, spans: exporter.getFinishedSpans(), metrics, mails: app.mails };
}

/** The patient comes, is recorded, is found, is treated and written to. */
async function day(): Promise<string> {
  const registered = { name: '王小明', email: details.email, phone: details.phone, language: 'ZH_HANT' };
  const patient = await change('frontDesk', 'registerPatient', { ...registered, idempotencyKey: 'day-1' });
  const patientId: string = patient.id;
  await app.staff.run(({ em, now }) =>
    em.execute('update contact_point set verified_at = ? where patient_id = ?', [now.toISOString(), patientId]),
  );
  const ids: string[] = [];
  const kinds = { nationalId: 'NATIONAL_ID', insuranceNumber: 'INSURANCE_NUMBER', chartNumber: 'CHART_NUMBER' };
  for (const [name, kind] of Object.entries(kinds)) {
    const value = numbers[name as keyof typeof numbers];
    const { id } = await change('frontDesk', 'setPatientIdentifier', { patientId, kind, value });
    ids.push(id);
    expect(await change('frontDesk', 'findPatientByIdentifier', { kind, value })).toEqual({ id: patientId });
    expect(await change('practitioner', 'revealPatientIdentifier', { id, reason: 'For the form' }, 'value')).toEqual({
      value,
    });
  }
  await refusals(patientId, ids);
  const condition = { patientId, code: 'L40.0', display: details.diagnosis, idempotencyKey: 'day-2' };
  await change('practitioner', 'recordCondition', condition);
  const { practitioner: practitionerId, service: serviceId } = clinic;
  const booking = { patientId, practitionerId, serviceId, startsAt: tuesdayAtTen, idempotencyKey: 'day-3' };
  const appointment = await change('frontDesk', 'bookAppointment', booking);
  await change('frontDesk', 'confirmAppointment', { id: appointment.id });
  for (const words of Object.keys(Object.values(secret.numbers)))
    await app.staff.run(({ send }) => send(leak, { patientId }, { words }));
  await app.settle();
  app.clock.set(tuesdayAtTen);
  await app.settle();
  await change('frontDesk', 'checkInAppointment', { id: appointment.id });
  const visit = await change('practitioner', 'startVisit', { appointmentId: appointment.id });
  await change('practitioner', 'completeVisit', { id: visit.id, procedures: [{ name: details.diagnosis }] });
  await ask(
    'owner',
    `{ patients { nodes { name identifiers { masked } identifierUses { reason } accessLog { nodes { words(language: EN) } } } }
    auditEntries { nodes { action fields } } deliveries { nodes { state reason } } jobs { nodes { id } } events { nodes { id } } }`,
  );
  return patientId;
}

/** What people get wrong, with a number in hand. */
async function refusals(patientId: string, ids: readonly string[]): Promise<void> {
  const other = await change('frontDesk', 'registerPatient', { name: '李小華', language: 'ZH_HANT' });
  const { nationalId, chartNumber } = numbers;
  const wrong = `${nationalId.slice(0, -1)}0`;
  const kind = 'NATIONAL_ID';
  expect(await change('frontDesk', 'setPatientIdentifier', { patientId: other.id, kind, value: nationalId })).toBe(
    'CONFLICT',
  );
  expect(await change('frontDesk', 'setPatientIdentifier', { patientId, kind, value: wrong })).toBe('BAD_USER_INPUT');
  expect(await change('frontDesk', 'setPatientIdentifier', { patientId, kind, value: [nationalId] })).toBe(
    'BAD_USER_INPUT',
  );
  expect(await change('frontDesk', 'setPatientIdentifier', { patientId: nationalId, kind, value: nationalId })).toBe(
    'NOT_FOUND',
  );
  expect(await change('frontDesk', 'revealPatientIdentifier', { id: ids[0], reason: chartNumber })).toBe('FORBIDDEN');
  expect(await change('practitioner', 'revealPatientIdentifier', { id: ids[0], reason: `For ${nationalId}` })).toBe(
    'BAD_USER_INPUT',
  );
  expect(await change('practitioner', 'revealPatientIdentifier', { id: ids[2], reason: `For ${chartNumber}` })).toBe(
    'BAD_USER_INPUT',
  );
  expect(await change('frontDesk', 'setPatientIdentifier', { patientId, value: nationalId })).toBe('BAD_USER_INPUT');
  expect(await change('frontDesk', 'setPatientIdentifier', { patientId, kind: nationalId, value: nationalId })).toBe(
    'BAD_USER_INPUT',
  );
  await ask('frontDesk', `{ patients(search: "${nationalId}") { nodes { id } } patient(id: "${chartNumber}") { id } }`);
  await ask('frontDesk', `query ${nationalId} { nothing }`);
  await ask('frontDesk', `{ patient(id: "${chartNumber}" }`);
  await ask('owner', `{ complianceCheck(input: { kind: MAIL, text: "${nationalId}" }) { verdict } }`);
}

test('a day leaves no number of a patient in a log, a span, a metric, a table or a mail, nor anything else where it is not at home', async () => {
  const patientId = await day();
  const list = declaredMapping({
    name: 'list',
    patient: { externalId: 'no', name: 'name', nationalId: 'id', chartNumber: 'chart' },
  });
  const rows = [
    'no,name,id,chart',
    `1,One,${secret.numbers.imported},K1`,
    `2,Two,${numbers.nationalId},K2`,
    `3,Three,,${numbers.chartNumber}`,
  ];
  const remarks: unknown[] = [];
  async function* chunks() {
    yield Buffer.from(rows.join('\n'));
  }
  const imported = await importFile({
    chunks: chunks(),
    mapping: list,
    clinic: { id: app.clinicId, timeZone: 'Asia/Taipei', language: 'zh-Hant', currency: 'TWD' },
    context: () => app.app.platform.contextFor({ clinicId: app.clinicId, actor: systemActor('system', 'import') }),
    remark: async remark => void remarks.push(remark),
  });
  expect(imported).toMatchObject({ imported: 1, refused: 2 });
  const left = await traces();
  const { data } = await ask('owner', '{ deliveries(first: 100) { nodes { mail state reason } } }');
  const leaked = data.deliveries.nodes.filter(({ mail }: { mail: string }) => mail === 'leaks.leak');
  // The one that was imported is another patient's; but it is a national id all the same.
  expect(leaked.map(({ reason }: { reason: string }) => reason)).toEqual(Array(4).fill('PHI_IN_MESSAGE'));
  expect(left.mails.map(({ subject }) => subject).join()).toContain('預約');
  expect(left.log.join('')).toContain('"operation":"Day"');
  expect(left.spans.length).toBeGreaterThan(50);
  expect(left.metrics).toContain('operation="Day"');
  expect(refused.length).toBeGreaterThan(8);
  expect(JSON.stringify(remarks)).not.toMatch(/F131|KAN/);

  expect(await sightings(secret.numbers, { ...left, log: [...left.log, ...refused] })).toEqual([]);
  const found = (await sightings(details, left)).map(({ where, canary }) => `${where} ${canary}`);
  expect(found).toEqual(Object.keys(homes).sort());

  expect(await erase(patientId)).toEqual([]);
}, 60_000);

/** An export has the numbers, as the answer to the owner alone; after the erasure nothing is left of the details either. */
async function erase(patientId: string): Promise<string[]> {
  const reason = 'Asked by letter';
  const opened = await change('owner', 'exportPatient', { patientId, reason }, 'downloadPath');
  const headers = { authorization: `Bearer ${tokens.get('owner')}` };
  const told = await (await app.fetch(opened.downloadPath, { headers })).text();
  for (const value of Object.values(numbers)) expect(told).toContain(value);
  const document = 'mutation ($input: SubjectRequestInput!) { erasePatient(input: $input) { erasedAt } }';
  expect((await ask('owner', document, { input: { patientId, reason } })).code).toBeUndefined();
  const left = await traces();
  const found = [...(await sightings(secret.numbers, left)), ...(await sightings(details, { ...left, mails: [] }))];
  // A procedure is part of what was done, which the law has kept.
  return found
    .map(({ where, canary }) => `${where} ${canary}`)
    .filter(name => name !== 'table visit_procedure.name diagnosis');
}

test('a number would be found wherever it was planted', async () => {
  const [value] = Object.values(numbers);
  const canaries = { value: value! };
  const planted = async (change: (left: Traces) => Partial<Traces>): Promise<string[]> => {
    const left = await traces();
    return (await sightings(canaries, { ...left, ...change(left) })).map(({ where }) => where);
  };
  expect(await planted(() => ({}))).toEqual([]);
  app.app.platform.logger.info({ reason: `For ${value}` }, 'Planted');
  expect(await planted(() => ({}))).toEqual(['log']);
  log.length = 0;
  trace
    .getTracer('test')
    .startSpan('planted', { attributes: { value: value!.toLowerCase() } })
    .end();
  expect(await planted(() => ({}))).toEqual(['span']);
  exporter.reset();
  expect(await planted(({ metrics }) => ({ metrics: `${metrics}\nx{value="${value}"} 1` }))).toEqual(['metrics']);
  const mail = {
    ...app.mails[0]!,
    subject: `For ${value}`,
    html: `<a title="${value!.slice(0, 4)}-${value!.slice(4)}">`,
  };
  expect(await planted(() => ({ mails: [mail] }))).toEqual(['mail', 'subject']);
  await using rows = await Rows.of(app.databaseUrl);
  await rows.all(`update appointment set note = '${value!.slice(0, 5)} ${value!.slice(5)}'`);
  await rows.all(`update patient_key set wrapped = wrapped || convert_to('${value}', 'UTF8')`);
  expect(await planted(() => ({}))).toEqual(['table appointment.note', 'table patient_key.wrapped']);
});
