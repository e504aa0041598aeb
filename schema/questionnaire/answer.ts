import { flat, isQuestion, longestString, longestText, type Item, type Question } from './item.ts';
import { dayIn } from '../day-in.ts';
import { codePoints } from '../text.ts';

/** By linkId, as it is stored: true, 1.5, `2026-06-01`, a text, the codes of options. Questions without an answer are not there. */
export type Answers = Readonly<Record<string, Answer>>;
export type Answer = boolean | number | string | readonly string[];

/** What was typed, or sent by a program: by linkId one text or several. */
export type Given = Readonly<Record<string, readonly string[]>>;

/** Why an answer does not do. */
export type Fault =
  'REQUIRED' | 'NOT_YES_OR_NO' | 'NOT_INTEGER' | 'NOT_NUMBER' | 'NOT_DATE' | 'TOO_LONG' | 'NOT_AN_OPTION' | 'TOO_MANY';

export interface Checked {
  readonly answers: Answers;
  /** By linkId, in the order of the questionnaire. */
  readonly faults: ReadonlyMap<string, Fault>;
}

/**
 * Reads what was given. What a condition does not ask for counts as not given, whatever was typed. With `whole` every
 * required question has to be answered.
 */
export function readAnswers(items: readonly Item[], given: Given, { whole }: { whole: boolean }): Checked {
  const answers: Record<string, Answer> = {};
  const faults = new Map<string, Fault>();
  for (const item of enabledOf(items, answers)) {
    const texts = (Object.hasOwn(given, item.linkId) ? given[item.linkId]! : [])
      .map(text => text.normalize('NFC').trim())
      .filter(text => text !== '');
    if (texts.length === 0) {
      if (whole && item.required) faults.set(item.linkId, 'REQUIRED');
      continue;
    }
    const { answer, fault } = readers[item.type](texts, item);
    if (fault) faults.set(item.linkId, fault);
    else answers[item.linkId] = answer!;
  }
  return { answers, faults };
}

/** The questions that are asked, one after the other: what comes later may depend on what `answers` holds by then. */
function* enabledOf(items: readonly Item[], answers: Answers): Generator<Question> {
  for (const item of items) {
    if (!isEnabled(item, answers)) continue;
    if (isQuestion(item)) yield item;
    yield* enabledOf(item.items, answers);
  }
}

function isEnabled({ enableWhen }: Item, answers: Answers): boolean {
  if (!enableWhen) return true;
  const answer = Object.hasOwn(answers, enableWhen.question) ? answers[enableWhen.question]! : undefined;
  return Array.isArray(answer) ? answer.includes(enableWhen.answer) : String(answer) === enableWhen.answer;
}

interface Reading {
  readonly answer?: Answer;
  readonly fault?: Fault;
}

const readers: Readonly<Record<Question['type'], (texts: readonly string[], item: Question) => Reading>> = {
  BOOLEAN: one(text =>
    text === 'true' || text === 'false' ? { answer: text === 'true' } : { fault: 'NOT_YES_OR_NO' },
  ),
  INTEGER: one(text => number(text, /^[+-]?\d{1,15}$/, 'NOT_INTEGER')),
  DECIMAL: one(text => number(text, /^[+-]?\d{1,12}([.,]\d{1,6})?$/, 'NOT_NUMBER')),
  DATE: one(text => {
    const day = dayIn(text);
    return day ? { answer: day } : { fault: 'NOT_DATE' };
  }),
  STRING: one(text => limited(text.replace(/\s+/g, ' '), longestString)),
  TEXT: one(text => limited(text.replace(/\r\n?/g, '\n'), longestText)),
  CHOICE: (codes, { options, multiple }) => {
    const chosen = options.filter(({ code }) => codes.includes(code)).map(({ code }) => code);
    if (chosen.length < new Set(codes).size) return { fault: 'NOT_AN_OPTION' };
    return chosen.length > 1 && !multiple ? { fault: 'TOO_MANY' } : { answer: chosen };
  },
};

function one(read: (text: string) => Reading) {
  return (texts: readonly string[]): Reading => (texts.length > 1 ? { fault: 'TOO_MANY' } : read(texts[0]!));
}

/** Also as a Chinese keyboard writes digits: `３６．５`. */
function number(text: string, form: RegExp, fault: Fault): Reading {
  const digits = text.normalize('NFKC');
  return form.test(digits) ? { answer: Number(digits.replace(',', '.')) } : { fault };
}

const limited = (text: string, longest: number): Reading =>
  codePoints(text) > longest ? { fault: 'TOO_LONG' } : { answer: text };

/** As a form is filled in with it again. */
export const givenOf = (answers: Answers): Given =>
  Object.fromEntries(
    Object.entries(answers).map(([linkId, answer]) => [linkId, Array.isArray(answer) ? answer : [String(answer)]]),
  );

/** The questions that have an answer, in their order. */
export const answered = (items: readonly Item[], answers: Answers): Question[] =>
  flat(items).filter((item): item is Question => isQuestion(item) && Object.hasOwn(answers, item.linkId));
