import { badInput } from 'clinic-rapport';

/** A text as it is stored. Throws BAD_USER_INPUT where it is blank or longer than `longest` code points. */
export function wordsOf(given: string, field: string, longest = 500): string {
  const words = given.normalize('NFC').trim();
  if (words !== '' && [...words].length <= longest) return words;
  throw badInput(field, `\`${field}\` must have 1 to ${longest} characters.`);
}
