import pg from 'pg';
import { pino } from 'pino';
import { v7 as newId } from 'uuid';
import type { Recipient } from 'clinic-rapport';
import { core } from 'clinic-rapport/schema';
import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { Claims, lease } from '../../api/mail/claim.ts';
import { createMailWorker, type MailWorker } from '../../api/mail/deliver.ts';
import { connections, SendError, type Envelope, type Transport } from '../../api/mail/transport.ts';
import type { Platform } from '../../api/platform.ts';
import { createNotes, type Notes } from '../fixtures/notes/index.ts';

interface Delivery {
  id: string;
  state: string;
  reason: string | null;
  attempts: number;
  address: string | null;
  basis: string | null;
  locale: string | null;
  plugin: string;
  message_id: string;
  due_at: Date;
  sent_at: Date | null;
  claimed_by: string | null;
}

let app: TestApp;
let notes: Notes;
let client: pg.Pool;
let worker: MailWorker;
let sent: Envelope[];
/** What the mail server does with a message; a test changes it. */
let server: (envelope: Envelope) => Promise<void>;
let log: string;

beforeAll(async () => {
  notes = createNotes();
  app = await createTestApp({ plugins: [core, notes.plugin] });
  client = new pg.Pool({ connectionString: app.databaseUrl, max: 2 });
  // The app ends, and its database with it, before these connections do.
  client.on('error', () => {});
});

afterAll(() => client.end());

beforeEach(async () => {
  await client.query('truncate delivery, disturbance, suppression, unsubscribe');
  Object.assign(notes.behaviour, createNotes().behaviour);
  sent = [];
  server = async () => {};
  log = '';
  worker = workerOf(transport);
});

const transport: Transport = {
  async send(envelope) {
    await server(envelope);
    sent.push(envelope);
  },
  async close() {},
};

const living: MailWorker[] = [];
afterEach(() => Promise.all(living.splice(0).map(one => one.stop())));

function workerOf(by: Transport, other: Partial<Platform> = {}): MailWorker {
  const logger = pino({ level: 'debug' }, { write: (line: string) => void (log += line) });
  const made = createMailWorker({ platform: { ...app.app.platform, logger, ...other }, transport: by });
  living.push(made);
  return made;
}

const refuse = (verdict: SendError['verdict'], reason: string) => async (): Promise<void> => {
  throw new SendError(verdict, reason);
};

/** Offers go to patients who agreed alone. */
async function readers(count: number, clinicId = app.clinicId): Promise<{ patientId: string }[]> {
  const ids = Array.from({ length: count }, () => newId());
  for (const statement of [
    `insert into patient (clinic_id, id, name, language) select $1, id, 'Reader', 'en' from unnest($2::uuid[]) id`,
    `insert into contact_point (clinic_id, id, patient_id, system, value, verified_at)
     select $1, gen_random_uuid(), id, 'EMAIL', id || '@mail.test', '2020-01-01' from unnest($2::uuid[]) id`,
    `insert into consent (clinic_id, id, patient_id, purpose, channel, decision, source, actor_kind, actor_id, recorded_at)
     select $1, gen_random_uuid(), id, 'CARE', 'EMAIL', 'GIVEN', 'DESK', 'system', 'test', '2020-01-01' from unnest($2::uuid[]) id`,
  ])
    await client.query(statement, [clinicId, ids]);
  return ids.map(patientId => ({ patientId }));
}

const recipients = async (mail: Notes['note'], count: number, clinicId?: string): Promise<Recipient[]> =>
  mail.stream === 'marketing'
    ? readers(count, clinicId)
    : Array.from({ length: count }, () => ({ relatedPersonId: newId() }));

/** Mails that each go to an address of their own. */
async function plan(
  count = 1,
  { mail = notes.note, at, key }: { mail?: Notes['note']; at?: Date; key?: string } = {},
): Promise<void> {
  const all = await recipients(mail, count);
  await app.staff.run(async context => {
    for (const [i, to] of all.entries()) await context.send(mail, to, { words: `note ${i}` }, { at, key });
  });
}

