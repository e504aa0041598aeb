import { badInput } from 'clinic-rapport';
import { isIdentifier } from './compliance/identifiers.ts';
import { normalIdentifier, type PatientIdentifierKind } from './identifier.ts';

export interface IdentifierValue {
  readonly kind: PatientIdentifierKind;
  /** ISO 3166-1; of a national id and an insurance number. */
  readonly country?: string | null;
  /** As it is written on the card. */
  readonly value: string;
}

const longest = 40;

/** What a country’s numbers look like, where it is known, and how to say it. */
const forms: Readonly<Record<string, { isOne(normal: string): boolean; is: string }>> = {
  'NATIONAL_ID TW': {
    isOne: text => isIdentifier('TW_ID', text),
    is: 'a national id of Taiwan, or its check digit is wrong',
  },
  'NATIONAL_ID CN': {
    isOne: text => isIdentifier('CN_ID', text),
    is: 'a PRC resident identity number of 18 places, or its check digit is wrong',
  },
  'INSURANCE_NUMBER TW': { isOne: text => /^\d{12}$/.test(text), is: 'the number of an NHI card, of twelve digits' },
};

/**
 * The value in its normal form. Throws BAD_USER_INPUT for `field` where it has no letters and digits, is too long, or its
 * check digit is wrong; the message does not repeat it.
 */
export function checkedIdentifier({ kind, country, value }: IdentifierValue, field: string): string {
  const normal = normalIdentifier(value);
  // Signs beyond the basic plane are in no number, and would be counted twice where mails are read.
  if (normal === '' || normal.length > longest || value.length > 2 * longest || /[\ud800-\udfff]/.test(normal))
    throw badInput(field, `\`${field}\` must have 1 to ${longest} letters and digits.`);
  const form = forms[`${kind} ${country}`];
  if (form && !form.isOne(normal)) throw badInput(field, `\`${field}\` is not ${form.is}.`);
  return normal;
}
