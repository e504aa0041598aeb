import { badInput } from 'clinic-rapport';

/** A length in characters as people count them: `'𠮷'.length` is 2, its one code point is what PostgreSQL counts too. */
export const codePoints = (text: string): number => {
  let count = 0;
  for (const _ of text) count++;
  return count;
};

/**
 * A required text as it is stored: NFC, otherwise unchanged, spaces at its ends included. Any script is welcome.
 * Throws BAD_USER_INPUT for `field` where it is blank or longer than `longest` code points.
 */
export function requiredText(value: string, field: string, longest = 200): string {
  const text = value.normalize('NFC');
  if (text.trim() === '') throw badInput(field, `\`${field}\` must not be blank.`);
  if (codePoints(text) > longest) throw badInput(field, `\`${field}\` must have at most ${longest} characters.`);
  return text;
}

/** Like `requiredText`, for a text that may be left out (undefined) or taken away (null). */
export const optionalText = <T extends string | null | undefined>(value: T, field: string, longest = 200) =>
  (value == null ? value : requiredText(value, field, longest)) as T;
