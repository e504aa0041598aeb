import { badInput } from 'clinic-rapport';

const countries = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });

/** A code of a country that may be left out. Throws BAD_USER_INPUT for `field` where it is none of ISO 3166-1. */
export function country<T extends string | null | undefined>(code: T, field: string): T {
  if (code != null && (!/^[A-Z]{2}$/.test(code) || countries.of(code) === undefined))
    throw badInput(field, `\`${field}\` must be the code of a country, as TW (ISO 3166-1).`);
  return code;
}
