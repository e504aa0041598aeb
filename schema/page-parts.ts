import { badInput, RapportError, type Context, type Locale } from 'clinic-rapport';
import { find } from './find.ts';
import { Patient } from './patient.ts';

/** What the pages behind links have in common, beside the plain look of the platform's pages. */
export const pageStyle = `
.langs { float: right; font-size: 0.9rem; }
.langs a { margin-left: 0.6rem; }
.quiet { color: #56616d; font-size: 0.9rem; }
[role="status"], [role="alert"] { padding: 0.75rem 1rem; border-left: 4px solid #0b6b5f; background: #e8f3f1; }
[role="alert"] { border-color: #a3261b; background: #fbeceb; }
label, legend { display: block; font-weight: 600; }
.choice label { display: flex; gap: 0.6rem; align-items: flex-start; font-weight: 400; padding: 0.35rem 0; }
.choice input { flex: none; width: 1.2rem; height: 1.2rem; margin: 0.25rem 0 0; }
fieldset { border: 0; margin: 0; padding: 0; min-width: 0; }
input[type="text"], textarea, select { font: inherit; box-sizing: border-box; width: 100%; padding: 0.6rem; border: 1px solid #8a949e; border-radius: 6px; background: #fff; color: inherit; }
[aria-invalid="true"] { border-color: #a3261b; }
.error { color: #a3261b; margin: 0.25rem 0; }
.question { margin: 0 0 1.5rem; }
button.plain { background: #fff; color: #0b6b5f; border: 1px solid #0b6b5f; }
:focus-visible { outline: 3px solid #f2b632; outline-offset: 2px; }
@media (max-width: 40rem) { main { margin: 0; border-radius: 0; padding: 1rem 1.1rem; } }
`;

/** The only patient whose data the bearer of a link sees. Throws NOT_FOUND where the link is of none, or the patient is erased. */
export async function patientOfLink(context: Context): Promise<Patient> {
  const patient = await find(Patient, context.actor.patientIds[0] ?? '', context);
  if (patient.erasedAt) throw new RapportError('NOT_FOUND', 'What this link is for was not found.');
  return patient;
}

/** The fields of a posted form. Throws BAD_USER_INPUT for U+0000, which no browser sends and PostgreSQL does not store. */
export async function formOf(request: Request): Promise<URLSearchParams> {
  const form = new URLSearchParams(await request.text());
  for (const [name, value] of form)
    if (`${name}${value}`.includes('\0')) throw badInput('form', 'A form holds no U+0000.');
  return form;
}

/** The language of the patient whom the link is of. */
export const languageOfLink = async (context: Context): Promise<Locale> => (await patientOfLink(context)).language;
