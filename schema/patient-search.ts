import { sql, type Context, type Where } from 'clinic-rapport';
import type { Patient } from './patient.ts';

/** Longer words and searches are cut: nobody types more, and a term has to fit an index entry. */
const longestTerm = 32;
const mostWords = 8;

/** Scripts that put no spaces between words: there, any part of a word may be searched for. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u;

/** One form for what is stored and what is typed: full-width letters, accents and case make no difference. */
export const normalSearch = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{Mn}+/gu, '')
    .normalize('NFKC')
    .toLowerCase();

const wordsOf = (text: string): string[] => normalSearch(text).match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
const digitsOf = (text: string): string => text.normalize('NFKC').replace(/\D/g, '');
const start = (text: string, length = longestTerm): string => [...text].slice(0, length).join('');

/** Every end of a word: `小明` is the beginning of one of the ends of `王小明`. */
const endsOf = (word: string, shortest = 1): string[] => {
  const characters = [...word];
  return characters
    .slice(0, characters.length - shortest + 1)
    .map((_, from) => characters.slice(from, from + longestTerm).join(''));
};

/** What a patient is found by. A term's first letter says what it is: n(ame), p(hone), d(ate). */
export function searchTerms(names: readonly string[], phones: readonly string[], birthDate?: string | null): string[] {
  const nameTerms = names.flatMap(wordsOf).flatMap(word => (unspaced.test(word) ? endsOf(word) : [start(word)]));
  const phoneTerms = phones.flatMap(phone => endsOf(digitsOf(phone), 3));
  return [
    ...new Set([
      ...nameTerms.map(term => `n${term}`),
      ...phoneTerms.map(term => `p${term}`),
      ...(birthDate ? [`d${digitsOf(birthDate)}`] : []),
    ]),
  ];
}

/**
 * What a patient must have for a search: for each word one of several beginnings of a term. Empty where nothing that
 * could be searched for was typed.
 */
export function wantedTerms(search: string): string[][] {
  const words = wordsOf(search).slice(0, mostWords);
  const digits = digitsOf(search);
  // `0912 345 678`, `+886-912-345-678` and `1985/3/9` are one thing each, not several words.
  if (digits.length >= 3 && /^[\p{Nd}\s+\-–().,/年月日]+$/u.test(search.normalize('NFKC'))) {
    return [[...datesOf(search), `p${digits.replace(/^0+/, '').slice(0, longestTerm)}`, `n${start(digits)}`]];
  }
  return words.map(word => [`n${start(word)}`]);
}

function datesOf(search: string): string[] {
  const parts = /^\s*(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?\s*$/.exec(search.normalize('NFKC'))?.slice(1);
  if (parts) return [`d${parts[0]}${parts[1]!.padStart(2, '0')}${parts[2]!.padStart(2, '0')}`];
  return /^\s*\d{8}\s*$/.test(search.normalize('NFKC')) ? [`d${digitsOf(search)}`] : [];
}

/** The end of the range of all texts that begin with `prefix`, in the order of code points (collation C). */
export const afterPrefix = (prefix: string): string => `${prefix}\u{10FFFF}`;

/** For `patients(search:)`: every word has to be found. */
export function searchPatients(search: string): Where<Patient> {
  const wanted = wantedTerms(search);
  if (wanted.length === 0) return sql`false`;
  return wanted.map(prefixes => {
    const [first, ...rest] = prefixes.map(prefix => sql`(t.term >= ${prefix} and t.term < ${afterPrefix(prefix)})`);
    const anyPrefix = rest.reduce((all, one) => sql`${all} or ${one}`, first!);
    return sql`exists (select 1 from patient_search_term t where t.clinic_id = ${sql.row}.clinic_id
      and t.patient_id = ${sql.row}.id and (${anyPrefix}))`;
  });
}

/** Writes what a patient is found by. After each change of a name, the birth date or a phone number; joins the transaction. */
export async function indexPatient(patient: Patient, context: Context): Promise<void> {
  const { em, clinicId } = context;
  await em.flush();
  const phones = await em.execute<{ value: string }[]>(
    "select value from contact_point where clinic_id = ? and patient_id = ? and system = 'PHONE'",
    [clinicId, patient.id],
  );
  const names = [patient.name, patient.otherName].filter(name => name != null);
  const terms = searchTerms(
    names,
    phones.map(({ value }) => value),
    patient.birthDate,
  );
  await em.execute('delete from patient_search_term where clinic_id = ? and patient_id = ?', [clinicId, patient.id]);
  await em.execute(
    `insert into patient_search_term (clinic_id, patient_id, term)
     select ?, ?, term from jsonb_array_elements_text(?::jsonb) term`,
    [clinicId, patient.id, JSON.stringify(terms)],
  );
}
