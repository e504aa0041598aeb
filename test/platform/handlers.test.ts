import { randomUUID } from 'node:crypto';
import { createEventWorker } from '../../api/events/deliver.ts';
import { on, type Handler, type Plugin } from '../../api/plugin.ts';
import { Claims } from '../../api/work/claims.ts';
import { core } from '../../schema/core.ts';
import { happened, mark, neighbour, probe, type Happening } from '../fixtures/probe/probe.ts';
import { Rows } from '../fixtures/probe/rows.ts';
import { createTestApp, type TestApp } from '../harness/index.ts';

const subject = randomUUID();
const other = randomUUID();

async function start(handlers: Handler[], ...more: Plugin[]): Promise<{ app: TestApp; rows: Rows }> {
  const app = await createTestApp({ plugins: [core, probe({ handlers }), ...more] });
  return { app, rows: await Rows.of(app.databaseUrl) };
}

const emit = async (app: TestApp, ...happenings: Happening[]): Promise<void> => {
  for (const happening of happenings) await app.emit(happened, happening);
};

test('an event is handled after its transaction, and never if that is rolled back', async () => {
  const { app, rows } = await start([
    on(happened, async function leaveMark({ text }, context) {
      await mark(text, context);
    }),
  ]);
  const failing = app.staff.run(async ({ publish }) => {
    publish(happened, { subject, text: 'rolled back' });
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  await emit(app, { subject, text: 'stored' });
  await app.settle();
  expect(await rows.marks()).toEqual(['stored']);
  expect(await rows.handlings()).toEqual([]);
  await rows[Symbol.asyncDispose]();
});

test('what a handler writes happens once, however often it had to be tried', async () => {
  let tries = 0;
  const { app, rows } = await start([
    on(happened, async function failTwice({ text }, context) {
      await mark(text, context);
      if (++tries < 3) throw new Error(`try ${tries}`);
    }),
  ]);
  await emit(app, { subject, text: 'a' });
  await app.settle();
  expect(await rows.handlings()).toMatchObject([
    { handler: 'probe.failTwice', state: 'waiting', attempts: 1, error: 'Error: try 1' },
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
  await rows[Symbol.asyncDispose]();
});

test('events of one thing wait for the one that failed before them, those of others do not', async () => {
  let broken = true;
  const { app, rows } = await start([
    on(happened, async function keepOrder({ text }, context) {
      if (broken && text === '1') throw new Error('not yet');
      await mark(text, context);
    }),
  ]);
  await emit(
    app,
    { subject, text: '1' },
    { subject, text: '2' },
    { subject: other, text: 'other' },
    { subject, text: '3' },
  );
  await app.settle();
  expect(await rows.marks()).toEqual(['other']);
  broken = false;
  app.clock.advance({ seconds: 6 });
  await app.settle();
  expect(await rows.marks()).toEqual(['other', '1', '2', '3']);
  await rows[Symbol.asyncDispose]();
});

test('after ten attempts an event is a dead letter, and later ones of its thing go on', async () => {
  const { app, rows } = await start([
    on(happened, async function refuse({ text }, context) {
      if (text === 'bad') throw new Error('always');
      await mark(text, context);
    }),
  ]);
  await emit(app, { subject, text: 'bad' }, { subject, text: 'good' });
  for (let attempt = 0; attempt < 10; attempt += 1) {
    await app.settle();
    app.clock.advance({ hours: 1, seconds: 1 });
  }
  await app.settle();
  expect(await rows.handlings()).toEqual([
    { handler: 'probe.refuse', state: 'dead', attempts: 10, error: 'Error: always' },
  ]);
  expect(await rows.marks()).toEqual(['good']);
  await rows[Symbol.asyncDispose]();
});

test('what handlers throw is kept without values of patients', async () => {
  const { app, rows } = await start([
    on(happened, async function breakConstraint(_, { em, clinicId }) {
      await em.execute(`insert into probe_mark (clinic_id, id, text) values (?, null, '王小明')`, [clinicId]);
    }),
  ]);
  await emit(app, { subject, text: 'a' });
  await app.settle();
  const [{ error } = { error: '' }] = await rows.handlings();
  expect(error).toContain('23502');
  expect(error).not.toContain('王小明');
  await rows[Symbol.asyncDispose]();
});

describe('beside a plugin that hangs', () => {
  test('others are handled, and what it does too late has no effect', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const late: string[] = [];
    const hang = on(happened, async function hang({ text }, context) {
      const { em } = context;
      await mark(`${text} in time`, context);
      await released;
      for (const write of [
        () => mark('late', { em, clinicId: subject }),
        () => mark('late', context),
        () => context.publish(happened, { subject, text: 'late' }),
      ]) {
        await Promise.resolve()
          .then(write)
          .then(
            () => late.push('written'),
            (error: Error) => late.push(error.constructor.name),
          );
      }
    });
    const { app, rows } = await start(
      [
        on(happened, async function leaveMark({ text }, context) {
          await mark(text, context);
        }),
      ],
      neighbour({ handlers: [hang] }),
    );
    await emit(app, { subject, text: 'a' });
    const worker = createEventWorker(app.app.platform, { timeLimit: 100 });
    const [hanging, healthy] = [...worker.lanes!].reverse();
    const waiting = hanging!.runDue(app.clock.now());
    expect(await healthy!.runDue(app.clock.now())).toBe(1);
    expect(await rows.marks()).toEqual(['a']);
    expect(await waiting).toBe(1);
    release();
    while (late.length < 3) await new Promise(setImmediate);
    expect(late).not.toContain('written');
    expect(await rows.marks()).toEqual(['a']);
    expect(await rows.handlings()).toMatchObject([
      { handler: 'neighbour.hang', state: 'waiting', error: expect.stringMatching(/^TimeLimitError/) },
    ]);
    await rows[Symbol.asyncDispose]();
  });

  test('after five failures it is left alone for half a minute, without using up attempts', async () => {
    let broken = true;
    let calls = 0;
    const { app, rows } = await start(
      [],
      neighbour({
        handlers: [
          on(happened, async function fail({ text }, context) {
            calls += 1;
            if (broken) throw new Error('broken');
            await mark(text, context);
          }),
        ],
      }),
    );
    await emit(app, ...Array.from({ length: 20 }, (_, number) => ({ subject: randomUUID(), text: String(number) })));
    await app.settle();
    expect(calls).toBeGreaterThanOrEqual(5);
    // Three may have been under way when the fifth failed.
    expect(calls).toBeLessThanOrEqual(7);
    broken = false;
    await app.settle();
    expect(await rows.marks()).toEqual([]);
    app.clock.advance({ seconds: 31 });
    await app.settle();
    expect(await rows.marks()).toHaveLength(20);
    await rows[Symbol.asyncDispose]();
  });
});

test('a handler that throws at once, or is not what it says, harms no other', async () => {
  const wrong = { name: 'wrongType', events: [happened], handle: undefined } as unknown as Handler;
  const throwing = {
    name: 'throwAtOnce',
    events: [happened],
    handle: () => {
      throw 'a text';
    },
  } as Handler;
  const { app, rows } = await start([
    on(happened, async function leaveMark({ text }, context) {
      await mark(text, context);
    }),
    wrong,
    throwing,
  ]);
  await emit(app, { subject, text: 'a' });
  await app.settle();
  expect(await rows.marks()).toEqual(['a']);
  expect((await rows.handlings()).map(({ handler, state }) => [handler, state])).toEqual([
    ['probe.wrongType', 'waiting'],
    ['probe.throwAtOnce', 'waiting'],
  ]);
  await rows[Symbol.asyncDispose]();
});

test('a connection that is lost in the middle costs one attempt', async () => {
  let tries = 0;
  const { app, rows } = await start([
    on(happened, async function loseConnection({ text }, context) {
      await mark(text, context);
      const [{ pid }] = (await context.em.execute('select pg_backend_pid() as pid')) as [{ pid: number }];
      if (++tries === 1) await rows.all('select pg_terminate_backend($1, 1000)', [pid]);
    }),
  ]);
  await emit(app, { subject, text: 'a' });
  await app.settle();
  expect(await rows.handlings()).toMatchObject([{ state: 'waiting', attempts: 1 }]);
  app.clock.advance({ seconds: 6 });
  await app.settle();
  expect([tries, await rows.marks()]).toEqual([2, ['a']]);
  await rows[Symbol.asyncDispose]();
});

describe('several workers', () => {
  test('share the events of many clinics, each handled once and in order', async () => {
    const { app, rows } = await start([
      on(happened, async function leaveMark({ text }, context) {
        await mark(text, context);
      }),
    ]);
    const clinics = [app.clinicId, await app.addClinic('second'), await app.addClinic('third')];
    const subjects = Array.from({ length: 4 }, () => randomUUID());
    for (const clinicId of clinics) {
      await app.as(['*'], { clinicId }).run(async ({ publish }) => {
        for (let number = 0; number < 20; number += 1) {
          for (const each of subjects) publish(happened, { subject: each, text: `${clinicId}/${each}/${number}` });
        }
      });
    }
    const workers = Array.from({ length: 3 }, () => createEventWorker(app.app.platform));
    const done = await Promise.all(workers.map(worker => worker.runDue(app.clock.now())));
    expect(done.reduce((a, b) => a + b)).toBe(240);
    const marks = await rows.marks();
    for (const clinicId of clinics) {
      for (const each of subjects) {
        const own = marks
          .filter(text => text.startsWith(`${clinicId}/${each}`))
          .map(text => Number(text.split('/')[2]));
        expect(own).toEqual(Array.from({ length: 20 }, (_, number) => number));
      }
    }
    await rows[Symbol.asyncDispose]();
  });

  test('take over from one that is gone, and what it finishes too late does not count', async () => {
    const { app, rows } = await start([
      on(happened, async function leaveMark({ text }, context) {
        await mark(text, context);
      }),
    ]);
    await emit(app, { subject, text: 'a' });
    const { platform } = app.app;
    const claims = new Claims(platform, { table: 'event_handling', name: 'handler', columns: 'claimed.event_id' });
    const lost = await claims.take(app.clinicId, { 'probe.leaveMark': 60_000 }, app.clock.now());
    expect(lost).toMatchObject({ name: 'probe.leaveMark', attempts: 1 });
    await app.settle();
    expect(await rows.marks()).toEqual([]);
    app.clock.advance({ seconds: 61 });
    const finished = await app.staff.run(({ em }) => claims.finish(em, lost!));
    expect(finished).toBe(false);
    await app.settle();
    expect(await rows.marks()).toEqual(['a']);
    await rows[Symbol.asyncDispose]();
  });

  test('give up what ends its worker again and again', async () => {
    const { app, rows } = await start([
      on(happened, async function leaveMark({ text }, context) {
        await mark(text, context);
      }),
    ]);
    await emit(app, { subject, text: 'a' });
    const claims = new Claims(app.app.platform, {
      table: 'event_handling',
      name: 'handler',
      columns: 'claimed.event_id',
    });
    for (let killed = 0; killed < 10; killed += 1) {
      await claims.take(app.clinicId, { 'probe.leaveMark': 60_000 }, app.clock.now());
      app.clock.advance({ seconds: 61 });
    }
    await app.settle();
    expect(await rows.handlings()).toMatchObject([{ state: 'dead', error: 'Its worker ended 10 times while it ran.' }]);
    expect(await rows.marks()).toEqual([]);
    await rows[Symbol.asyncDispose]();
  });
});

test('a plugin that is switched off handles nothing more', async () => {
  const { app, rows } = await start(
    [],
    neighbour({
      handlers: [
        on(happened, async function leaveMark({ text }, context) {
          await mark(text, context);
        }),
      ],
    }),
  );
  const second = await app.addClinic('second');
  await rows.all(`update clinic_plugin set enabled = false where clinic_id = $1 and plugin = 'neighbour'`, [second]);
  await app.as(['*'], { clinicId: second }).run(async ({ publish }) => publish(happened, { subject, text: 'never' }));
  expect(await rows.handlings()).toEqual([]);
  await emit(app, { subject, text: 'a' });
  await rows.all(`update event_handling set clinic_id = clinic_id`);
  await app.settle();
  expect(await rows.marks()).toEqual(['a']);
  await rows[Symbol.asyncDispose]();
});

test('an event that a handler publishes is handled too', async () => {
  const { app, rows } = await start([
    on(happened, async function count({ subject: same, text }, context) {
      await mark(text, context);
      if (Number(text) < 3) context.publish(happened, { subject: same, text: String(Number(text) + 1) });
    }),
  ]);
  await emit(app, { subject, text: '1' });
  await app.settle();
  expect(await rows.marks()).toEqual(['1', '2', '3']);
  await rows[Symbol.asyncDispose]();
});
