import { defineQuestion, type Context, type Locale } from 'clinic-rapport';

/** A mail to a patient that has room for more, as the thanks for a booking. */
export interface MailAdditionAsked {
  /** The mail's name, as `recall.booked`. */
  readonly mail: string;
  readonly patientId: string;
  readonly locale: Locale;
}

/** One thing below the rest, in the reader's language: a sentence, and a button. */
export type MailAddition = Readonly<Record<'text' | 'button' | 'url', string>>;

/**
 * What plugins add to mails of others. Who answers sees to it that the patient agreed to what it says and that the rule packs
 * do: the mail's own purpose covers only the mail's own matter.
 */
export const mailAddition = defineQuestion<MailAdditionAsked, MailAddition>('mail.addition');

/** What the first of them adds: with more, the mail would not be about its own matter. */
export async function additionTo(asked: MailAdditionAsked, context: Context): Promise<MailAddition | undefined> {
  const [first] = await context.ask(mailAddition, asked);
  return first;
}
