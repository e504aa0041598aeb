import { randomInt } from 'node:crypto';
import { badInput } from 'clinic-rapport';

/** Signs that nobody takes for another one, read or heard: no 0 and O, no 1, I and L, no S beside 5, no Z beside 2. Their number is a prime. */
const signs = '346789ABCDEFGHJKMNPQRTUVWXY25';
const length = 8;

/** A new code: seven signs by chance, 17,249,876,309 of them, and one to check them by. */
export function newCode(): string {
  const chance = Array.from({ length: length - 1 }, () => signs[randomInt(signs.length)]!).join('');
  return chance + checkSign(chance);
}

/**
 * The sum of the signs' places, each times its position, modulo the prime: with one wrong sign, or two that changed places, it is
 * another one (as ISBN-10 has it).
 */
function checkSign(chance: string): string {
  const sum = [...chance].reduce((all, sign, index) => all + (index + 1) * signs.indexOf(sign), 0);
  return signs[sum % signs.length]!;
}

/** As it is written on cards: `K7M4 9QXA`. */
export const spoken = (code: string): string => `${code.slice(0, 4)} ${code.slice(4)}`;

/** What someone typed or said, as it is stored. Throws BAD_USER_INPUT where a sign is wrong. */
export function codeOfText(text: string, field: string): string {
  const code = knownForm(text);
  if (code === undefined) throw badInput(field, 'This is no referral code: a sign of it is wrong, or missing.');
  return code;
}

/** The same, or undefined. */
export function knownForm(text: string): string | undefined {
  const code = text
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s\-–—.]/g, '');
  const isWhole = code.length === length && [...code].every(sign => signs.includes(sign));
  return isWhole && checkSign(code.slice(0, -1)) === code.at(-1) ? code : undefined;
}
