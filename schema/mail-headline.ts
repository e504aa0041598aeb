import { defineLoader, type Context, type InspectedMessage, type Mail } from 'clinic-rapport';
import { conditionWords } from './compliance/condition-words.ts';
import { normalText } from './compliance/normal-text.ts';

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
 * Whether subject or preview name what the reader is treated for: a department, a service or a procedure, or a condition of one of
 * `patients`. In one that is `confidential` no such word may stand. In any other, as a reminder, none may be merged:
 * a clinic may call a service "Check-up", and remind of a check-up.
 */
export async function namesCondition(
  { mail, subject, preview, fixed }: InspectedMessage,
  patients: readonly string[],
  { load, clinicId }: Context,
): Promise<boolean> {
  const isBound = mail.confidential === true;
  const said = `${subject}\n${preview}`;
  if (patients.length === 0 || (!isBound && said === fixed)) return false;
  const { clinic, places, names } = await load(namesOfClinic, clinicId);
  const own = (await Promise.all(patients.map(id => load(namesOfPatient, id)))).flat();
  // Its name is in the address of the sender anyway; a patient is told where to come to.
  const known = isBound ? clinic : [...clinic, ...places];
  const headline = known.reduce((text, name) => text.replaceAll(name, ' '), normalText(said));
  if (isBound) return firstIn(headline, [...common, ...names, ...own]) !== undefined;
  const always = normalText(fixed);
  return (
    firstIn(
      headline,
      [...names, ...own].filter(name => !always.includes(name)),
    ) !== undefined
  );
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

interface NamesOfClinic {
  readonly clinic: readonly string[];
  readonly places: readonly string[];
  /** Of departments and services, in all languages. */
  readonly names: readonly string[];
}

/** Longest first, so that a short name takes no piece out of a long one; a single sign is no name. */
const normal = (names: readonly (string | null)[]): string[] =>
  [...new Set(names.flatMap(name => (name ? [normalText(name).trim()] : [])))]
    .filter(name => name.length > 1)
    .sort((a, b) => b.length - a.length);

const namesOfClinic = defineLoader<string, NamesOfClinic>(async (ids, { em }) => {
  const rows = await em.execute<{ id: string; clinic: string[]; places: string[]; names: string[] }[]>(
    `select c.id, array[c.name, c.sender_name] as clinic,
       array(select v.value from location l, jsonb_each_text(l.name) v where l.clinic_id = c.id) as places,
       array(select v.value from department d, jsonb_each_text(d.name) v where d.clinic_id = c.id
         union select v.value from service s, jsonb_each_text(s.name) v where s.clinic_id = c.id) as names
     from clinic c where c.id in (select value::uuid from jsonb_array_elements_text(?::jsonb))`,
    [JSON.stringify(ids)],
  );
  const byId = new Map(rows.map(row => [row.id, row]));
  return ids.map(id => {
    const { clinic = [], places = [], names = [] } = byId.get(id) ?? {};
    return { clinic: normal(clinic), places: normal(places), names: normal(names) };
  });
});

/** Conditions, their codes, and what was done; of all patients who are written to together, in one statement. */
const namesOfPatient = defineLoader<string, readonly string[]>(async (ids, { em, clinicId }) => {
  const rows = await em.execute<{ id: string; names: string[] }[]>(
    `select p.value::uuid as id, array(
       select unnest(array[c.display, c.code]) from patient_condition c
         where c.clinic_id = ?::uuid and c.patient_id = p.value::uuid
       union select v.name from visit_procedure v where v.clinic_id = ?::uuid and v.patient_id = p.value::uuid) as names
     from jsonb_array_elements_text(?::jsonb) p`,
    [clinicId, clinicId, JSON.stringify(ids)],
  );
  const byId = new Map(rows.map(row => [row.id, normal(row.names)]));
  return ids.map(id => byId.get(id) ?? []);
});
