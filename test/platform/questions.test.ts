import { answer, definePlugin, defineQuestion, type Context } from 'clinic-rapport';
import { core, keptTimes } from 'clinic-rapport/schema';
import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { compose } from '../../api/compose.ts';
import type { PlatformContext } from '../../api/context.ts';
import { platformVersion } from '../../api/version.ts';
import { Rows } from '../fixtures/probe/rows.ts';

const who = defineQuestion<string, string>('host.who');
const unheard = defineQuestion<string, string>('host.unheard');

const host = definePlugin({ name: 'host', version: '1.0.0', questions: [who, unheard] });
const polite = definePlugin({
  name: 'polite',
  version: '1.0.0',
  requires: { host: '^1.0.0' },
  answers: [answer(who, async (asked: string, { clinicId }: Context) => `${asked}: ${clinicId.length}`)],
});
const silent = definePlugin({
  name: 'silent',
  version: '1.0.0',
  requires: { host: '^1.0.0' },
  answers: [answer(who, async () => undefined)],
});

let asked = 0;
let fault: (context: Context) => Promise<string>;
const faulty = definePlugin({
  name: 'faulty',
  version: '1.0.0',
  requires: { host: '^1.0.0' },
  answers: [
    answer(who, async (_: string, context: Context) => {
      asked++;
      return fault(context);
    }),
  ],
});

let app: TestApp;
let context: PlatformContext;
beforeEach(async () => {
  asked = 0;
  app = await createTestApp({ plugins: [core, host, polite, silent, faulty] });
  fault = async () => 'here';
  context = await outside();
});

/** No transaction is open in it. */
const outside = async (): Promise<PlatformContext> =>
  app.app.platform.contextFor({ clinicId: app.clinicId, actor: app.staff.actor });

test('each enabled plugin that has something to say is heard', async () => {
  expect(await context.ask(who, 'is it')).toEqual(['here', 'is it: 36']);
  expect(await context.ask(unheard, 'is it')).toEqual([]);
});

test('a plugin that the clinic has switched off is not asked', async () => {
  app = await createTestApp({ plugins: [core, host, polite, silent, faulty] });
  await using rows = await Rows.of(app.databaseUrl);
  await rows.all(`update clinic_plugin set enabled = false where clinic_id = $1 and plugin = 'faulty'`, [app.clinicId]);
  expect(await (await outside()).ask(who, 'is it')).toEqual(['is it: 36']);
  expect(asked).toBe(0);
});

test('one that throws is left out, and not asked again for a while after five times', async () => {
  fault = () => Promise.reject(new Error('no'));
  for (let time = 0; time < 7; time++) expect(await context.ask(who, 'x')).toEqual(['x: 36']);
  expect(asked).toBe(5);
  app.clock.advance(31_000);
  fault = async () => 'well again';
  expect(await context.ask(who, 'x')).toEqual(['well again', 'x: 36']);
});

test('one that breaks the transaction is named, and the next transaction does without it in time', async () => {
  fault = async ({ em }) => String(await em.execute('select nothing from nowhere'));
  const asking = () =>
    context.transaction(async () => [await context.ask(who, 'x'), await context.em.execute('select 1')]);
  for (let time = 0; time < 5; time++)
    await expect(asking()).rejects.toMatchObject({ code: 'PLUGIN_UNAVAILABLE', plugin: 'faulty' });
  expect((await asking())[0]).toEqual(['x: 36']);
});

test('who throws without having broken the transaction does not stop it', async () => {
  fault = () => Promise.reject(new Error('no'));
  const done = await context.transaction(async () => [
    await context.ask(who, 'x'),
    await context.em.execute('select 1 as n'),
  ]);
  expect(done).toEqual([['x: 36'], [{ n: 1 }]]);
});

describe('what cannot stand together', () => {
  const plugin = (name: string, more: object) => definePlugin({ name, version: '1.0.0', ...more });
  const composing =
    (...plugins: Parameters<typeof compose>[1]) =>
    () =>
      compose(platformVersion, [core, ...plugins]);

  test('an answer to what nobody asks', () => {
    expect(composing(plugin('eager', { answers: [answer(who, async () => 'I')] }))).toThrow(
      "'eager' answers 'host.who', which no installed plugin asks: list it among the `questions` of its plugin.",
    );
  });

  test('an answer to a plugin that is not required', () => {
    expect(composing(host, plugin('eager', { answers: [answer(who, async () => 'I')] }))).toThrow(
      "'eager' answers 'host.who' of 'host' without requiring it: add it to `requires`.",
    );
    expect(composing(plugin('eager', { answers: [answer(keptTimes, async () => [])] }))).not.toThrow();
  });

  test('a question with a name of another', () => {
    expect(composing(plugin('eager', { questions: [who] }))).toThrow("'eager' may not name 'host.who'");
  });
});
