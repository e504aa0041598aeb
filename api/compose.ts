import { satisfies } from 'semver';
import { takenWords } from './http/landing.ts';
import type { Event, Mail, Plugin } from './plugin.ts';

const corePlugin = 'core';
/** What `requires` calls the ground itself. */
const platform = 'platform';

/**
 * The plugins in the order they build on one another, the core first. Throws, in one sentence that names both parties and
 * the mend, where they cannot stand together; nothing is skipped, and nobody wins by coming last.
 */
export function compose(platformVersion: string, plugins: readonly Plugin[]): Plugin[] {
  const byName = new Map<string, Plugin>();
  for (const plugin of plugins) {
    if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(plugin.name)) {
      throw new Error(
        `'${plugin.name}' is no name for a plugin: use lower-case words joined by hyphens, as 'my-plugin'.`,
      );
    }
    if (plugin.name === platform)
      throw new Error(`'${platform}' is what \`requires\` calls the ground: give the plugin another name.`);
    const other = byName.get(plugin.name);
    if (other && other !== plugin) throw new Error(`Two plugins are named '${plugin.name}': rename one of them.`);
    byName.set(plugin.name, plugin);
  }
  const ordered: Plugin[] = [];
  for (const plugin of [...byName.values()].sort(coreFirst))
    visit(plugin, { platformVersion, byName, ordered, path: [] });
  for (const plugin of ordered) {
    refuseForeignNames(plugin);
    refuseDoubles(plugin);
    refuseWordsOfCore(plugin, ordered);
    refuseUnknownEvents(plugin, ordered);
    refuseUnknownQuestions(plugin, ordered);
    refuseMailWithoutTexts(plugin);
    refuseUnlisted(plugin);
    refuseWords(plugin, ordered);
    refuseMailsThatFail(plugin, ordered);
  }
  return ordered;
}

const coreFirst = (a: Plugin, b: Plugin): number =>
  Number(b.name === corePlugin) - Number(a.name === corePlugin) || (a.name < b.name ? -1 : 1);

interface Visit {
  platformVersion: string;
  byName: ReadonlyMap<string, Plugin>;
  ordered: Plugin[];
  path: readonly string[];
}

function visit(plugin: Plugin, { platformVersion, byName, ordered, path }: Visit): void {
  if (ordered.includes(plugin)) return;
  const { name, requires = {} } = plugin;
  if (path.includes(name)) {
    throw new Error(
      `Plugins require each other: ${[...path, name].join(' > ')}; let one of them listen to events instead.`,
    );
  }
  for (const [required, range] of Object.entries(requires).sort()) {
    const version = required === platform ? platformVersion : byName.get(required)?.version;
    if (version === undefined)
      throw new Error(`'${name}' requires '${required}', which is not installed: install it, or leave '${name}' out.`);
    if (!satisfies(version, range)) {
      throw new Error(
        `'${name}' requires '${required}' ${range}, and ${version} is installed: install a version that fits.`,
      );
    }
    if (required !== platform)
      visit(byName.get(required)!, { platformVersion, byName, ordered, path: [...path, name] });
  }
  ordered.push(plugin);
}

function refuseForeignNames({
  name,
  permissions = [],
  events = [],
  questions = [],
  jobs = [],
  mails = [],
  links = [],
  facts = [],
}: Plugin): void {
  // The core's words are everyone's: they carry no prefix.
  if (name === corePlugin) return;
  for (const part of [...permissions, ...events, ...questions, ...jobs, ...mails, ...links, ...facts]) {
    if (!part.name.startsWith(`${name}.`)) {
      throw new Error(`'${name}' may not name '${part.name}': begin it with '${name}.'.`);
    }
  }
}

function refuseDoubles(plugin: Plugin): void {
  for (const kind of ['permissions', 'events', 'questions', 'jobs', 'mails', 'links', 'facts', 'handlers'] as const) {
    const taken = new Set<string>();
    for (const { name } of plugin[kind] ?? []) {
      if (!name)
        throw new Error(
          `A handler of '${plugin.name}' has no name: give its function one, \`on(event, async function inviteLater() {})\`.`,
        );
      if (taken.has(name)) throw new Error(`'${plugin.name}' has two ${kind} named '${name}': rename one of them.`);
      taken.add(name);
    }
  }
}

