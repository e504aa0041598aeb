import {
  defineMail,
  withheld,
  type Calendar,
  type Context,
  type Fields,
  type Locale,
  type Mail,
  type MailTexts,
  type Withheld,
} from 'clinic-rapport';
import { additionTo, calendarOf, clinicOf, questionnaireUrl } from 'clinic-rapport/schema';
import { changeLink } from './change.ts';
import { confirmLink } from './confirm.ts';
import { detailsOf } from './details.ts';
import { bookedTexts, cancelledTexts, changedTexts } from './mails/texts.ts';
import { sample } from './mails/sample.ts';
import { agreed, type Agreed, type Obstacle } from './standing.ts';
import { tellingOf, type Told } from './told.ts';

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
    calendar,
    async fields(agreement, context, locale) {
      const telling = await tellingOf(agreement, context);
      const fields = await invitation(telling, context, locale);
      if ('withheld' in fields || name !== 'recall.booked') return fields;
      const { patientId } = telling.appointment;
      return { ...fields, addition: await additionTo({ mail: name, patientId, locale }, context) };
    },
  });
}

export const cancelledMail = defineMail<Agreed>('recall.cancelled', {
  purpose: 'care',
  stream: 'transactional',
  template: new URL('./mails/cancelled.mjml', import.meta.url),
  texts: cancelledTexts,
  sample,
  calendar,
  async fields(agreement, context, locale) {
    const { appointment, obstacle } = await tellingOf(agreement, context);
    if (obstacle !== 'APPOINTMENT_CANCELLED') return withheld(obstacle ?? 'APPOINTMENT_CHANGED');
    if (appointment.startsAt! <= context.now) return withheld('TOO_LATE');
    return detailsOf(appointment, locale, await clinicOf(context));
  },
});

/** The entry in the patient’s own calendar, made, moved or taken out by each of these mails. */
async function calendar(agreement: Agreed, context: Context, locale: Locale): Promise<Calendar | undefined> {
  return calendarOf((await tellingOf(agreement, context)).appointment, locale, context);
}

/** What a mail about an appointment to come says; or why it is not sent any more. Read when it is sent. */
export async function invitation(
  { appointment, obstacle }: { appointment: Told; obstacle: Obstacle | undefined },
  context: Context,
  locale: Locale,
): Promise<Fields | Withheld> {
  if (obstacle) return withheld(obstacle);
  const bearer = { patientId: appointment.patientId, expiresAt: appointment.startsAt! };
  const confirmed = appointment.status === 'CONFIRMED';
  return {
    ...(await detailsOf(appointment, locale, await clinicOf(context))),
    confirmUrl: confirmed ? undefined : context.link(confirmLink, agreed(appointment), bearer),
    changeUrl: context.link(changeLink, agreed(appointment), bearer),
    questionnaireUrl: await questionnaireUrl(appointment.id, context),
    addition: undefined,
  };
}
