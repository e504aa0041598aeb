import pg from 'pg';
import { createTestApp, type Caller, type TestApp } from 'clinic-rapport/testing';
import { core } from 'clinic-rapport/schema';
import { addPatient } from './fixture.ts';

let app: TestApp;
let patientId: string;
let token: string;

beforeEach(async () => {
  app = await createTestApp({ plugins: [core] });
  patientId = await addPatient(app, { name: '王小明', email: 'ming@mail.test' });
  token = await app.signIn('operator');
  await app.signIn('owner');
  const owner = new pg.Client({ connectionString: app.databaseUrl });
  await owner.connect();
  await owner.query(`update user_account set email = 'owner@mail.test', email_verified_at = now()
    where id in (select user_id from user_role where role = 'owner')`);
  await owner.end();
});

interface Answer {
  data?: any;
  errors?: { message: string; extensions: { code: string } }[];
}
const ask = async (query: string, variables: object = {}, as = token): Promise<Answer> => {
  const response = await app.fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${as}` },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as Answer;
};
const codeOf = ({ errors }: Answer): string | undefined => errors?.[0]?.extensions.code;
const open = 'mutation ($input: BreakGlassInput!) { breakGlass(input: $input) { id until endedAt } }';
const reason = 'Mails of this morning are missing';
const breakIt = (input: object = {}) => ask(open, { input: { reason, minutes: 30, ...input } });
const look = 'query ($id: ID!) { patient(id: $id) { name contactPoints { value } } }';
const see = () => ask(look, { id: patientId });
const glasses = async (as: Caller = app.as('owner')) =>
  (await as.data('{ breakGlasses { nodes { reason beganAt until endedAt user { id } } } }')).breakGlasses.nodes;

it('an operator sees no patient until the glass is broken, and every owner is told at once', async () => {
  expect(codeOf(await see())).toBe('FORBIDDEN');
  const { data } = await breakIt();
  expect(data.breakGlass.endedAt).toBeNull();
  expect((await see()).data.patient).toEqual({ name: '王小明', contactPoints: [{ value: 'ming@mail.test' }] });
  await app.settle();
  const mail = app.mails.find(({ to }) => to === 'owner@mail.test')!;
  expect(mail.text).toContain(reason);
  expect(await glasses()).toMatchObject([{ reason, endedAt: null }]);
});

it('what is read so is in the audit, by that user and that role', async () => {
  await breakIt();
  await see();
  const [{ user }] = await glasses();
  const query = `query ($who: [ID!]) { auditEntries(first: 20, filter: { actorId: $who, kind: [READ] }) { nodes { operation actorRole } } }`;
  await app.settle();
  const { auditEntries } = await app.as('owner').data(query, { who: [user.id] });
  expect(auditEntries.nodes).toContainEqual({ operation: 'patient', actorRole: 'emergency' });
});

it('shows no diagnoses and no numbers, and changes nothing', async () => {
  await breakIt();
  const deep = await ask('query ($id: ID!) { patient(id: $id) { conditions { code } identifiers { kind } } }', {
    id: patientId,
  });
  expect(deep.errors?.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN', 'FORBIDDEN']);
  const write = 'mutation ($input: UpdatePatientInput!) { updatePatient(input: $input) { id } }';
  expect(codeOf(await ask(write, { input: { id: patientId, name: 'x' } }))).toBe('FORBIDDEN');
});

it('ends by itself at the minute, and ends at once where its operator says so', async () => {
  await breakIt({ minutes: 5 });
  await app.settle();
  app.clock.advance({ minutes: 5, seconds: 1 });
  await app.settle();
  expect(codeOf(await see())).toBe('FORBIDDEN');
  expect(await glasses()).toMatchObject([{ endedAt: app.clock.now().toISOString() }]);

  const { data } = await breakIt();
  await ask('mutation ($input: EndBreakGlassInput!) { endBreakGlass(input: $input) { id } }', {
    input: { id: data.breakGlass.id },
  });
  expect(codeOf(await see())).toBe('FORBIDDEN');
  expect(await app.staff.run(({ em }) => em.execute(`select 1 from user_role where role = 'emergency'`))).toEqual([]);
});

it('counts for nothing once its time is over, also where the job that ends it has not run', async () => {
  await breakIt({ minutes: 5 });
  app.clock.advance({ minutes: 6 });
  // What a token may do is kept for five seconds of real time; a change of any role has it looked up anew.
  await app.staff.run(({ em }) => em.execute('update user_role set created_at = created_at'));
  expect(codeOf(await see())).toBe('FORBIDDEN');
  expect(await app.staff.run(({ em }) => em.execute(`select 1 from user_role where role = 'emergency'`))).toHaveLength(
    1,
  );
});

it('is of one clinic, of people, and of those who may', async () => {
  const other = await app.addClinic('elsewhere');
  await breakIt();
  const response = await app.fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, 'x-clinic-id': other },
    body: JSON.stringify({ query: look, variables: { id: patientId } }),
  });
  expect(codeOf((await response.json()) as Answer)).toBe('FORBIDDEN');
  for (const role of ['owner', 'frontDesk', 'marketer', 'patient'] as const)
    await expect(app.as(role).data(open, { input: { reason, minutes: 30 } })).rejects.toThrow('FORBIDDEN');
});

it('asks for a reason and a time, not twice at once, and not for ever', async () => {
  for (const input of [{ reason: 'because' }, { reason: '          ' }, { minutes: 4 }, { minutes: 61 }])
    expect(codeOf(await breakIt(input))).toBe('BAD_USER_INPUT');
  await breakIt();
  expect(codeOf(await breakIt())).toBe('CONFLICT');
  expect(await app.staff.run(({ em }) => em.execute('select 1 from break_glass'))).toHaveLength(1);
  await expect(
    app.staff.run(({ em }) => em.execute(`update break_glass set reason = 'another reason'`)),
  ).rejects.toThrow(/permission denied/);
  const role = 'mutation ($input: ChangeUserRolesInput!) { changeUserRoles(input: $input) { id } }';
  const [{ user }] = await glasses();
  await expect(app.as('owner').data(role, { input: { userId: user.id, roles: ['EMERGENCY'] } })).rejects.toThrow(
    'BAD_USER_INPUT',
  );
});
