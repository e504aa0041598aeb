import type { Appointment } from 'clinic-rapport/schema';
import type { Clinic } from './clinic.ts';

export const startsAt = '2026-06-10T10:30+08:00';

/** A booked appointment and the links of its confirmation mail. */
export async function booked(clinic: Clinic): Promise<{ id: string; confirm: string; change: string }> {
  const id = await clinic.book(startsAt);
  await clinic.app.settle();
  const { links } = clinic.mails().at(-1)!;
  const to = (path: string): string =>
    links.find(link => new URL(link).pathname.startsWith(`/plugins/recall/${path}/`))!;
  return { id, confirm: to('confirm'), change: to('change') };
}

/** Where the appointment stands, as the front desk sees it. */
export const statusOf = async (
  { app }: Clinic,
  id: string,
): Promise<Pick<Appointment, 'status' | 'version' | 'startsAt'>> => {
  const { appointment } = await app
    .as('frontDesk')
    .data('query ($id: ID!) { appointment(id: $id) { status version startsAt } }', { id });
  return appointment;
};

/** What a browser shows at this address. */
export const read = async ({ app }: Clinic, url: string): Promise<{ status: number; text: string }> => {
  const response = await app.fetch(url);
  return { status: response.status, text: await response.text() };
};

/** What it shows when the form of that page is sent. */
export const submit = async (
  { app }: Clinic,
  url: string,
  fields: Record<string, string> = {},
): Promise<{ status: number; text: string }> => {
  const response = await app.fetch(url, { method: 'POST', body: new URLSearchParams(fields) });
  return { status: response.status, text: await response.text() };
};

/** The times that a page offers. */
export const timesIn = (text: string): string[] =>
  [...text.matchAll(/name="startsAt" value="([^"]+)"/g)].map(([, value]) => value!);
