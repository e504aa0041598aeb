import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLInputType,
} from 'graphql';
import pg from 'pg';
import { createTestApp, type Caller, type TestApp } from 'clinic-rapport/testing';
import { installedPlugins } from '../../scripts/installed.ts';

const canary = 'Kanarienvogel';
const patientCanary = 'Kanarienküken';
const ofPatients = ['patient', 'appointment', 'visit'];
const tables = [...ofPatients, 'contact_point', 'consent', 'practitioner', 'service', 'location', 'department'];

let app: TestApp;
let foreignIds: string[];
let idsOfPatient: string[];

beforeAll(async () => {
  app = await createTestApp({ plugins: await installedPlugins() });
  await plant();
  foreignIds = await idsOf(tables);
  idsOfPatient = await idsOf(ofPatients);
});

const idsOf = (names: readonly string[]): Promise<string[]> =>
  owner(async client => {
    const ids: string[] = [];
    for (const table of names) {
      const { rows } = await client.query<{ id: string }>(`select id from ${table} limit 1`);
      ids.push(...rows.map(({ id }) => id));
    }
    return ids;
  });

async function owner<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: app.databaseUrl });
  await client.connect();
  return work(client).finally(() => client.end());
}

/** A patient with all that can be asked for, in the clinic that is attacked. */
async function plant(): Promise<void> {
  const { registerPatient } = await app.staff.data(
    `mutation { registerPatient(input: { name: "${patientCanary}", birthDate: "1980-01-02", language: ZH_HANT }) { id } }`,
  );
  const ids = { clinic: app.clinicId, patient: registerPatient.id as string };
  const of = `'${ids.clinic}', gen_random_uuid()`;
  await owner(async client => {
    await client.query(`insert into practitioner (clinic_id, id, name) values (${of}, '${canary}')`);
    await client.query(
      `insert into service (clinic_id, id, code, name, duration_minutes) values (${of}, 'X', '{"en":"${canary}"}', 30)`,
    );
    await client.query(
      `insert into location (clinic_id, id, name, address) values (${of}, '{"en":"${canary}"}', '{}')`,
    );
    await client.query(`insert into department (clinic_id, id, code, name) values (${of}, 'X', '{"en":"${canary}"}')`);
    await client.query(
      `insert into appointment (clinic_id, id, patient_id, day, starts_at, ends_at, booked_at, lead_days, status)
       values (${of}, '${ids.patient}', '2026-06-05', '2026-06-05T02:00Z', '2026-06-05T02:30Z', now(), 3, 'BOOKED')`,
    );
    await client.query(
      `insert into visit (clinic_id, id, patient_id, status, started_at, currency) values (${of}, '${ids.patient}', 'IN_PROGRESS', now(), 'TWD')`,
    );
  });
}

/** Everything that the attacked clinic has, as one text. */
const standing = (): Promise<string> =>
  owner(async client => {
    const digests: unknown[] = [];
    for (const table of tables) {
      const digest = `select md5(string_agg(t::text, '' order by id)) as d from ${table} t where clinic_id = $1`;
      digests.push((await client.query(digest, [app.clinicId])).rows[0]);
    }
    return JSON.stringify(digests);
  });

const values: Readonly<Record<string, unknown>> = {
  DateTime: '2026-06-09T02:00:00Z',
  LocalDate: '2026-06-09',
  LocalTime: '09:00:00',
  Int: 1,
  Float: 1,
  Boolean: true,
  String: 'x',
};

/** A value of the type: the foreign id wherever an id is asked for. */
function valueOf(type: GraphQLInputType, id: string, depth = 0): unknown {
  if (isNonNullType(type)) return valueOf(type.ofType, id, depth);
  if (isListType(type)) return [valueOf(type.ofType, id, depth)];
  if (isEnumType(type)) return type.getValues()[0]!.name;
  if (isInputObjectType(type)) {
    const wanted = Object.values(type.getFields()).filter(
      field => depth < 4 && (isNonNullType(field.type) || getNamedType(field.type).name === 'ID'),
    );
    return Object.fromEntries(wanted.map(field => [field.name, valueOf(field.type, id, depth + 1)]));
  }
  return type.name === 'ID' ? id : (values[type.name] ?? 'x');
}

interface Operation {
  name: string;
  document: string;
  variables(id: string): Record<string, unknown>;
}

function operations(): Operation[] {
  const { schema } = app.app;
  return [schema.getQueryType()!, schema.getMutationType()!].flatMap((root, index) =>
    Object.values(root.getFields()).map(field => {
      const args = field.args.filter(
        arg => isNonNullType(arg.type) || ['ID'].includes(getNamedType(arg.type).name) || arg.name === 'filter',
      );
      const answer = getNamedType(field.type);
      const leaves = isObjectType(answer)
        ? `{ __typename ${Object.values(answer.getFields())
            .filter(({ type, args: own }) => isLeafType(getNamedType(type)) && own.length === 0)
            .map(({ name }) => name)
            .join(' ')} }`
        : '';
      const declared = args.length ? `(${args.map(arg => `$${arg.name}: ${String(arg.type)}`).join(', ')})` : '';
      const passed = args.length ? `(${args.map(arg => `${arg.name}: $${arg.name}`).join(', ')})` : '';
      return {
        name: field.name,
        document: `${index ? 'mutation' : 'query'} ${declared} { ${field.name}${passed} ${leaves} }`,
        variables: id => Object.fromEntries(args.map(arg => [arg.name, valueOf(arg.type, id)])),
      };
    }),
  );
}

/** Asks everything with every id; answers where one of the words, or the id itself, came back. */
async function attack(caller: Caller, ids: readonly string[], words: readonly string[]): Promise<string[]> {
  const before = await standing();
  const all = operations();
  expect(all.length).toBeGreaterThan(30);
  const leaks: string[] = [];
  for (const { name, document, variables } of all) {
    for (const id of ids) {
      const { data, errors } = await caller.query(document, variables(id));
      const codes = errors?.map(({ extensions }) => extensions?.['code']) ?? [];
      const text = JSON.stringify(data);
      if ([...words, id].some(word => text.includes(word))) leaks.push(`${name} answers what is not its own`);
      if (codes.includes('INTERNAL_SERVER_ERROR')) leaks.push(`${name} fails inside`);
      if (codes.some(code => String(code).startsWith('GRAPHQL_')))
        leaks.push(`${name} was not asked: ${errors![0]!.message}`);
    }
  }
  expect(await standing()).toBe(before);
  return [...new Set(leaks)];
}

test('no operation answers or changes what is of another clinic, to staff who may do everything in theirs', async () => {
  const other = await app.addClinic('other');
  const everything = app.app.plugins.flatMap(({ permissions = [] }) => permissions);
  expect(await attack(app.as(everything, { clinicId: other }), foreignIds, [canary, patientCanary])).toEqual([]);
}, 60_000);

test('no operation answers or changes what is of another patient, to one who may do everything', async () => {
  const everything = app.app.plugins.flatMap(({ permissions = [] }) => permissions);
  const nobody = '01900000-0000-7000-8000-000000000000';
  expect(await attack(app.as(everything, { patientIds: [nobody] }), idsOfPatient, [patientCanary])).toEqual([]);
}, 60_000);

test('the same questions are answered to whom they may be', async () => {
  const { document, variables } = operations().find(({ name }) => name === 'patient')!;
  expect(JSON.stringify(await app.as('frontDesk').query(document, variables(idsOfPatient[0]!)))).toContain(
    patientCanary,
  );
});
