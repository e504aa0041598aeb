import type { TestApp } from 'clinic-rapport/testing';
import { questionnaireUrl } from 'clinic-rapport/schema';
import { addPatient, book, furnish, tuesdayAtTen, type ClinicFixture } from './fixture.ts';

const say = (text: string) => ({ zhHant: text, zhHans: text, en: text });

export const firstVisit = {
  name: 'first-visit',
  title: { zhHant: '初診問卷', zhHans: '初诊问卷', en: 'Before your first visit' },
  introduction: { zhHant: '請在看診前回答。', zhHans: '请在就诊前回答。', en: 'Please answer before your visit.' },
  items: [
    {
      linkId: 'smokes',
      type: 'BOOLEAN',
      required: true,
      text: { zhHant: '您抽菸嗎？', zhHans: '您吸烟吗？', en: 'Do you smoke?' },
    },
    {
      linkId: 'cigarettes',
      type: 'INTEGER',
      required: true,
      text: say('How many a day?'),
      enableWhen: { question: 'smokes', answer: 'true' },
    },
    {
      linkId: 'history',
      type: 'GROUP',
      text: say('History'),
      items: [
        {
          linkId: 'allergies',
          type: 'CHOICE',
          multiple: true,
          text: say('Allergies'),
          options: [
            { code: 'penicillin', display: say('Penicillin') },
            { code: 'peanuts', display: say('Peanuts') },
            { code: 'none', display: say('None') },
          ],
        },
        { linkId: 'since', type: 'DATE', text: say('Since when?') },
        { linkId: 'weight', type: 'DECIMAL', text: say('Weight in kg') },
        { linkId: 'reason', type: 'TEXT', required: true, text: say('Why do you come?') },
      ],
    },
  ],
};

export const publish = `mutation ($input: PublishQuestionnaireInput!) {
  publishQuestionnaire(input: $input) { id name number items { linkId type items { linkId } } }
}`;

export interface Asked {
  readonly clinic: ClinicFixture;
  readonly patientId: string;
  readonly appointmentId: string;
  /** Of the link in a mail. */
  url(): Promise<string | undefined>;
}

/** A patient, born on 1985-03-09, with an appointment at ten on Tuesday for a service that asks. */
export async function bookAsked(app: TestApp): Promise<Asked> {
  app.clock.set('2026-06-01T09:00:00+08:00');
  const clinic = await furnish(app);
  await app.as('owner').data(publish, { input: firstVisit });
  await app
    .as('owner')
    .data(
      'mutation ($input: SetServiceQuestionnaireInput!) { setServiceQuestionnaire(input: $input) { questionnaire } }',
      { input: { serviceId: clinic.service, questionnaire: 'first-visit' } },
    );
  const patientId = await addPatient(app, { birthDate: '1985-03-09' });
  const input = { patientId, serviceId: clinic.service, practitionerId: clinic.practitioner, startsAt: tuesdayAtTen };
  const appointmentId: string = (await app.as('frontDesk').data(book, { input })).bookAppointment.id;
  return {
    clinic,
    patientId,
    appointmentId,
    url: () => app.staff.run(context => questionnaireUrl(appointmentId, context)),
  };
}

export interface Shown {
  readonly status: number;
  readonly text: string;
}

/** What a browser shows at this address. */
export async function open(app: TestApp, url: string): Promise<Shown> {
  const response = await app.fetch(url);
  return { status: response.status, text: await response.text() };
}

/** What it shows when a form of that page is sent. */
export async function send(app: TestApp, url: string, fields: readonly (readonly [string, string])[]): Promise<Shown> {
  const body = new URLSearchParams();
  for (const [name, value] of fields) body.append(name, value);
  const response = await app.fetch(url, { method: 'POST', body });
  return { status: response.status, text: await response.text() };
}
