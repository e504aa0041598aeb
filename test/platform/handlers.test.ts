import { randomUUID } from 'node:crypto';
import { createEventWorker } from '../../api/events/deliver.ts';
import { on } from '../../api/define.ts';
import type { Context, Handler } from '../../api/plugin.ts';
import { Claims } from '../../api/work/claims.ts';
import { core } from '../../schema/core.ts';
import { happened, mark, neighbour, probe, type Happening } from '../fixtures/probe/probe.ts';
import { Rows } from '../fixtures/probe/rows.ts';
import { createTestApp, type TestApp } from '../harness/index.ts';

type Act = (happening: Happening, context: Context) => Promise<void>;

const leaveMark: Act = ({ text }, context) => mark(text, context);
const doNothing: Act = () => Promise.resolve();

/** What the two plugins do with an event, set by each test. */
let act: Act;
let actBeside: Act;
let app: TestApp;
let rows: Rows;
let subject: string;
const other = randomUUID();

beforeAll(async () => {
  const handlers = [
    on(happened, async function handle(happening, context) {
      await act(happening, context);
    }),
  ];
  const beside = [
    on(happened, async function handle(happening, context) {
      await actBeside(happening, context);
    }),
  ];
  app = await createTestApp({ plugins: [core, probe({ handlers }), neighbour({ handlers: beside })] });
  rows = await Rows.of(app.databaseUrl);
});

beforeEach(() => {
  act = leaveMark;
  actBeside = doNothing;
  subject = randomUUID();
});

afterEach(async () => {
  for (const table of ['event_handling', 'probe_mark']) await rows.all(`delete from ${table}`);
  // A breaker that a test has opened is closed by then.
  app.clock.advance({ days: 1 });
});

afterAll(() => rows[Symbol.asyncDispose]());

const emit = async (...happenings: Happening[]): Promise<void> => {
  for (const happening of happenings) await app.emit(happened, happening);
};

