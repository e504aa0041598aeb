import { bookAppointment, core, Location, Practitioner, publishNotice, Schedule, Service } from 'clinic-rapport/schema';
import membership from 'clinic-rapport/plugins/membership';
import recall from 'clinic-rapport/plugins/recall';
import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import referrals from '../index.ts';

export const opened = '2026-06-01T09:00+08:00';
const text = { zhHant: '說明', zhHans: '说明', en: 'Told' };

/** A clinic in Taiwan that promises 100 points to who invites and 50 to who comes. */
export interface Clinic {
  readonly app: TestApp;
  readonly slug: string;
  readonly serviceId: string;
  readonly practitionerId: string;
  readonly advocateId: string;
  /** The page of the advocate's code. */
  readonly url: string;
  readonly code: string;
  patient(more?: object): Promise<string>;
  /** A visit that begins and is completed now; answers its id. */
  see(patientId: string, amount?: number): Promise<string>;
  points(patientId: string): Promise<{ available: number; pending: number; owed: number }>;
  /** What the friend does on the pages, from the link to the confirmed booking; answers the friend's id. */
  bring(friend: Friend): Promise<string>;
}

export interface Friend {
  readonly name: string;
  readonly email: string;
  readonly phone?: string;
  readonly discloses?: boolean;
  readonly via?: string;
  readonly url?: string;
  readonly to?: 'book' | 'register';
}

let people = 0;

export async function openClinic({ rewards = true } = {}): Promise<Clinic> {
  const app = await createTestApp({ plugins: [core, membership, recall, referrals], at: opened });
  const places = await app.staff.run(async context => {
    const { em } = context;
    const location = em.create(Location, { name: { en: 'Here' }, address: { en: 'Street 1' } });
    const practitioner = em.create(Practitioner, { name: '林醫師' });
    const service = em.create(Service, { code: 'VISIT', name: { en: 'A visit' }, durationMinutes: 30 });
    for (const weekday of [1, 2, 3, 4, 5, 6, 7])
      em.create(Schedule, {
        ...{ practitioner, location, weekday, startTime: '08:00', endTime: '20:00' },
        ...{ slotMinutes: 30, validFrom: '2026-01-01' },
      });
    await em.flush();
    const parts = ['collector', 'purpose', 'categories', 'dataUse', 'rights', 'refusalEffect'] as const;
    const notice = Object.fromEntries(parts.map(part => [part, text])) as Record<(typeof parts)[number], typeof text>;
    await publishNotice({ name: 'privacy', ...notice }, context);
    return { practitionerId: practitioner.id, serviceId: service.id };
  });
  const owner = app.as('owner');
  // The visits themselves give no points here.
  await owner.data(
    'mutation { updateSettings(input: { membership: { pointsPerVisit: 0, pointsPerSpendingUnit: 0 } }) { __typename } }',
  );
  if (rewards)
    for (const [side, points] of [
      ['ADVOCATE', 100],
      ['FRIEND', 50],
    ] as const)
      await owner.data(define, {
        input: { side, kind: 'POINTS', points, name: { zhHant: '點數', zhHans: '积分', en: 'Points' } },
      });
  const patient = async (more: object = {}): Promise<string> => {
    const number = ++people;
    const input = { name: `病人${number}`, email: `patient${number}@mail.test`, ...more };
    const { registerPatient } = await app.staff.data(
      'mutation ($input: RegisterPatientInput!) { registerPatient(input: $input) { id } }',
      { input },
    );
    return registerPatient.id;
  };
  const advocateId = await patient({ name: '介紹人', email: 'advocate@mail.test', phone: '0911111111' });
  const { createReferralCode } = await app.as('patient', { patientIds: [advocateId] }).data(create, { id: advocateId });
  const slug = (await app.staff.data('{ clinic { slug } }')).clinic.slug as string;
  const see: Clinic['see'] = async (patientId, amount = 100_000) => {
    const { startVisit } = await app.staff.data(
      'mutation ($input: StartVisitInput!) { startVisit(input: $input) { id } }',
      { input: { patientId } },
    );
    await app.staff.data('mutation ($input: CompleteVisitInput!) { completeVisit(input: $input) { id } }', {
      input: { id: startVisit.id, amount },
    });
    await app.settle();
    return startVisit.id;
  };
  const points: Clinic['points'] = async patientId => {
    const { patient } = await app.staff.data(
      'query ($id: ID!) { patient(id: $id) { pointsBalance { available pending owed } } }',
      { id: patientId },
    );
    return patient.pointsBalance;
  };
  const { url, code } = createReferralCode;
  const clinic = { app, slug, ...places, advocateId, url, code, patient, see, points };
  return { ...clinic, bring: friend => bring(clinic, friend) };
}

