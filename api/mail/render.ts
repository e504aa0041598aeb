import { readFile } from 'node:fs/promises';
import { Liquid, type Template } from 'liquidjs';
import mjml2html from 'mjml';
import { locales, type Fields, type Locale, type Mail, type MailTexts, type Plugin } from '../plugin.ts';
import { plainText } from './plain-text.ts';

export interface Rendered {
  subject: string;
  html: string;
  text: string;
}

type Compiled = Record<keyof Rendered, Template[]>;

const bounds = {
  ownPropertyOnly: true,
  strictVariables: true,
  strictFilters: true,
  lenientIf: true,
  parseLimit: 1e6,
  renderLimit: 1_000,
  memoryLimit: 1e7,
} as const;
// The texts of a language are set into the template once; the fields of a reader each time.
const texts = new Liquid({
  ...bounds,
  outputEscape: escapeText,
  outputDelimiterLeft: '[[',
  outputDelimiterRight: ']]',
  tagDelimiterLeft: '[%',
  tagDelimiterRight: '%]',
});
const escaping = new Liquid({ ...bounds, outputEscape: 'escape' });
const plain = new Liquid(bounds);

const compiled = new WeakMap<Mail<any>, Map<Locale, Promise<Compiled>>>();

/** The mail in one language, from MJML that was compiled once: 7 ms, against 15 µs for setting the fields in. */
export async function render(mail: Mail<any>, locale: Locale, fields: Fields): Promise<Rendered> {
  const { subject, html, text } = await compiledOnce(mail, locale);
  return {
    subject: oneLine(String(plain.renderSync(subject, fields))),
    html: String(escaping.renderSync(html, fields)),
    text: withoutGaps(String(plain.renderSync(text, fields))),
  };
}

function compiledOnce(mail: Mail<any>, locale: Locale): Promise<Compiled> {
  const languages = compiled.get(mail) ?? new Map<Locale, Promise<Compiled>>();
  compiled.set(mail, languages);
  let known = languages.get(locale);
  if (!known) {
    languages.set(
      locale,
      (known = readFile(mail.template, 'utf8').then(source => compile(source, mail.texts[locale], locale))),
    );
    known.catch(() => languages.delete(locale));
  }
  return known;
}

async function compile(source: string, words: MailTexts, locale: Locale): Promise<Compiled> {
  const localised = String(texts.parseAndRenderSync(source, words));
  // Includes stay off, as they can read any file; `strict` makes a typing error an error; a font that is fetched from a
  // third party would tell it who reads a clinic's mail.
  const { html } = await mjml2html(localised, { validationLevel: 'strict', fonts: {} });
  return {
    subject: plain.parse(words.subject),
    html: escaping.parse(html.replace('lang="und"', `lang="${locale}"`)),
    text: plain.parse(plainText(localised)),
  };
}

/** A text may say `A & B` without knowing of MJML; its merge fields are escaped when they are filled. */
function escapeText(text: unknown): string {
  return String(text)
    .split(/(\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\})/)
    .map((piece, index) => (index % 2 === 1 ? piece : piece.replace(/[&<>"]/g, sign => entities[sign]!)))
    .join('');
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** A condition that does not hold leaves an empty line behind. */
const withoutGaps = (text: string): string =>
  `${text
    .split('\n')
    .map(line => line.trim())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()}\n`;

/** Compiles every mail in every language with its sample; throws, naming the mail, where one does not. */
export async function checkMails(plugins: readonly Plugin[]): Promise<void> {
  for (const { name, mails = [] } of plugins) {
    for (const mail of mails) {
      for (const locale of locales) {
        await render(mail, locale, mail.sample).catch((cause: Error) => {
          const message = `The mail '${mail.name}' of '${name}' does not compile in '${locale}': ${cause.message}`;
          throw new Error(message, { cause });
        });
      }
    }
  }
}