test('an event is handled after its transaction, and never if that is rolled back', async () => {
  const failing = app.staff.run(async ({ publish }) => {
    publish(happened, { subject, text: 'rolled back' });
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  await emit({ subject, text: 'stored' });
  await app.settle();
  expect(await rows.marks()).toEqual(['stored']);
  expect(await rows.handlings()).toEqual([]);
});

test('what a handler writes happens once, however often it had to be tried', async () => {
  let tries = 0;
  act = async ({ text }, context) => {
    await mark(text, context);
    if (++tries < 3) throw new Error(`try ${tries}`);
  };
  await emit({ subject, text: 'a' });
  await app.settle();
  expect(await rows.handlings()).toEqual([
    { handler: 'probe.handle', state: 'waiting', attempts: 1, error: 'Error: try 1' },
  ]);
  await app.settle();
  expect(tries).toBe(1);
  app.clock.advance({ seconds: 6 });
  await app.settle();
  app.clock.advance({ seconds: 11 });
  await app.settle();
  expect(tries).toBe(3);
  expect(await rows.marks()).toEqual(['a']);
  expect(await rows.handlings()).toEqual([]);
});

test('events of one thing wait for the one that failed before them, those of others do not', async () => {
  let broken = true;
  act = async ({ text }, context) => {
    if (broken && text === '1') throw new Error('not yet');
    await mark(text, context);
  };
  await emit({ subject, text: '1' }, { subject, text: '2' }, { subject: other, text: 'other' }, { subject, text: '3' });
  await app.settle();
  expect(await rows.marks()).toEqual(['other']);
  broken = false;
  app.clock.advance({ seconds: 6 });
  await app.settle();
  expect(await rows.marks()).toEqual(['other', '1', '2', '3']);
});

test('after ten attempts an event is a dead letter, and later ones of its thing go on', async () => {
  act = async ({ text }, context) => {
    if (text === 'bad') throw new Error('always');
    await mark(text, context);
  };
  await emit({ subject, text: 'bad' }, { subject, text: 'good' });
  for (let attempt = 0; attempt < 10; attempt += 1) {
    await app.settle();
    app.clock.advance({ hours: 1, seconds: 1 });
  }
  await app.settle();
  expect(await rows.handlings()).toEqual([
    { handler: 'probe.handle', state: 'dead', attempts: 10, error: 'Error: always' },
  ]);
  expect(await rows.marks()).toEqual(['good']);
});

test('what handlers throw is kept without values of patients', async () => {
  act = async (_, { em, clinicId }) => {
    await em.execute(`insert into probe_mark (clinic_id, id, text) values (?, null, '王小明')`, [clinicId]);
  };
  await emit({ subject, text: 'a' });
  await app.settle();
  const [{ error } = { error: '' }] = await rows.handlings();
  expect(error).toContain('23502');
  expect(error).not.toContain('王小明');
});

test('an event that a handler publishes is handled too', async () => {
  act = async ({ text, subject: same }, context) => {
    await mark(text, context);
    if (Number(text) < 3) context.publish(happened, { subject: same, text: String(Number(text) + 1) });
  };
  await emit({ subject, text: '1' });
  await app.settle();
  expect(await rows.marks()).toEqual(['1', '2', '3']);
});

describe('beside a plugin that hangs', () => {
  test('others are handled, and what it does too late has no effect', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const { promise: tried, resolve: done } = Promise.withResolvers<string[]>();
    actBeside = async ({ text }, context) => {
      const { em, clinicId } = context;
      await mark(`${text} in time`, context);
      await released;
      const tooLate = [
        () => mark('late', { em, clinicId }),
        () => mark('late', context),
        () => context.publish(happened, { subject, text: 'late' }),
      ];
      const ends = await Promise.allSettled(tooLate.map(async write => write()));
      done(ends.map(({ status }) => status));
    };
    await emit({ subject, text: 'a' });
    const { lanes: [, healthy, hanging] = [] } = createEventWorker(app.app.platform, { timeLimit: 100 });
    const waiting = hanging!.runDue(app.clock.now());
    expect(await healthy!.runDue(app.clock.now())).toBe(1);
    expect(await rows.marks()).toEqual(['a']);
    expect(await waiting).toBe(1);
    release();
    expect(await tried).toEqual(['rejected', 'rejected', 'rejected']);
    expect(await rows.marks()).toEqual(['a']);
    expect(await rows.handlings()).toMatchObject([
      { handler: 'neighbour.handle', state: 'waiting', error: expect.stringMatching(/^TimeLimitError/) },
    ]);
  });

  test('the end of the process is not held up', async () => {
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    actBeside = () => {
      begin();
      return new Promise(() => undefined);
    };
    await emit({ subject, text: 'a' });
    const ending = new AbortController();
    const { lanes: [, , hanging] = [] } = createEventWorker(app.app.platform, { grace: 50 });
    const running = hanging!.runDue(app.clock.now(), ending.signal);
    await begun;
    ending.abort();
    expect(await running).toBe(1);
    const [, cutOff] = await rows.handlings();
    expect(cutOff).toMatchObject({ state: 'waiting', error: expect.stringContaining('was cut off') });
  });
});

test('a plugin that fails five times in a row is left alone for half a minute, without using up attempts', async () => {
  let broken = true;
  let calls = 0;
  actBeside = async ({ text }, context) => {
    calls += 1;
    if (broken) throw new Error('broken');
    await mark(`${text} beside`, context);
  };
  await emit(...Array.from({ length: 20 }, (_, number) => ({ subject: randomUUID(), text: String(number) })));
  await app.settle();
  expect(await rows.marks()).toHaveLength(20);
  // Two more may have been under way when the fifth failed.
  expect(calls).toBeGreaterThanOrEqual(5);
  expect(calls).toBeLessThanOrEqual(7);
  broken = false;
  await app.settle();
  expect(await rows.marks()).toHaveLength(20);
  app.clock.advance({ seconds: 31 });
  await app.settle();
  expect(await rows.marks()).toHaveLength(40);
});

test('a connection that is lost in the middle costs one attempt', async () => {
  let tries = 0;
  act = async ({ text }, context) => {
    await mark(text, context);
    const [{ pid }] = (await context.em.execute('select pg_backend_pid() as pid')) as [{ pid: number }];
    if (++tries === 1) await rows.all('select pg_terminate_backend($1, 1000)', [pid]);
  };
  await emit({ subject, text: 'a' });
  await app.settle();
  expect(await rows.handlings()).toMatchObject([{ state: 'waiting', attempts: 1 }]);
  app.clock.advance({ seconds: 6 });
  await app.settle();
  expect([tries, await rows.marks()]).toEqual([2, ['a']]);
});

describe('several workers', () => {
  test('share the events of many clinics, each handled once and in order', async () => {
    const clinics = [app.clinicId, await app.addClinic('second'), await app.addClinic('third')];
    const subjects = Array.from({ length: 4 }, () => randomUUID());
    for (const clinicId of clinics) {
      await app.as(['*'], { clinicId }).run(async ({ publish }) => {
        for (let number = 0; number < 20; number += 1) {
          for (const each of subjects) publish(happened, { subject: each, text: `${clinicId}/${each}/${number}` });
        }
      });
    }
    const workers = Array.from({ length: 3 }, () => createEventWorker(app.app.platform).lanes!.at(-2)!);
    const done = await Promise.all(workers.map(worker => worker.runDue(app.clock.now())));
    expect(done.reduce((a, b) => a + b)).toBe(240);
    const marks = await rows.marks();
    for (const clinicId of clinics) {
      for (const each of subjects) {
        const own = marks.filter(text => text.startsWith(`${clinicId}/${each}`));
        expect(own.map(text => Number(text.split('/')[2]))).toEqual(Array.from({ length: 20 }, (_, number) => number));
      }
    }
  });

  const claimsOf = (): Claims<object> =>
    new Claims(app.app.platform, { table: 'event_handling', name: 'handler', columns: 'claimed.event_id' });
  const leases = { 'probe.handle': 60_000 };

  test('take over from one that is gone, and what it finishes too late does not count', async () => {
    await emit({ subject, text: 'a' });
    const lost = await claimsOf().take(app.clinicId, leases, app.clock.now());
    expect(lost).toMatchObject({ name: 'probe.handle', attempts: 1 });
    await app.settle();
    expect(await rows.marks()).toEqual([]);
    app.clock.advance({ seconds: 61 });
    expect(await app.staff.run(({ em }) => claimsOf().finish(em, lost!))).toBe(false);
    await app.settle();
    expect(await rows.marks()).toEqual(['a']);
  });

  test('leave alone what another has claimed anew, whoever had it before', async () => {
    await emit({ subject, text: 'a' });
    const first = await claimsOf().take(app.clinicId, leases, app.clock.now());
    app.clock.advance({ seconds: 61 });
    const second = await claimsOf().take(app.clinicId, leases, app.clock.now());
    await claimsOf().bury(first!, 'too late');
    await claimsOf().postpone(first!, app.clock.now(), 'too late');
    expect(await app.staff.run(({ em }) => claimsOf().finish(em, first!))).toBe(false);
    expect(await rows.handlings()).toMatchObject([{ state: 'running', attempts: 2, error: null }, {}]);
    expect(await app.staff.run(({ em }) => claimsOf().finish(em, second!))).toBe(true);
  });

  test('give up what ends its worker again and again', async () => {
    await emit({ subject, text: 'a' });
    for (let killed = 0; killed < 10; killed += 1) {
      await claimsOf().take(app.clinicId, leases, app.clock.now());
      app.clock.advance({ seconds: 61 });
    }
    await app.settle();
    expect(await rows.handlings()).toMatchObject([{ state: 'dead', error: 'Its worker ended 10 times while it ran.' }]);
    expect(await rows.marks()).toEqual([]);
  });
});

test('a plugin that is not enabled gets no event, and one that is switched off handles nothing more', async () => {
  actBeside = ({ text }, context) => mark(`${text} beside`, context);
  const clinicId = await app.addClinic('without');
  const clinic = app.as(['*'], { clinicId });
  const isEnabled = (enabled: boolean): Promise<unknown> =>
    rows.all(`update clinic_plugin set enabled = $2 where clinic_id = $1 and plugin = 'neighbour'`, [
      clinicId,
      enabled,
    ]);
  await isEnabled(false);
  await clinic.run(async ({ publish }) => publish(happened, { subject, text: 'never' }));
  expect((await rows.handlings()).map(({ handler }) => handler)).toEqual(['probe.handle']);
  // As an event that was stored while the plugin was enabled still.
  await rows.all(
    `insert into event_handling (clinic_id, id, event_id, handler, subject_id, due_at)
     select clinic_id, gen_random_uuid(), event_id, 'neighbour.handle', subject_id, due_at from event_handling`,
  );
  await app.settle();
  expect(await rows.marks()).toEqual(['never']);
  expect(await rows.handlings()).toEqual([]);
});

test('a handler that throws at once, or is not what it says, harms no other', async () => {
  const wrong = { name: 'wrongType', events: [happened], handle: undefined } as unknown as Handler;
  const handle = (): never => {
    throw 'a text';
  };
  const right = on(happened, async function right({ text }, context) {
    await mark(text, context);
  });
  const strange = await createTestApp({
    plugins: [core, probe({ handlers: [wrong, { name: 'throwAtOnce', events: [happened], handle }, right] })],
  });
  const strangeRows = await Rows.of(strange.databaseUrl);
  await strange.emit(happened, { subject, text: 'a' });
  await strange.settle();
  expect(await strangeRows.marks()).toEqual(['a']);
  expect((await strangeRows.handlings()).map(({ handler, state }) => [handler, state])).toEqual([
    ['probe.wrongType', 'waiting'],
    ['probe.throwAtOnce', 'waiting'],
  ]);
  await strangeRows[Symbol.asyncDispose]();
});
