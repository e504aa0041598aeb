import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Query, Resolver } from 'type-graphql';
import { createApp } from '../../api/app.ts';
import { compose } from '../../api/compose.ts';
import { Public } from '../../api/graphql/public.ts';
import {
  defineEvent,
  defineFact,
  defineJob,
  defineLink,
  defineMail,
  definePermission,
  definePlugin,
  follows,
  on,
} from '../../api/define.ts';
import type { Event, Mail, Plugin, SubjectData } from '../../api/plugin.ts';
import { sql } from '../../api/read/where.ts';

const plugin = (name: string, more: Partial<Plugin> = {}): Plugin => definePlugin({ name, version: '1.4.0', ...more });
const event = (name: string): Event<{ id: string }> => defineEvent(name, ({ id }) => ({ type: 'thing', id }));
const link = defineLink<void>('cats.confirm', '/confirm');
const page = async (): Promise<Response> => new Response('');

@Resolver()
class Ground {
  @Public()
  @Query(() => String, { description: 'Says that it is there.' })
  ground(): string {
    return 'here';
  }
}

const core = plugin('core', { events: [event('visit.completed')], resolvers: [Ground] });
const composed = (...plugins: Plugin[]): string[] => compose('1.0.0', plugins).map(({ name }) => name);
const composing =
  (...plugins: Plugin[]): (() => unknown) =>
  () =>
    composed(core, ...plugins);

describe('the order', () => {
  test('the core comes first, then each plugin after what it requires, whatever the order in which they are given', () => {
    const [a, b, c] = [
      plugin('a', { requires: { c: '^1.0.0' } }),
      plugin('b'),
      plugin('c', { requires: { core: '*', platform: '^1.0.0' } }),
    ];
    const orders = [
      [a, b, c, core],
      [core, c, b, a],
      [b, a, core, c],
    ].map(given => composed(...given));
    expect(orders).toEqual(Array(3).fill(['core', 'c', 'a', 'b']));
  });

  test('a plugin that is listed twice is composed once', () => {
    const once = plugin('once');
    expect(composed(core, once, once)).toEqual(['core', 'once']);
  });
});

describe('requirements', () => {
  test('a missing one is refused, naming both', () => {
    expect(composing(plugin('reviews', { requires: { loyalty: '^1.0.0' } }))).toThrow(
      "'reviews' requires 'loyalty', which is not installed: install it, or leave 'reviews' out.",
    );
  });

  test('a version that does not fit is refused, with the two versions', () => {
    expect(composing(plugin('loyalty'), plugin('reviews', { requires: { loyalty: '^2.0.0' } }))).toThrow(
      "'reviews' requires 'loyalty' ^2.0.0, and 1.4.0 is installed: install a version that fits.",
    );
  });

  test('so is one for another platform', () => {
    expect(composing(plugin('reviews', { requires: { platform: '>=2' } }))).toThrow(
      "'reviews' requires 'platform' >=2, and 1.0.0 is installed: install a version that fits.",
    );
  });

  test('a circle is refused, with the way around it', () => {
    const circle = [
      plugin('a', { requires: { b: '*' } }),
      plugin('b', { requires: { c: '*' } }),
      plugin('c', { requires: { a: '*' } }),
    ];
    expect(composing(...circle)).toThrow(
      'Plugins require each other: a > b > c > a; let one of them listen to events instead.',
    );
  });

  test('so is a plugin that requires itself', () => {
    expect(composing(plugin('a', { requires: { a: '*' } }))).toThrow('Plugins require each other: a > a');
  });
});