/** A plugin named for a word of the core could name a permission of the core anew, and give it to other roles. */
function refuseWordsOfCore(plugin: Plugin, [core]: readonly Plugin[]): void {
  if (core === plugin || core?.name !== corePlugin) return;
  for (const kind of ['permissions', 'events', 'questions', 'jobs', 'mails', 'links', 'facts'] as const) {
    const taken = new Set(core[kind]?.map(({ name }) => name));
    const again = plugin[kind]?.find(({ name }) => taken.has(name));
    if (again)
      throw new Error(`'${again.name}' of '${plugin.name}' is also among the ${kind} of '${corePlugin}': rename it.`);
  }
}

function refuseUnknownEvents(plugin: Plugin, installed: readonly Plugin[]): void {
  const declares = ({ events = [] }: Plugin, event: Event<any>): boolean =>
    events.some(({ name }) => name === event.name);
  for (const { name, events } of plugin.handlers ?? []) {
    for (const event of events) {
      const owner = installed.find(other => declares(other, event));
      if (!owner) {
        throw new Error(
          `The handler '${name}' of '${plugin.name}' listens to '${event.name}', which no installed plugin publishes: list it among the \`events\` of its plugin.`,
        );
      }
      if (owner !== plugin && owner.name !== corePlugin && !plugin.requires?.[owner.name]) {
        throw new Error(
          `'${plugin.name}' listens to '${event.name}' of '${owner.name}' without requiring it: add it to \`requires\`.`,
        );
      }
    }
  }
}

function refuseUnknownQuestions(plugin: Plugin, installed: readonly Plugin[]): void {
  for (const { question } of plugin.answers ?? []) {
    const owner = installed.find(({ questions = [] }) => questions.includes(question));
    if (!owner)
      throw new Error(
        `'${plugin.name}' answers '${question.name}', which no installed plugin asks: list it among the \`questions\` of its plugin.`,
      );
    if (owner !== plugin && owner.name !== corePlugin && !plugin.requires?.[owner.name])
      throw new Error(
        `'${plugin.name}' answers '${question.name}' of '${owner.name}' without requiring it: add it to \`requires\`.`,
      );
  }
}

/** What one language says, all must say: a reader never gets a mail with holes. */
function refuseMailWithoutTexts({ name, mails = [] }: Plugin): void {
  for (const mail of mails) {
    const expected = textNames(mail, 'en');
    for (const [locale, texts] of Object.entries(mail.texts)) {
      const names = Object.keys(texts).sort().join(', ');
      if (names !== expected) {
        throw new Error(
          `The mail '${mail.name}' of '${name}' has other texts in '${locale}' (${names}) than in 'en' (${expected}): give both the same names.`,
        );
      }
    }
  }
}

const textNames = ({ texts }: Mail<any>, locale: 'en'): string => Object.keys(texts[locale]).sort().join(', ');

/** Who types an address must not come to another plugin, as the order of installing would have it. */
function refuseWords({ name, routes = [] }: Plugin, installed: readonly Plugin[]): void {
  for (const { word, permission } of routes) {
    if (word === undefined) continue;
    if (!/^[a-z][a-z0-9-]{0,30}$/.test(word) || takenWords.has(word))
      throw new Error(`'${name}' may not have the short address '/${word}': take another word of letters and digits.`);
    if (permission !== 'public')
      throw new Error(
        `The page '/${word}' of '${name}' has a short address and is not public: make it with \`landing\`.`,
      );
    const owner = installed.find(other => other.routes?.some(route => route.word === word));
    if (owner && owner.name !== name)
      throw new Error(`'${name}' and '${owner.name}' both have the short address '/${word}': rename one of them.`);
  }
}

/** What any plugin has against a mail of any other, as the core against subjects that tell of a condition. */
function refuseMailsThatFail({ name, mails = [] }: Plugin, installed: readonly Plugin[]): void {
  for (const mail of mails) {
    for (const { name: judge, checkMail } of installed) {
      const fault = checkMail?.(mail);
      if (fault) throw new Error(`The mail '${mail.name}' of '${name}' is refused by '${judge}': it ${fault}.`);
    }
  }
}

/** A signed link without a route would be a dead end in a mail; a route of an unlisted link could not be signed. */
function refuseUnlisted({ name, routes = [], links = [] }: Plugin): void {
  const routed = routes.flatMap(({ permission }) =>
    typeof permission === 'object' && 'path' in permission ? [permission] : [],
  );
  const unlisted = routed.find(link => !links.includes(link));
  if (unlisted)
    throw new Error(`'${name}' has a route for the link '${unlisted.name}' but does not list it: add it to \`links\`.`);
  const unrouted = links.find(link => !routed.includes(link));
  if (unrouted)
    throw new Error(
      `'${name}' lists the link '${unrouted.name}' but has no route for it: add \`follows(…)\` to \`routes\`.`,
    );
}
