import { execFile } from 'node:child_process';
import { connect, createServer, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { core } from 'clinic-rapport/schema';
import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { seedDemo } from '../../scripts/demo/seed.ts';
import { ApiError, createApi } from '../frontend-example/api.ts';
import { appointmentChanged, bookAppointment, nextFreeSlot, services } from '../frontend-example/operations.ts';
import { patientsFound } from '../frontend-example/pages.ts';

const root = path.resolve(import.meta.dirname, '../..');

let app: TestApp;
let api: ReturnType<typeof createApi>;
/** The same over a wire that can be cut. */
let away: typeof api;
let wire: Wire;

beforeEach(async () => {
  app = await createTestApp({ plugins: [core] });
  const clinicId = await seedDemo(app.databaseUrl, app.app.platform);
  const token = await app.signIn('frontDesk', { clinicId });
  wire = await openWire(Number(new URL(await app.listen()).port));
  const connection = { token: async () => token };
  api = createApi({ ...connection, url: `${await app.listen()}/graphql` });
  away = createApi({ ...connection, url: `http://127.0.0.1:${wire.port}/graphql` });
});

afterEach(async () => {
  await away.close();
  await wire.close();
});

/** A wire to the app that can be cut. */
interface Wire {
  readonly port: number;
  cut(): void;
  close(): Promise<void>;
}

async function openWire(to: number): Promise<Wire> {
  const sockets = new Set<Socket>();
  const cut = (): void => sockets.forEach(socket => socket.destroy());
  const server: Server = createServer(near => {
    const far = connect(to, '127.0.0.1');
    for (const socket of [near, far]) sockets.add(socket.on('error', cut));
    near.pipe(far).pipe(near);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const close = async (): Promise<void> => {
    cut();
    await new Promise(resolve => server.close(resolve));
  };
  return { port, cut, close };
}

async function book(patientId: string): Promise<string> {
  const { services: offered } = await api.request(services, {});
  const serviceId = offered.nodes.find(({ code }) => code === 'CHECKUP')!.id;
  const [from, to] = [1, 20].map(days => new Date(app.clock.now().getTime() + days * 86_400_000).toISOString()) as [
    string,
    string,
  ];
  const { freeSlots } = await api.request(nextFreeSlot, { serviceId, from, to });
  const { startsAt, practitionerId } = freeSlots[0]!;
  const { bookAppointment: booked } = await api.request(bookAppointment, {
    input: { patientId, serviceId, practitionerId, startsAt },
  });
  expect(booked).toMatchObject({ startsAt, status: 'BOOKED' });
  return booked.id;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

const anyPatient = async (): Promise<string> => (await patientsFound(api).next()).value!.id;

test('pages follow one another until all are there', async () => {
  const found = await all(patientsFound(api));
  expect(found).toHaveLength(30);
  expect(new Set(found.map(({ id }) => id)).size).toBe(30);
  expect((await all(patientsFound(api, '美玲'))).map(({ name }) => name)).toEqual(['陳美玲']);
});

test('an error comes with its code and field', async () => {
  const input = {
    patientId: await anyPatient(),
    serviceId: 'unknown',
    practitionerId: 'unknown',
    startsAt: '2026-06-02T01:00:00Z',
  };
  await expect(api.request(bookAppointment, { input })).rejects.toMatchObject({ code: 'NOT_FOUND', retryable: false });
  const stranger = createApi({ url: `${await app.listen()}/graphql`, token: async () => 'no token' });
  await expect(stranger.request(services, {})).rejects.toThrow(ApiError);
  await expect(stranger.request(services, {})).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
});

test('a subscription goes on where it was when the connection was lost: nothing is missed, and nothing comes twice', async () => {
  const patientId = await anyPatient();
  const seen: string[] = [];
  const events = away.follow(appointmentChanged, {}, data => data.appointmentChanged.cursor);
  const next = async () => seen.push((await events.next()).value!.appointmentChanged.appointment.id);
  const first = next();
  // Live events are those after the subscription stands, which the server does not tell: so book until one has come.
  const booked: string[] = [await book(patientId)];
  while (seen.length === 0) {
    await Promise.race([first, app.settle()]);
    if (seen.length === 0) booked.push(await book(patientId));
  }
  const missed = booked.indexOf(seen[0]!);
  wire.cut();
  for (let turn = 0; turn < 5; turn++) booked.push(await book(patientId));
  while (seen.length < booked.length - missed) await next();
  expect(seen).toEqual(booked.slice(missed));
});

test('the generated types are those of the committed schema (npm run codegen)', async () => {
  const program = path.join(root, 'node_modules/@graphql-codegen/cli/esm/bin.js');
  await promisify(execFile)(process.execPath, [program, '--config', 'codegen.yml', '--check'], { cwd: root });
}, 60_000);