describe('names', () => {
  test.each(['', 'Cats', 'my_plugin', '-cats', 'cats-', 'my--cats', '2cats', 'cats.dogs', 'cats/../dogs', '貓'])(
    "'%s' is no name for a plugin",
    name => {
      expect(composing(plugin(name))).toThrow(
        `'${name}' is no name for a plugin: use lower-case words joined by hyphens, as 'my-plugin'.`,
      );
    },
  );

  test('the name of the ground is taken', () => {
    expect(composing(plugin('platform'))).toThrow(
      "'platform' is what `requires` calls the ground: give the plugin another name.",
    );
  });

  test('two plugins of one name are refused', () => {
    expect(composing(plugin('cats'), plugin('cats'))).toThrow("Two plugins are named 'cats': rename one of them.");
  });

  const foreign: [string, Partial<Plugin>][] = [
    ['permission', { permissions: [definePermission('dogs.read', 'See dogs')] }],
    ['event', { events: [event('dogs.barked')] }],
    ['job', { jobs: [defineJob('dogs.walk', { run: async () => {} })] }],
    ['mail', { mails: [mailOf({ name: 'dogs.bill' })] }],
    ['link', { links: [defineLink('dogs.walk', '/walk')] }],
    ['fact', { facts: [defineFact('dogs.age', { description: 'Age.', type: 'INTEGER', value: () => sql`1` })] }],
    ['name that only begins like the plugin', { events: [event('catsanddogs.met')] }],
  ];
  test.each(foreign)('a %s without the prefix of its plugin is refused', (_, part) => {
    expect(composing(plugin('cats', part))).toThrow(/^'cats' may not name '[a-z]+\.[a-z]+': begin it with 'cats\.'\.$/);
  });

  test('only the core speaks without a prefix', () => {
    expect(composing()).not.toThrow();
    expect(composing(plugin('visit', { events: [event('visit.begun')] }))).not.toThrow();
  });

  test('a plugin may not name anew what the core has named, as a permission that it would give to others', () => {
    const permissions = [definePermission('visit.read', 'See visits', ['marketer'])];
    const ground = { ...core, permissions: [definePermission('visit.read', 'See visits', ['owner'])] };
    expect(() => composed(plugin('visit', { permissions }), ground)).toThrow(
      "'visit.read' of 'visit' is also among the permissions of 'core': rename it.",
    );
    expect(() => composed(plugin('visit', { events: [event('visit.completed')] }), ground)).toThrow(
      "'visit.completed' of 'visit' is also among the events of 'core': rename it.",
    );
  });

  const twice: [keyof Plugin, Partial<Plugin>][] = [
    [
      'permissions',
      { permissions: [definePermission('cats.read', 'See'), definePermission('cats.read', 'See again')] },
    ],
    ['events', { events: [event('cats.fed'), event('cats.fed')] }],
    [
      'jobs',
      { jobs: [defineJob('cats.feed', { run: async () => {} }), defineJob('cats.feed', { run: async () => {} })] },
    ],
    ['mails', { mails: [mailOf(), mailOf()] }],
    ['links', { links: [link, defineLink('cats.confirm', '/again')] }],
  ];
  test.each(twice)('two %s of one name are refused', (kind, part) => {
    expect(composing(plugin('cats', part))).toThrow(
      new RegExp(`^'cats' has two ${kind} named 'cats\\.[a-z]+': rename one of them\\.$`),
    );
  });

  test('two handlers of one name are refused, and one without a name: unhandled events are kept by it', () => {
    const handlers = [
      on(core.events![0]!, async function invite() {}),
      on(core.events![0]!, async function invite() {}),
    ];
    expect(composing(plugin('cats', { handlers }))).toThrow(
      "'cats' has two handlers named 'invite': rename one of them.",
    );
    expect(composing(plugin('cats', { handlers: [on(core.events![0]!, async () => {})] }))).toThrow(
      "A handler of 'cats' has no name: give its function one",
    );
  });
});

describe('events', () => {
  const fed = event('cats.fed');
  const listener = (more: Partial<Plugin> = {}, to = fed): Plugin =>
    plugin('dogs', { handlers: [on(to, async function bark() {})], ...more });

  test('a handler of an event that nobody publishes is refused', () => {
    expect(composing(plugin('cats'), listener({ requires: { cats: '*' } }))).toThrow(
      "The handler 'bark' of 'dogs' listens to 'cats.fed', which no installed plugin publishes: list it among the `events` of its plugin.",
    );
  });

  test('an event of a plugin that is not required is refused', () => {
    expect(composing(plugin('cats', { events: [fed] }), listener())).toThrow(
      "'dogs' listens to 'cats.fed' of 'cats' without requiring it: add it to `requires`.",
    );
  });

  test('one’s own, the core’s, and those of a required plugin are heard', () => {
    expect(composing(plugin('cats', { events: [fed] }), listener({ requires: { cats: '^1.0.0' } }))).not.toThrow();
    expect(composing(plugin('cats', { events: [fed], handlers: [on(fed, async function purr() {})] }))).not.toThrow();
    expect(composing(listener({}, core.events![0]!))).not.toThrow();
  });
});

describe('mails', () => {
  const texts = { subject: 'Fed', greeting: 'Hello' };

  test('languages that say different things are refused, naming the mail and what each has', () => {
    const mail = mailOf({ texts: { 'zh-Hant': { subject: '餵' }, 'zh-Hans': texts, en: texts } });
    expect(composing(plugin('cats', { mails: [mail] }))).toThrow(
      "The mail 'cats.fed' of 'cats' has other texts in 'zh-Hant' (subject) than in 'en' (greeting, subject): give both the same names.",
    );
  });

  const broken: [string, string][] = [
    ['is no MJML', '<mjml><mj-body><mj-nothing></mj-nothing></mj-body></mjml>'],
    [
      'says a text that no language has',
      '<mjml><mj-body><mj-section><mj-column><mj-text>[[ farewell ]]</mj-text></mj-column></mj-section></mj-body></mjml>',
    ],
    [
      'asks for a field that the sample lacks',
      '<mjml><mj-body><mj-section><mj-column><mj-text>{{ cat }}</mj-text></mj-column></mj-section></mj-body></mjml>',
    ],
    [
      'has a condition without an end',
      '<mjml><mj-body><mj-section><mj-column><mj-text>{% if a %}</mj-text></mj-column></mj-section></mj-body></mjml>',
    ],
  ];
  test.each(broken)('one whose template %s does not let the app start', async (_, mjml) => {
    const mail = mailOf({ texts: { 'zh-Hant': texts, 'zh-Hans': texts, en: texts }, template: templateOf(mjml) });
    await expect(starting(plugin('cats', { mails: [mail] }))).rejects.toThrow(
      /^The mail 'cats\.fed' of 'cats' does not compile in 'zh-Hant': /,
    );
  });

  test('one whose template does not exist neither', async () => {
    await expect(starting(plugin('cats', { mails: [mailOf()] }))).rejects.toThrow(
      "The mail 'cats.fed' of 'cats' does not compile in",
    );
  });
});

