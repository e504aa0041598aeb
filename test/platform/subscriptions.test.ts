import { core } from 'clinic-rapport/schema';
import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import type { Execution } from '../../api/graphql/execution.ts';
import type { Permission } from '../../api/plugin.ts';
import { bells, executions, hear, hearSecrets, rung, type Ring } from '../fixtures/bells/bells.ts';

let app: TestApp;
beforeAll(async () => (app = await createTestApp({ plugins: [core, bells] })));
beforeEach(() => (executions.length = 0));

const document =
  'subscription ($after: String, $only: String) { bellRang(after: $after, only: $only) { cursor note secret listener language } }';

interface Options {
  permissions?: readonly Permission[];
  patientIds?: readonly string[];
  clinicId?: string;
  locale?: 'en' | 'zh-Hant';
  userId?: string;
  variables?: Record<string, unknown>;
  text?: string;
}

/** What a follower gets, errors included; ended with the test. */
class Ear implements AsyncDisposable {
  readonly #events: AsyncIterableIterator<Execution>;

  private constructor(events: AsyncIterableIterator<Execution>) {
    this.#events = events;
  }

  static async open({
    permissions = [hear, hearSecrets],
    variables,
    text = document,
    locale,
    clinicId,
    ...who
  }: Options = {}): Promise<Ear> {
    const { actor } = app.as(permissions, who);
    const context = await app.app.platform.contextFor({ clinicId: clinicId ?? app.clinicId, actor, locale });
    return new Ear(await app.app.subscribe({ document: text, variables, context }));
  }

  async hear(): Promise<Execution> {
    return (await this.#events.next()).value as Execution;
  }

  async notes(count: number): Promise<string[]> {
    const heard: string[] = [];
    while (heard.length < count) heard.push(((await this.hear()).data as any).bellRang.note);
    return heard;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#events.return!();
  }
}

const ring = (...notes: string[]): Promise<void> =>
  app.staff.run(async ({ publish }) => notes.forEach(note => publish(rung, { note } satisfies Ring)));
const refusalOf = async (options: Options): Promise<unknown> =>
  Ear.open(options).then(
    () => 'was not refused',
    (error: any) => error.code ?? error.extensions?.code,
  );
const numbers = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => String(from + index));

describe('sharing', () => {
  const patientId = '018f0000-0000-7000-8000-000000000001';

  test('those who ask the same, and may see the same, share one execution', async () => {
    await using ears = new AsyncDisposableStack();
    const opened = [];
    for (const userId of ['ann', 'bob', 'eve']) opened.push(ears.use(await Ear.open({ userId })));
    await ring('one', 'two');
    for (const ear of opened) expect(await ear.notes(2)).toEqual(['one', 'two']);
    expect(executions).toEqual(['one', 'two']);
  });

  test.each<[string, Options, Options]>([
    ['other rights', {}, { permissions: [hear] }],
    ['other patients', {}, { patientIds: [patientId] }],
    ['another language', {}, { locale: 'zh-Hant' }],
    ['other variables', {}, { variables: { only: 'bell' } }],
    ['another document', {}, { text: document.replace('secret', 'again: note') }],
  ])('those with %s never do', async (_, one, other) => {
    await using first = await Ear.open(one);
    await using second = await Ear.open(other);
    // Events of the whole clinic are not for those who see single patients only.
    await app.staff.run(async ({ publish }) => publish(rung, { note: 'bell', patientId }));
    await Promise.all([first.hear(), second.hear()]);
    expect(executions).toEqual(['bell', 'bell']);
  });

  test('who may see less gets less of the same event, whoever came first', async () => {
    await using more = await Ear.open();
    await using less = await Ear.open({ permissions: [hear] });
    await using moreAgain = await Ear.open();
    await ring('bell');
    for (const ear of [more, moreAgain])
      expect(await ear.hear()).toMatchObject({ data: { bellRang: { secret: 'secret of bell' } } });
    const { data, errors } = await less.hear();
    expect(data).toMatchObject({ bellRang: { note: 'bell', secret: null } });
    expect(errors).toMatchObject([{ path: ['bellRang', 'secret'], extensions: { code: 'FORBIDDEN' } }]);
  });

  test('what is shared is read by none of the members', async () => {
    await using ann = await Ear.open({ userId: 'ann' });
    await using bob = await Ear.open({ userId: 'bob' });
    await ring('bell');
    for (const ear of [ann, bob])
      expect((await ear.hear()).data).toMatchObject({ bellRang: { listener: 'subscriber' } });
  });

  test('another clinic hears nothing', async () => {
    const clinicId = await app.addClinic('far');
    await using far = await Ear.open({ clinicId });
    await using near = await Ear.open();
    await ring('near');
    await app.as([hear], { clinicId }).run(async ({ publish }) => publish(rung, { note: 'far' }));
    expect(await near.notes(1)).toEqual(['near']);
    expect(await far.notes(1)).toEqual(['far']);
  });

  test('who leaves and who comes make no difference to those who stay', async () => {
    await using staying = await Ear.open();
    for (const turn of numbers(20)) {
      const passing = await Ear.open();
      const [gone] = await Promise.all([
        passing[Symbol.asyncDispose](),
        Ear.open().then(ear => ear[Symbol.asyncDispose]()),
      ]);
      expect(gone).toBeUndefined();
      await ring(turn);
    }
    expect(await staying.notes(20)).toEqual(numbers(20));
  });

  test('a group that has lost all its members and gets a new one at the same moment goes on', async () => {
    for (const turn of numbers(20)) {
      const last = await Ear.open();
      const [, next] = await Promise.all([last[Symbol.asyncDispose](), Ear.open()]);
      await ring(turn);
      expect(await next.notes(1)).toEqual([turn]);
      await next[Symbol.asyncDispose]();
    }
  });
});

