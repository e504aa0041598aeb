import {
  defineMail,
  withheld,
  type Context,
  type Fields,
  type Locale,
  type Mail,
  type MailTexts,
  type Withheld,
} from 'clinic-rapport';
import { changeLink } from './change.ts';
import { confirmLink } from './confirm.ts';
import { detailsOf } from './details.ts';
import { bookedTexts, cancelledTexts, changedTexts } from './mails/texts.ts';
import { sample } from './mails/sample.ts';
import { agreed, standingOf, type Agreed, type Standing } from './standing.ts';

export const appointmentTemplate = new URL('./mails/appointment.mjml', import.meta.url);

export const bookedMail = appointmentMail('recall.booked', bookedTexts);
export const changedMail = appointmentMail('recall.changed', changedTexts);

function appointmentMail(name: string, texts: Readonly<Record<Locale, MailTexts>>): Mail<Agreed> {
  return defineMail<Agreed>(name, {
    purpose: 'care',
    stream: 'transactional',
    template: appointmentTemplate,
    texts,
    sample,
    fields: async (agreement, context, locale) => invitation(await standingOf(agreement, context), context, locale),
  });
}

export const cancelledMail = defineMail<Agreed>('recall.cancelled', {
  purpose: 'care',
  stream: 'transactional',
  template: new URL('./mails/cancelled.mjml', import.meta.url),
  texts: cancelledTexts,
  sample,
  async fields(agreement, context, locale) {
    const { appointment, obstacle } = await standingOf(agreement, context);
    if (obstacle !== 'APPOINTMENT_CANCELLED') return withheld(obstacle ?? 'APPOINTMENT_CHANGED');
    if (appointment.startsAt! <= context.now) return withheld('TOO_LATE');
    return detailsOf(appointment, locale, context);
  },
});

/** What a mail about an appointment to come says; or why it is not sent any more. Read when it is sent. */
export async function invitation(
  { appointment, obstacle }: Standing,
  context: Context,
  locale: Locale,
): Promise<Fields | Withheld> {
  if (obstacle) return withheld(obstacle);
  const bearer = { patientId: appointment.patient.id, expiresAt: appointment.startsAt! };
  const confirmed = appointment.status === 'CONFIRMED';
  return {
    ...(await detailsOf(appointment, locale, context)),
    confirmUrl: confirmed ? undefined : context.link(confirmLink, agreed(appointment), bearer),
    changeUrl: context.link(changeLink, agreed(appointment), bearer),
  };
}