const name = (en: string) => ({ zhHant: en, zhHans: en, en });

/** A programme of two tiers: who has brought a friend has the upper one. */
export async function liftWhoBrings({ app }: Clinic): Promise<void> {
  const brought = { kind: 'ENGAGEMENT', atLeast: 1, engagements: ['REFERRED'] };
  const program = {
    ...{ name: name('Members'), graceDays: 0, needsVerifiedAddress: false },
    tiers: [
      { code: 'basic', name: name('Basic') },
      { code: 'friend', name: name('Friend'), rules: { all: [brought] } },
    ],
  };
  const begin = 'mutation ($input: CreateMembershipProgramInput!) { createMembershipProgram(input: $input) { id } }';
  await app.as('owner').data(begin, { input: { program } });
  await app.settle();
}

/** Keeps rewards back for so many days. */
export const hold = ({ app }: Clinic, days: number): Promise<unknown> =>
  app.as('owner').data(`mutation { updateSettings(input: { referrals: { holdDays: ${days} } }) { __typename } }`);

const define = `mutation ($input: DefineReferralOfferInput!) { defineReferralOffer(input: $input) { id needsApproval warnings } }`;
const create = `mutation ($id: ID!) { createReferralCode(input: { patientId: $id }) { id code spoken url cardUrl qrSvgUrl qrPngUrl } }`;

const post = (app: TestApp, url: string, fields: Record<string, string>): Promise<Response> =>
  app.fetch(url, { method: 'POST', body: new URLSearchParams(fields) });

async function bring(
  { app, url, serviceId, practitionerId }: Omit<Clinic, 'bring'>,
  { name, email, phone = '', discloses, via, url: other, to = 'book' }: Friend,
): Promise<string> {
  const page = `${other ?? url}${via ? `?via=${via}` : ''}`;
  const followed = await post(app, page, { to });
  const form = `${followed.headers.get('location')!}${to === 'book' ? `&service=${serviceId}` : ''}`;
  const times = await (await app.fetch(form)).text();
  const [time = '', notice = ''] = ['time', 'notice'].map(
    field => new RegExp(`name="${field}" value="([^"]+)"`).exec(times)?.[1],
  );
  const ticked: Record<string, string> = discloses ? { purpose: 'REFERRAL_DISCLOSURE' } : {};
  const sent = await post(app, form, { name, birthDate: '1990-02-03', phone, email, time, notice, ...ticked });
  if (sent.status !== 200) throw new Error(await sent.text());
  await app.settle();
  const confirmation = app.mails
    .findLast(mail => mail.to === email)!
    .links.find(link => link.includes('/confirm-booking/'))!;
  const done = await post(app, confirmation, {});
  if (done.status !== 200) throw new Error(`${done.status} ${practitionerId}`);
  await app.settle();
  const { patients } = await app.staff.data(
    'query ($name: String!) { patients(search: $name, first: 1) { nodes { id } } }',
    {
      name,
    },
  );
  return patients.nodes[0].id;
}

export { bookAppointment };