describe('an event', () => {
  test('for which the resolver answers null is skipped', async () => {
    await using ear = await Ear.open({ variables: { only: 'loud' } });
    await ring('soft', 'loud', 'soft', 'loud');
    expect(await ear.notes(2)).toEqual(['loud', 'loud']);
    expect(executions).toHaveLength(4);
  });

  test('for which it throws says so, masked, and the next one comes', async () => {
    await using ear = await Ear.open();
    await ring('crash', 'fine');
    const { data, errors } = await ear.hear();
    expect(data).toEqual({ bellRang: null });
    expect(errors).toMatchObject([{ path: ['bellRang'], extensions: { code: 'PLUGIN_UNAVAILABLE', plugin: 'bells' } }]);
    expect(JSON.stringify(errors)).not.toContain('hunter2');
    expect(await ear.notes(1)).toEqual(['fine']);
  });

  test('of a transaction that was rolled back never happened', async () => {
    await using ear = await Ear.open();
    await expect(
      app.staff.run(async ({ publish }) => {
        publish(rung, { note: 'never' });
        throw new Error('rolled back');
      }),
    ).rejects.toThrow('rolled back');
    await ring('then');
    expect(await ear.notes(1)).toEqual(['then']);
  });
});

test('who does not read for a while loses none of a thousand events and more', async () => {
  await using ear = await Ear.open();
  await ring(...numbers(1_200));
  await using other = await Ear.open();
  await ring('last');
  // Of the same group, which gives each event to all before the next.
  while ((await other.notes(1))[0] !== 'last');
  expect(await ear.notes(1_201)).toEqual([...numbers(1_200), 'last']);
});

describe('going on after a cursor', () => {
  /** The cursor of an event that has just happened. */
  async function cursorNow(): Promise<string> {
    await using ear = await Ear.open();
    await ring('mark');
    return ((await ear.hear()).data as any).bellRang.cursor;
  }

  test('gives a thousand missed events in order, then those that happen', async () => {
    const after = await cursorNow();
    await ring(...numbers(1_000));
    await using ear = await Ear.open({ variables: { after } });
    await ring(...numbers(10, 1_000));
    expect(await ear.notes(1_010)).toEqual(numbers(1_010));
  });

  test('misses nothing and doubles nothing, whenever one comes', async () => {
    const after = await cursorNow();
    const ringing = (async () => {
      for (const note of numbers(60)) await ring(note);
    })();
    await using ears = new AsyncDisposableStack();
    const comers: Promise<string[]>[] = [];
    for (let comer = 0; comer < 12; comer++) {
      const ear = ears.use(await Ear.open({ variables: { after } }));
      comers.push(ear.notes(60));
    }
    await ringing;
    for (const heard of await Promise.all(comers)) expect(heard).toEqual(numbers(60));
  });

  test('shares what happens from then on with those who came before', async () => {
    const after = await cursorNow();
    await using old = await Ear.open();
    await using late = await Ear.open({ variables: { after } });
    executions.length = 0;
    await ring('shared');
    expect(await old.notes(1)).toEqual(['shared']);
    expect(await late.notes(1)).toEqual(['shared']);
    expect(executions).toEqual(['shared']);
  });

  test('is refused for a cursor that is none, or of elsewhere', async () => {
    expect(await refusalOf({ variables: { after: 'yesterday' } })).toBe('BAD_USER_INPUT');
    const foreign = Buffer.from('7-1/5/5').toString('base64url');
    expect(await refusalOf({ variables: { after: foreign } })).toMatch(/RESYNC|BAD_USER_INPUT/);
  });
});

test.each<[string, Options, string]>([
  ['without the permission', { permissions: [] }, 'FORBIDDEN'],
  ['a query', { text: '{ bells }' }, 'BAD_USER_INPUT'],
  ['what is not in the schema', { text: 'subscription { nothing }' }, 'GRAPHQL_VALIDATION_FAILED'],
  [
    'two things at once',
    { text: 'subscription { a: bellRang { note } b: bellRang { note } }' },
    'GRAPHQL_VALIDATION_FAILED',
  ],
  ['what is no GraphQL', { text: 'subscription {' }, 'GRAPHQL_PARSE_FAILED'],
  ['with text that is none', { variables: { only: '\0' } }, 'BAD_USER_INPUT'],
])('following is refused: %s', async (_, options, code) => {
  expect(await refusalOf(options)).toBe(code);
});

test('a plugin that the clinic has not enabled cannot be followed', async () => {
  const actor = app.as([hear]).actor;
  const context = await app.app.platform.contextFor({ clinicId: '018f0000-0000-7000-8000-00000000ffff', actor });
  await expect(app.app.subscribe({ document, context })).rejects.toMatchObject({ code: 'PLUGIN_UNAVAILABLE' });
});

test('a subscription may stand in a fragment', async () => {
  await using ear = await Ear.open({
    text: 'subscription { ...f } fragment f on Subscription { ... { bellRang { note } } }',
  });
  await ring('bell');
  expect(await ear.notes(1)).toEqual(['bell']);
});