async function deliveries(): Promise<Delivery[]> {
  const { rows } = await client.query<Delivery>('select * from delivery order by id');
  return rows;
}

const only = async (): Promise<Delivery> => {
  const all = await deliveries();
  expect(all).toHaveLength(1);
  return all[0]!;
};

const work = async (): Promise<number> => {
  const done = await worker.runDue(app.clock.now());
  await worker.idle();
  return done;
};
const statesOf = (all: readonly Delivery[]): string[] => [...new Set(all.map(({ state }) => state))];

describe('a mail that is due', () => {
  it('is sent, and recorded with its address, language and what allowed it', async () => {
    await plan();
    expect(await only()).toMatchObject({ state: 'queued', plugin: 'notes', address: null, attempts: 0 });
    expect(await work()).toBe(1);
    const { id, ...delivery } = await only();
    expect(delivery).toMatchObject({
      state: 'sent',
      attempts: 1,
      locale: 'en',
      basis: 'message-class:care',
      claimed_by: null,
    });
    expect(delivery.address).toBe(sent[0]!.to);
    expect(delivery.sent_at).toEqual(app.clock.now());
    expect(delivery.message_id).toBe(`<${id}@clinic.test>`);
    expect(sent[0]!.raw).toContain(`\r\nMessage-ID: ${delivery.message_id}\r\n`);
    expect(await work()).toBe(0);
  });

  it('is not sent before it is due', async () => {
    await plan(1, { at: new Date(app.clock.now().getTime() + 60_000) });
    expect(await work()).toBe(0);
    app.clock.advance({ minutes: 1 });
    expect(await work()).toBe(1);
    expect(sent).toHaveLength(1);
  });

  it('is recorded once for one key, also when both are written at the same time', async () => {
    await Promise.all([plan(1, { key: 'a' }), plan(1, { key: 'a' }), plan(1, { key: 'b' })]);
    expect(await deliveries()).toHaveLength(2);
  });

  it('is not recorded when the transaction is rolled back', async () => {
    const failing = app.staff.run(async context => {
      await context.send(notes.note, { relatedPersonId: newId() }, { words: 'x' });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await deliveries()).toEqual([]);
  });

  it.each([
    'a@b.test, evil@x.test',
    'a@b.test\r\nRCPT TO:<evil@x.test>',
    '<a@b.test>',
    'a b@c.test',
    'a@b@c.test',
    'nobody',
    '',
  ])('is refused where it is to go to %j', async address => {
    const sending = app.staff.run(context => context.send(notes.note, { address }, { words: 'x' }));
    await expect(sending).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it('may be caused by someone who sees one patient alone, and goes to another', async () => {
    const patient = app.as(['notes.write'], { patientIds: [newId()] });
    await patient.run(async context => {
      await context.send(notes.note, { relatedPersonId: newId() }, { words: 'x' });
      const [seen] = await context.em.execute<{ count: string }[]>('select count(*) from delivery');
      expect(Number(seen!.count)).toBe(0);
    });
    await work();
    expect(await only()).toMatchObject({ state: 'sent' });
  });
});

describe('whether it is sent is asked when it is sent', () => {
  it('and a reason to withhold it is kept', async () => {
    await plan();
    notes.behaviour.withhold = async () => 'CONSENT_WITHDRAWN';
    await work();
    expect(await only()).toMatchObject({ state: 'withheld', reason: 'CONSENT_WITHDRAWN', address: null });
    expect(sent).toEqual([]);
  });

  it('and its own plugin may have nothing to say any more', async () => {
    await plan();
    notes.behaviour.fields = async () => ({ withheld: 'APPOINTMENT_CANCELLED' });
    await work();
    expect(await only()).toMatchObject({ state: 'withheld', reason: 'APPOINTMENT_CANCELLED' });
  });

  it.each([
    ['nobody knows an address', undefined, 'NO_ADDRESS'],
    ['nobody proved to own the address', { verified: false }, 'ADDRESS_UNVERIFIED'],
    ['the address would add a recipient', { address: 'a@b.test, evil@x.test' }, 'ADDRESS_INVALID'],
    ['the address would end the line', { address: 'a@b.test\r\nBcc: evil@x.test' }, 'ADDRESS_INVALID'],
    ['the address needs SMTPUTF8', { address: '用戶@例子.台灣' }, 'EMAIL_NEEDS_SMTPUTF8'],
  ])('it is withheld where %s', async (_why, addressee, reason) => {
    await plan();
    notes.behaviour.addressee = () => addressee;
    await work();
    expect(await only()).toMatchObject({ state: 'withheld', reason });
    expect(sent).toEqual([]);
  });

  it('it goes to the ASCII form of an international domain', async () => {
    await plan();
    notes.behaviour.addressee = () => ({ address: 'ming@例え.jp' });
    await work();
    expect(sent[0]!.to).toBe('ming@xn--r8jz45g.jp');
  });

  it('it is withheld where the clinic has switched the plugin off', async () => {
    await plan();
    worker = workerOf(transport, { contextFor: await contextWithout('notes') });
    await work();
    expect(await only()).toMatchObject({ state: 'withheld', reason: 'PLUGIN_NOT_ENABLED' });
  });

  /** What the clinic has enabled is kept for five seconds of real time; no test waits for that. */
  async function contextWithout(plugin: string): Promise<TestApp['app']['platform']['contextFor']> {
    const { platform } = app.app;
    return async given => {
      const context = await platform.contextFor(given);
      const enabled = new Set([...context.enabled].filter(name => name !== plugin));
      return Object.assign(context, { enabled });
    };
  }
});

describe('a plugin that fails', () => {
  it.each([
    ['throws', () => Promise.reject(new Error('broken, and knows ming@mail.test'))],
    ['answers something of another kind', () => Promise.resolve(42 as never)],
  ])(
    'and %s when it is asked to withhold has not agreed: the mail waits, and goes out when it is mended',
    async (_what, withhold) => {
      await plan();
      notes.behaviour.withhold = withhold;
      await work();
      expect(await only()).toMatchObject({ state: 'queued', reason: 'PLUGIN_UNAVAILABLE notes', attempts: 1 });
      expect(sent).toEqual([]);
      notes.behaviour.withhold = async () => undefined;
      app.clock.advance({ minutes: 1 });
      await work();
      expect(await only()).toMatchObject({ state: 'sent', attempts: 2, reason: null });
    },
  );

  it('for one mail takes no other with it, though they are prepared together', async () => {
    const seen: string[] = [];
    notes.behaviour.fields = async ({ words }) => {
      seen.push(words);
      if (words === 'note 4') throw new Error('of this one');
      return { words, url: 'https://clinic.test/note' };
    };
    await plan(20);
    await work();
    expect(sent).toHaveLength(19);
    expect(seen.filter(words => words === 'note 4')).toHaveLength(2);
    const states = (await deliveries()).map(({ state }) => state);
    expect(states.filter(state => state === 'queued')).toHaveLength(1);
  });

  it('over and over is not asked for a while, and what waits loses no attempt', async () => {
    let asked = 0;
    notes.behaviour.fields = () => Promise.reject(new Error(`asked ${++asked} times`));
    await plan(30);
    await work();
    // Once for all of them together, and then by themselves until the fifth fails.
    expect(asked).toBe(30 + 5);
    const all = await deliveries();
    expect(statesOf(all)).toEqual(['queued']);
    expect(all.filter(({ attempts }) => attempts === 0).length).toBe(30 - 5);
    expect(await work()).toBe(0);
  });
});

describe('when the mail server', () => {
  it('says later, the mail is tried again with the same Message-ID, and fails after ten times', async () => {
    server = refuse('again', 'SMTP 451');
    const raws: string[] = [];
    const dues: number[] = [];
    await plan();
    for (let i = 1; i <= 10; i++) {
      const { attempts, message_id, due_at } = await only();
      expect(attempts).toBe(i - 1);
      raws.push(message_id);
      dues.push(due_at.getTime() - app.clock.now().getTime());
      app.clock.set(due_at);
      expect(await work()).toBe(1);
    }
    expect(new Set(raws).size).toBe(1);
    expect(dues[2]! > dues[1]! && dues[9]! > 1_800_000).toBe(true);
    expect(await only()).toMatchObject({ state: 'failed', reason: 'SMTP 451', attempts: 10 });
  });

  it('says never, the mail has failed at once', async () => {
    server = refuse('never', 'SMTP 550 5.1.1');
    await plan();
    await work();
    expect(await only()).toMatchObject({ state: 'failed', reason: 'SMTP 550 5.1.1', attempts: 1 });
  });

  it('is lost after the message, a reminder is sent again under the same Message-ID', async () => {
    const seen: string[] = [];
    server = async ({ raw }) => {
      seen.push(/^Message-ID: (.*)\r$/m.exec(raw)![1]!);
      if (seen.length === 1) throw new SendError('unknown', 'ECONNECTION');
    };
    await plan();
    await work();
    app.clock.advance({ minutes: 1 });
    await work();
    expect(await only()).toMatchObject({ state: 'sent', attempts: 2, message_id: seen[0] });
    expect(seen).toEqual([seen[0], seen[0]]);
  });

  it('is lost after the message, an offer is uncertain and never sent again', async () => {
    server = refuse('unknown', 'ECONNECTION');
    await plan(1, { mail: notes.offer });
    await work();
    app.clock.advance({ days: 30 });
    server = async () => {};
    expect(await work()).toBe(0);
    expect(await only()).toMatchObject({ state: 'uncertain', reason: 'ECONNECTION' });
    expect(sent).toEqual([]);
  });

  it('cannot be reached for a day, no mail is lost and no attempt counted', async () => {
    let tried = 0;
    server = async () => {
      tried++;
      throw new SendError('unreachable', 'ESOCKET');
    };
    await plan(60);
    await work();
    expect(tried).toBe(connections);
    expect(await work()).toBe(0);
    for (let hour = 0; hour < 24; hour++) {
      app.clock.advance({ hours: 1 });
      await work();
    }
    const waiting = await deliveries();
    expect(statesOf(waiting)).toEqual(['queued']);
    expect(new Set(waiting.map(({ attempts }) => attempts))).toEqual(new Set([0]));
    server = async () => {};
    app.clock.advance({ minutes: 1 });
    await work();
    expect(sent).toHaveLength(60);
  });

  it('refuses one, the others of its batch are sent', async () => {
    await plan(30);
    const refused = (await deliveries())[7]!.message_id;
    server = async ({ raw }) => {
      if (raw.includes(refused)) throw new SendError('never', 'SMTP 550');
    };
    await work();
    const states = (await deliveries()).map(({ state }) => state);
    expect(states.filter(state => state === 'sent')).toHaveLength(29);
    expect(states[7]).toBe('failed');
  });
});

it('that is waited for keeps no other from being sent', async () => {
  await plan(30);
  const [slow] = await deliveries();
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  server = async ({ raw }) => {
    if (raw.includes(slow!.message_id)) await held;
  };
  await worker.runDue(app.clock.now());
  await plan(30);
  await worker.runDue(app.clock.now());
  expect(sent).toHaveLength(59);
  release();
  await worker.idle();
  expect(sent).toHaveLength(60);
  expect(statesOf(await deliveries())).toEqual(['sent']);
});

describe('what is sent first', () => {
  const subjects = (): string[] => sent.map(({ raw }) => /words-(\w+)/.exec(raw)?.[1] ?? '');
  const queue = async (clinicId: string, count: number, stream: 'note' | 'offer', words: string): Promise<void> => {
    const all = await recipients(notes[stream], count, clinicId);
    await app.as(['*'], { clinicId }).run(async context => {
      for (const to of all) await context.send(notes[stream], to, { words: `words-${words}` });
    });
  };

  it('is every reminder before any offer, however long the offers have been waiting', async () => {
    await queue(app.clinicId, 250, 'offer', 'offer');
    app.clock.advance({ minutes: 5 });
    await queue(app.clinicId, 3, 'note', 'note');
    await work();
    expect(subjects().slice(0, 3)).toEqual(['note', 'note', 'note']);
    while ((await work()) > 0);
    expect(sent).toHaveLength(253);
  });

  it('is a share of each clinic, and not all of the one with the most', async () => {
    const other = await app.addClinic(`other-${newId().slice(-12)}`);
    await queue(app.clinicId, 450, 'offer', 'many');
    app.clock.advance({ minutes: 5 });
    await queue(other, 5, 'offer', 'few');
    await work();
    expect(subjects().filter(words => words === 'few')).toHaveLength(5);
    expect(subjects().filter(words => words === 'many')).toHaveLength(200);
    while ((await work()) > 0);
    expect(sent).toHaveLength(455);
  });
});

describe('several workers', () => {
  it('share the work: each mail is sent once', async () => {
    await plan(120);
    const workers = [worker, workerOf(transport), workerOf(transport)];
    await Promise.all(workers.map(one => one.runDue(app.clock.now())));
    while ((await work()) > 0);
    // A round ends once one connection has nothing left; the mails of the others are under way still.
    await Promise.all(workers.map(one => one.idle()));
    expect(new Set(sent.map(({ to }) => to)).size).toBe(120);
    expect(sent).toHaveLength(120);
    expect(statesOf(await deliveries())).toEqual(['sent']);
  });

  it('have at most one mail a connection of which nobody could say whether it arrived', async () => {
    let talking = 0;
    const most = { talking: 0, sending: 0 };
    server = async () => {
      most.talking = Math.max(most.talking, ++talking);
      const { rows } = await client.query<{ count: string }>(`select count(*) from delivery where state = 'sending'`);
      most.sending = Math.max(most.sending, Number(rows[0]!.count));
      talking--;
    };
    await plan(60);
    await work();
    expect(most).toEqual({ talking: connections, sending: connections });
  });

  const left = (state: string): Promise<unknown> =>
    client.query(`update delivery set state = $1, claimed_by = 'dead', lease_until = $2`, [
      state,
      new Date(app.clock.now().getTime() + 60_000),
    ]);

  it('leave what another has taken alone while its lease stands', async () => {
    await plan();
    await left('claimed');
    expect(await work()).toBe(0);
  });

  it('leave what a slow one has taken alone, as long as it says that it is still at work', async () => {
    await plan();
    const { database } = app.app.platform;
    const scope = { clinicId: app.clinicId, patientIds: '*' } as const;
    const slow = new Claims(database, 'slow');
    await slow.take(scope, [(await only()).id], app.clock.now());
    app.clock.advance(lease - 1);
    await slow.renew(scope, app.clock.now());
    app.clock.advance(lease - 1);
    expect(await work()).toBe(0);
    app.clock.advance(1);
    expect(await work()).toBe(1);
  });

  it('take what a dead one had only claimed', async () => {
    await plan(1, { mail: notes.offer });
    await left('claimed');
    app.clock.advance({ minutes: 1 });
    await work();
    expect(await only()).toMatchObject({ state: 'sent' });
  });

  it('send a reminder again that a dead one was sending, with the same Message-ID', async () => {
    await plan();
    await left('sending');
    app.clock.advance({ minutes: 1 });
    await work();
    const { state, message_id } = await only();
    expect(state).toBe('sent');
    expect(sent[0]!.raw).toContain(message_id);
  });

  it('do not send an offer again that a dead one was sending', async () => {
    await plan(1, { mail: notes.offer });
    await left('sending');
    app.clock.advance({ minutes: 1 });
    await work();
    expect(await only()).toMatchObject({ state: 'uncertain', reason: 'WORKER_LOST', claimed_by: null });
    expect(sent).toEqual([]);
    expect(await work()).toBe(0);
  });

  it('do not write over what the next one has made of a mail that they lost', async () => {
    await plan();
    server = async () => void (await client.query(`update delivery set claimed_by = 'next'`));
    await work();
    expect(await only()).toMatchObject({ state: 'sending', claimed_by: 'next' });
  });
});

it('neither address nor words reach the log, whatever goes wrong', async () => {
  notes.behaviour.addressee = () => ({ address: 'canary@mail.test', name: 'Canary Wang' });
  await plan(3);
  server = refuse('again', 'SMTP 451');
  await work();
  expect(log).toContain('SMTP 451');
  expect(log).not.toMatch(/canary|note \d|Wang/i);
});
