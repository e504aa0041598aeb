import type { InspectedMessage, Mail } from 'clinic-rapport';
import { conditionWords } from './compliance/condition-words.ts';
import { normalText } from './compliance/normal-text.ts';
import type { Unsaid } from './unsaid.ts';

const common = conditionWords.map(normalText);

/** A mail whose subject or preview would tell every reader's condition is refused before there is any reader. */
export function checkMail(mail: Mail<any>): string | undefined {
  if (!mail.confidential) {
    const isBound = mail.purpose === 'health-data-marketing';
    return isBound ? `is for 'health-data-marketing' and not \`confidential\`: say that it is` : undefined;
  }
  for (const [locale, texts] of Object.entries(mail.texts)) {
    for (const name of ['subject', 'preview'] as const) {
      const told = firstIn(normalText(texts[name] ?? ''), common);
      if (told) return `names '${told}' in its ${name} in '${locale}', where others read it: say it in the body`;
    }
  }
  return undefined;
}

/**
 * Whether subject or preview name what the reader is treated for: a department, a service or a procedure, or a condition. In one
 * that is `confidential` no such word may stand. In any other, as a reminder, none may be merged: a clinic may call a service
 * "Check-up", and remind of a check-up.
 */
export function namesCondition(
  { mail, subject, preview, fixed }: InspectedMessage,
  { conditions, clinic }: Pick<Unsaid, 'conditions' | 'clinic'>,
): boolean {
  // Its name is in the address of the sender anyway; a patient is told where to come to.
  const known = mail.confidential ? clinic.itself : [...clinic.itself, ...clinic.places];
  const headline = known.reduce((text, name) => text.replaceAll(name, ' '), normalText(`${subject}\n${preview}`));
  const names = [...clinic.care, ...conditions];
  if (mail.confidential) return firstIn(headline, [...common, ...names]) !== undefined;
  const always = normalOf(fixed);
  return names.some(name => stands(headline, name) && !always.includes(name));
}

const normals = new Map<string, string>();

/** Of what a mail says to everyone: there are as many as mails and languages. */
function normalOf(fixed: string): string {
  const normal = normals.get(fixed) ?? normalText(fixed);
  normals.set(fixed, normal);
  return normal;
}

const isLatin = (sign: string | undefined): boolean => sign !== undefined && /[\p{Script=Latin}\p{N}]/u.test(sign);

/** A Latin word stands for itself: `ENT` is not in "appointment". Han characters have no gaps between words. */
function stands(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const end = at + word.length;
    const isTorn = (isLatin(word[0]) && isLatin(text[at - 1])) || (isLatin(word.at(-1)) && isLatin(text[end]));
    if (!isTorn) return true;
  }
  return false;
}

const firstIn = (text: string, words: readonly string[]): string | undefined => words.find(word => stands(text, word));
