import type { Clinic } from './clinic.ts';

/** A reminder as staff see it. */
export interface Seen {
  offset: string;
  dueAt: string;
  state: string;
  reason: string | null;
  version: number;
}

export async function remindersOf({ app }: Clinic, id: string): Promise<Seen[]> {
  const document = 'query ($id: ID!) { appointment(id: $id) { reminders { offset dueAt state reason version } } }';
  const { appointment } = await app.as('frontDesk').data(document, { id });
  return appointment.reminders;
}

/** As `P3D SKIPPED OFFSET_PASSED`. */
export const summary = (reminders: Seen[]): string[] =>
  reminders.map(({ offset, state, reason }) => [offset, state, reason].filter(Boolean).join(' '));

/** What the patient was told, in one word each. */
export const sentSubjects = (clinic: Clinic): string[] =>
  clinic.mails().map(({ subject }) => subject.replace(/[：:].*/, ''));