describe('links', () => {
  test('one without a route is refused: it would be a dead end in a mail', () => {
    expect(composing(plugin('cats', { links: [link] }))).toThrow(
      "'cats' lists the link 'cats.confirm' but has no route for it: add `follows(…)` to `routes`.",
    );
  });

  test('a route of a link that is not listed is refused', () => {
    expect(composing(plugin('cats', { routes: follows(link, { get: page }) }))).toThrow(
      "'cats' has a route for the link 'cats.confirm' but does not list it: add it to `links`.",
    );
    expect(
      composing(plugin('cats', { links: [link], routes: follows(link, { get: page, post: page }) })),
    ).not.toThrow();
  });
});

describe('tables', () => {
  @Entity({ tableName: 'patient' })
  class Patient {
    @PrimaryKey({ type: 'uuid' })
    id: string;
  }
  @Entity({ tableName: 'cats_card' })
  class Card {
    @PrimaryKey({ type: 'uuid' })
    id: string;

    @ManyToOne(() => Patient)
    holder: Patient;
  }
  @Entity({ tableName: 'cats_note' })
  class Note {
    @PrimaryKey({ type: 'uuid' })
    id: string;

    @Property({ type: 'uuid' })
    patientId: string;
  }
  @Entity({ tableName: 'bowl' })
  class Bowl {
    @PrimaryKey({ type: 'uuid' })
    id: string;
  }
  @Entity({ tableName: 'my_cats_bowl' })
  class MyBowl {
    @PrimaryKey({ type: 'uuid' })
    id: string;
  }
  const withPatients = { ...core, entities: [Patient] };
  const subjectData: SubjectData = { export: async () => ({}), erase: async () => {}, hold: async () => {} };

  test.each([
    ['by a relation', 'cats_card', Card],
    ['by a column', 'cats_note', Note],
  ])('one that points at a patient %s is refused without `subjectData`', async (_, table, entity) => {
    await expect(starting(plugin('cats', { entities: [entity] }), withPatients)).rejects.toThrow(
      `The table '${table}' of 'cats' points at a patient, and 'cats' has no \`subjectData\`: say how it is exported, erased and held.`,
    );
    await expect(starting(plugin('cats', { entities: [entity], subjectData }), withPatients)).resolves.toBeUndefined();
  });

  test('one without the prefix of its plugin is refused', async () => {
    await expect(starting(plugin('cats', { entities: [Bowl] }))).rejects.toThrow(
      "'cats' may not name a table 'bowl': begin it with 'cats_'.",
    );
    await expect(starting(plugin('cats', { entities: [MyBowl] }))).rejects.toThrow("begin it with 'cats_'.");
    await expect(starting(plugin('my-cats', { entities: [MyBowl] }))).resolves.toBeUndefined();
  });
});

/** Starts an app and ends it; no connection is made before the first request. */
async function starting(given: Plugin, ground: Plugin = core): Promise<void> {
  const app = await createApp({
    plugins: [ground, given],
    database: { url: 'postgres://nobody@127.0.0.1:1/none' },
    mail: { transport: { send: async () => {}, close: async () => {} } },
    publicUrl: 'https://clinic.test',
    secret: 'a secret of the tests, long enough to be one',
    logLevel: 'silent',
  });
  await app.stop();
}

function mailOf(more: Partial<Mail<void>> = {}): Mail<void> {
  const { name = 'cats.fed', ...rest } = more;
  const texts = { subject: 'Fed' };
  return defineMail<void>(name, {
    purpose: 'reminder',
    stream: 'transactional',
    template: new URL('file:///nowhere.mjml'),
    texts: { 'zh-Hant': texts, 'zh-Hans': texts, en: texts },
    fields: async () => ({}),
    sample: {},
    ...rest,
  });
}

let templates: string;
beforeAll(() => (templates = mkdtempSync(path.join(os.tmpdir(), 'rapport-mails-'))));
afterAll(() => rmSync(templates, { recursive: true }));

function templateOf(mjml: string): URL {
  const file = path.join(templates, `${randomUUID()}.mjml`);
  writeFileSync(file, mjml);
  return pathToFileURL(file);
}
