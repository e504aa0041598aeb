import { createLogger } from '../../api/health/logger.ts';
import { core, Patient } from 'clinic-rapport/schema';
import { definePlugin, on, badInput } from 'clinic-rapport';
import { patientRegistered } from 'clinic-rapport/schema';
import { createApp, type App } from '../../api/app.ts';
import { createClinic, createUser } from '../../api/database/clinic.ts';
import { createIssuer } from '../../api/auth/issuer.ts';
import { SendError } from '../../api/mail/transport.ts';
import { cloneDatabase, type ClonedDatabase } from '../harness/cluster.ts';

const canaries = {
  name: 'Kanarienvogel',
  nationalId: 'A123456789',
  email: 'canary.7319@mail.example',
  phone: '+886955731907',
  password: 'hunter2-canary',
};

/** Fails as plugins do: with what it was working on in the message. */
const careless = definePlugin({
  name: 'careless',
  version: '1.0.0',
  requires: { platform: '^1.0.0', core: '^1.0.0' },
  handlers: [
    on(patientRegistered, async function greet({ patientId }, { em }) {
      const patient = await em.findOneOrFail(Patient, patientId);
      throw Object.assign(new Error(`Cannot greet ${patient.name} ${canaries.email}`), { patient, to: canaries.email });
    }),
  ],
  subjectData: { export: async () => ({}), erase: async () => {}, hold: async () => {} },
});

let app: App;
let database: ClonedDatabase;
let lines: string[];
let ask: (query: string, variables: object, headers?: Record<string, string>) => Promise<Response>;
let token: string;

beforeAll(async () => {
  database = await cloneDatabase([core, careless]);
  lines = [];
  const issuer = await createIssuer();
  const refuse = () => Promise.reject(new SendError('never', '550'));
  app = await createApp({
    plugins: [core, careless],
    database: { url: database.url },
    mail: { transport: { send: refuse, close: async () => {} } },
    publicUrl: 'https://clinic.test',
    secret: 'a secret of the tests, long enough to be one',
    issuer,
    logLevel: 'trace',
    logTo: { write: line => void lines.push(line) },
  });
  const clinic = { slug: 'test', name: 'Test', timeZone: 'Asia/Taipei', locale: 'en', currency: 'TWD' } as const;
  const clinicId = await createClinic(
    database.url,
    { ...clinic, sender: { name: 'Test', address: 'hello@clinic.test' } },
    app.plugins,
  );
  const roles = [{ role: 'owner' }] as const;
  await createUser(database.url, clinicId, {
    subject: 'owner',
    name: canaries.name,
    email: canaries.email,
    locale: 'en',
    roles,
  });
  token = await issuer.issue({ subject: 'owner' });
  const { url } = await app.listen({ port: 0, host: '127.0.0.1' });
  ask = (query, variables, headers) =>
    fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
      body: JSON.stringify({ query, variables }),
    });
});

afterAll(async () => {
  await app.stop();
  await database.drop();
});

test('no name, number, address or token of anyone is in the log, whatever fails', async () => {
  const register = `mutation Register($input: RegisterPatientInput!) { registerPatient(input: $input) { id } }`;
  const { name, nationalId, email, phone, password } = canaries;
  const answers = [
    await ask(register, { input: { name, email, phone, otherName: nationalId, birthDate: '1980-01-01' } }),
    await ask(register, { input: { name, birthDate: 'nonsense ' + email } }),
    await ask(`{ patients(search: "${nationalId} ${phone}") { nodes { name } } }`, {}),
    await ask(`{ ${name} }`, {}),
    await ask('mutation SignIn($input: RequestSignInInput!) { requestSignIn(input: $input) }', { input: { email } }),
    await ask('{ clinic { name } }', {}, { authorization: `Bearer ${password}`, 'x-request-id': `${email} ${phone}` }),
  ];
  expect(answers.map(({ status }) => status)).toContain(401);
  await app.settle();
  app.platform.logger.error({ input: canaries, fault: { name: 'Error', message: email } }, 'Something failed');
  const log = lines.join('');
  expect(log).toContain('Failed; it will be tried again');
  const found = [...Object.values(canaries), token].filter(canary => log.includes(canary));
  expect(found).toEqual([]);
});

test('a request is one line, with its operation and the id under which the caller knows it', async () => {
  lines.length = 0;
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const answer = await ask(
    'query WhichClinic { clinic { name } }',
    {},
    {
      'x-request-id': 'of-the-caller-1',
      traceparent: `00-${trace}-00f067aa0ba902b7-01`,
    },
  );
  expect(answer.headers.get('x-request-id')).toBe('of-the-caller-1');
  const access = lines.map(line => JSON.parse(line) as Record<string, unknown>).filter(({ msg }) => msg === 'answered');
  expect(access).toEqual([
    expect.objectContaining({ requestId: 'of-the-caller-1', operation: 'WhichClinic', status: 200, trace, level: 30 }),
  ]);
});

test('the message of an error stays in the log where it is ours alone', () => {
  const written: string[] = [];
  const { logger } = createLogger('info', { write: line => void written.push(line) });
  const { name, message } = badInput('x', 'ours');
  logger.error({ fault: { name, message, stack: '' } }, 'one');
  logger.error({ fault: { name: 'SMTPError', message: 'theirs', stack: '' } }, 'two');
  expect(written[0]).toContain('ours');
  expect(written[1]).not.toContain('theirs');
});
