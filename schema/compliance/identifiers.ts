import type { CompliancePack } from './pack.ts';

export type IdentifierKind = CompliancePack['idPatterns'][number];

/** An identifier that stands in a text; never the whole of it. */
export interface FoundIdentifier {
  readonly kind: IdentifierKind;
  /** Its last three characters. */
  readonly ending: string;
}

const invisible = /[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]/gu;
// Ids of ours stand in links, and some have digits enough.
const uuid = /[0-9A-F]{8}-(?:[0-9A-F]{4}-){3}[0-9A-F]{12}/giu;
// What every id of ours holds, and every identifier: of most mails they say within a quarter of the time that neither is there.
const partOfUuid = /-[0-9a-f]{4}-[0-9a-f]{4}-/i;
const manyDigits = /\d(?:[ .·-]?\d){8}/;
// A digit may be set apart from the next by one of these, as in `A123-456 789`.
const gap = '[ .·-]?';
const spelled = (first: string, rest: string, count: number): string => `${first}(?:${gap}${rest}){${count}}`;
const apart = (pattern: string): RegExp => new RegExp(`(?<![A-Z\\d])${pattern}(?![A-Z\\d])`, 'gu');

const patterns: Readonly<Record<IdentifierKind, { pattern: RegExp; isOne(text: string): boolean }>> = {
  // Citizens and residents: a letter of the place, a digit of the sex or of a resident, and seven digits before the check digit.
  TW_ID: { pattern: apart(spelled('[A-Z]', '\\d', 9)), isOne: isTaiwanId },
  // The card's own number has no check digit: any twelve digits that stand alone and are no phone number.
  TW_NHI_CARD: { pattern: apart(spelled('\\d', '\\d', 11)), isOne: digits => /^0{4}\d{8}$/.test(digits) },
  CN_ID: { pattern: apart(`${spelled('[1-9]', '\\d', 16)}${gap}[\\dX]`), isOne: isChineseId },
};

/** Whether a text in its normal form, capitals without gaps, is an identifier of this kind, by its check digit. */
export const isIdentifier = (kind: IdentifierKind, normal: string): boolean => patterns[kind].isOne(normal);

/** Identifiers of these kinds in a text, also full-width, lower case, or with gaps; each kind once. */
export function identifiersIn(text: string, kinds: readonly IdentifierKind[]): FoundIdentifier[] {
  const plain = text.normalize('NFKC').replace(invisible, '');
  const bare = partOfUuid.test(plain) ? plain.replace(uuid, ' ') : plain;
  if (!manyDigits.test(bare)) return [];
  const normal = bare.toUpperCase();
  return kinds.flatMap(kind => {
    const { pattern, isOne } = patterns[kind];
    for (const [found] of normal.matchAll(pattern)) {
      const bare = found.replace(/[ .·-]/gu, '');
      if (isOne(bare)) return [{ kind, ending: bare.slice(-3) }];
    }
    return [];
  });
}

// The letters in the order of their numbers, from 10 on (Ministry of the Interior).
const letters = 'ABCDEFGHJKLMNPQRSTUVXYWZIO';

function isTaiwanId(id: string): boolean {
  if (!/^[A-Z][12489]\d{8}$/.test(id)) return false;
  const place = letters.indexOf(id[0]!) + 10;
  const digits = [...id.slice(1)].map(Number);
  const weighted = digits.reduce((sum, digit, at) => sum + digit * (at < 8 ? 8 - at : 1), 0);
  return (Math.floor(place / 10) + (place % 10) * 9 + weighted) % 10 === 0;
}

const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const checks = '10X98765432';

/** GB 11643: six digits of the place, the day of birth, three of a sequence, and one by ISO 7064, MOD 11-2. */
function isChineseId(id: string): boolean {
  if (!/^\d{17}[\dX]$/.test(id)) return false;
  const day = `${id.slice(6, 10)}-${id.slice(10, 12)}-${id.slice(12, 14)}`;
  if (!/^(?:18|19|20)/.test(day) || Number.isNaN(Date.parse(day))) return false;
  const sum = weights.reduce((all, weight, at) => all + weight * Number(id[at]), 0);
  return checks[sum % 11] === id[17];
}
