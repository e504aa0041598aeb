import { v7 as newId } from 'uuid';
import * as door from 'clinic-rapport';
import { definePlugin, type Addressee, type Plugin } from 'clinic-rapport';
import { core } from 'clinic-rapport/schema';
import { createTestApp, type TestApp } from 'clinic-rapport/testing';
import { verifyConsents } from '../../scripts/consent/verify.ts';
import { asOwner } from '../../schema/test/asking.ts';
import { addPatient, publishSomeNotice } from '../../schema/test/fixture.ts';
import { createTopics } from '../fixtures/notes/topics.ts';

const topics = createTopics();
/** What the plugin that wants to go around the gate says of related persons; a test changes it. */
let claims: Partial<Addressee> = {};
const sly: Plugin = definePlugin({
  name: 'sly',
  version: '1.0.0',
  address: async () => ({ address: 'anyone@mail.test', locale: 'en', verified: true, ...claims }),
  withhold: async () => undefined,
});
let app: TestApp;
let patientId: string;
let people = 0;

beforeAll(async () => {
  app = await createTestApp({ plugins: [core, topics.plugin, sly] });
});
beforeEach(async () => {
  claims = {};
  patientId = await addPatient(app, { email: `li-${++people}@mail.test` });
});

const decide = async (name: 'giveConsent' | 'withdrawConsent', purpose: string, of = patientId): Promise<string> => {
  const document = `mutation ($input: ConsentInput!) { ${name}(input: $input) { id } }`;
  const noticeVersionId = name === 'giveConsent' ? await publishSomeNotice(app) : undefined;
  const input = { patientId: of, purpose, channel: 'EMAIL', source: 'DESK', noticeVersionId };
  return (await app.staff.data(document, { input }))[name].id;
};
const mail = async (topic: keyof typeof topics.mails, to: door.Recipient = { patientId }) => {
  await app.staff.run(({ send }) => send(topics.mails[topic], to, {}));
  await app.settle();
  return newest();
};
const newest = async () => {
  const query = `{ deliveries(first: 1) { nodes { id state reason basis
    whySent { consentId messageClass why packs citations decidedAt addressVerifiedAt } } } }`;
  return (await app.staff.data(query)).deliveries.nodes[0];
};
const setPack = (compliancePack: string) =>
  app.staff.data(
    'mutation ($input: UpdateSettingsInput!) { updateSettings(input: $input) { core { compliancePack } } }',
    {
      input: { core: { compliancePack: compliancePack.toUpperCase() } },
    },
  );
const whyNot = async (topic: string, of = patientId): Promise<string[]> => {
  const query = 'query ($id: ID!, $mail: String!) { whyNotSent(patientId: $id, mail: $mail) { reason plugin } }';
  const { whyNotSent } = await app.staff.data(query, { id: of, mail: `topics.${topic}` });
  return whyNotSent.map(({ reason, plugin }: door.Stop) => `${plugin} ${reason}`);
};

describe('why a mail was sent', () => {
  it('is the consent that it rests on', async () => {
    const consentId = await decide('giveConsent', 'MARKETING');
    const { whySent } = await mail('marketing');
    expect(whySent).toMatchObject({ consentId, messageClass: null, citations: [] });
    expect(new Date(whySent.decidedAt)).toEqual(app.clock.now());
    expect(whySent.addressVerifiedAt).not.toBeNull();
  });

  it('or the message class that needs none, with what says so', async () => {
    const { whySent } = await mail('reminder');
    expect(whySent).toMatchObject({ consentId: null, messageClass: 'reminder', why: expect.any(String) });
    expect(whySent.packs.join()).toMatch(/^strict .*tw\.\d{4}\.\d/);
    expect(whySent.citations.join()).toMatch(/Personal Data Protection Act/);

    await setPack('tw');
    expect((await mail('care')).whySent).toMatchObject({
      packs: ['tw 2026.1'],
      citations: [expect.stringMatching(/Medical Care Act.*\(tw\)/)],
    });
    await app.staff.data('mutation ($input: UpdatePatientInput!) { updatePatient(input: $input) { id } }', {
      input: { id: patientId, residence: 'DE' },
    });
    expect((await mail('care')).whySent.packs).toEqual(['tw 2026.1', 'eu 2026.1']);
    await setPack('strict');
  });
});

describe('why a mail would not be sent', () => {
  it('is every stop, not the first alone', async () => {
    expect(await whyNot('reminder')).toEqual([]);
    expect(await whyNot('marketing')).toEqual(['core CONSENT_MISSING']);
    await decide('withdrawConsent', 'REMINDER');
    const suppress = 'mutation ($input: SuppressAddressInput!) { suppressAddress(input: $input) { id } }';
    await app.staff.data(suppress, { input: { address: `li-${people}@mail.test`, reason: 'STAFF' } });
    expect(await whyNot('reminder')).toEqual(['core CONSENT_WITHDRAWN', 'core SUPPRESSED_STAFF']);
    expect(await whyNot('nothing')).toEqual(['platform MAIL_NOT_INSTALLED']);
    expect(await whyNot('care', newId())).toEqual(['core PATIENT_UNKNOWN']);
    expect(await whyNot('care', 'no id')).toEqual(['core PATIENT_UNKNOWN']);
  });

  it('is told to a patient of the own mails alone', async () => {
    const document = `query ($id: ID!) { whyNotSent(patientId: $id, mail: "topics.care") { reason } }`;
    const other = app.as('patient', { patientIds: [await addPatient(app, { email: 'else@mail.test' })] });
    expect((await other.data(document, { id: patientId })).whyNotSent).toEqual([{ reason: 'PATIENT_UNKNOWN' }]);
  });
});

describe('a plugin that wants to go around the gate', () => {
  it('names a basis that is none, or none at all: nothing is sent', async () => {
    const to = { relatedPersonId: newId() };
    expect(await mail('care', to)).toMatchObject({ state: 'WITHHELD', reason: 'BASIS_UNKNOWN' });
    for (const basis of ['message-class:because', 'message-class:staff', `consent:${newId()}`]) {
      claims = { basis };
      expect(await mail('care', to)).toMatchObject({ state: 'WITHHELD', reason: 'BASIS_UNKNOWN' });
    }
    claims = { basis: 'message-class:care' };
    expect(await mail('marketing', to)).toMatchObject({ state: 'WITHHELD', reason: 'BASIS_UNKNOWN' });
    claims = { basis: 'message-class:staff' };
    const offer = await mail('marketing', { userId: newId() });
    expect(offer).toMatchObject({ state: 'WITHHELD', reason: 'BASIS_UNKNOWN' });
  });

  it('names another address for a patient who has none: nothing is sent', async () => {
    claims = { basis: 'message-class:care' };
    const nowhere = await addPatient(app);
    expect(await mail('care', { patientId: nowhere })).toMatchObject({ state: 'WITHHELD', reason: 'NO_ADDRESS' });
  });

  it.each(['queued', 'claimed', 'sending'])(
    'writes a delivery by itself that is %s: it is asked for as any other',
    async state => {
      await decide('withdrawConsent', 'CARE');
      await app.staff.run(({ em, clinicId, now }) =>
        em.execute(
          `insert into delivery (clinic_id, id, mail, plugin, stream, purpose, patient_id, address, basis, data, state,
           message_id, due_at, lease_until, created_at)
         values (?, ?, 'topics.care', 'topics', 'transactional', 'care', ?, 'anyone@mail.test', 'message-class:care', '{}', ?,
           '<a@b.test>', ?, ?, ?)`,
          [clinicId, newId(), patientId, state, now, now, now].map(value =>
            value instanceof Date ? value.toISOString() : value,
          ),
        ),
      );
      const before = app.mails.length;
      await app.settle();
      expect(await newest()).toMatchObject({ state: 'WITHHELD', reason: 'CONSENT_WITHDRAWN' });
      expect(app.mails).toHaveLength(before);
    },
  );

  describe('writes a consent by itself: the database refuses it', () => {
    const forge = (values: Record<string, unknown>): [statement: string, values: unknown[]] => {
      const row = {
        ...{ clinic_id: app.clinicId, id: newId(), patient_id: patientId, purpose: 'MARKETING', channel: 'EMAIL' },
        ...{ decision: 'GIVEN', source: 'ONLINE', recorded_by: 'PATIENT', actor_kind: 'user', actor_id: 'nobody' },
        ...{ recorded_at: app.clock.now().toISOString(), ...values },
      };
      const columns = Object.keys(row);
      return [`insert into consent (${columns.join()}) values (${columns.map(() => '?').join()})`, Object.values(row)];
    };
    const asRuntime = (values: Record<string, unknown>): Promise<unknown> =>
      app.staff.run(({ em }) => em.execute(...forge(values)));

    it.each([
      ['without a notice', {}],
      ['signed on paper, without a notice', { source: 'PAPER', evidence: 'a page' }],
      ['as an import without evidence', { source: 'IMPORT' }],
      ['as a merge without an origin', { source: 'MERGE' }],
      ['as a merge of a choice that there is not', { source: 'MERGE', evidence: `Choice ${newId()} of the record x` }],
    ])('%s', async (_, values) => {
      await expect(asRuntime(values)).rejects.toThrow(/takes the notice that was shown/);
      const [statement, parameters] = forge(values);
      let at = 0;
      const asTheOwner = asOwner(app, client =>
        client.query(
          statement.replaceAll('?', () => `$${++at}`),
          parameters,
        ),
      );
      await expect(asTheOwner).rejects.toMatchObject({ code: '23514' });
      expect(await mail('marketing')).toMatchObject({ state: 'WITHHELD', reason: 'CONSENT_MISSING' });
    });

    it('but not what needs none of it', async () => {
      await asRuntime({ purpose: 'REMINDER' });
      await asRuntime({ decision: 'WITHDRAWN' });
      await asRuntime({ source: 'IMPORT', evidence: 'page 3 of the old list' });
      await asRuntime({ notice_version_id: await publishSomeNotice(app) });
    });
  });

  it('rewrites why a mail was sent, or that it was: the database refuses it', async () => {
    const { id } = await mail('care');
    for (const change of [
      `basis = 'message-class:account@tw-2026.1'`,
      `state = 'withheld'`,
      `state = 'queued', due_at = now()`,
      `decided_at = now()`,
      `decided_snapshot = null`,
      `address_verified_at = now()`,
      `purpose = 'account'`,
      `patient_id = null`,
    ]) {
      const statement = `update delivery set ${change} where id = `;
      await expect(app.staff.run(({ em }) => em.execute(`${statement}?`, [id]))).rejects.toThrow(/nobody changes/);
      await expect(asOwner(app, client => client.query(`${statement}$1`, [id]))).rejects.toThrow(/nobody changes/);
    }
    await app.staff.run(({ em }) => em.execute(`update delivery set reason = 'BOUNCED 5.1.1' where id = ?`, [id]));
  });

  it('finds no transport: neither behind the door nor in its context', async () => {
    expect(Object.keys(door).filter(name => /transport|smtp|mailer/i.test(name))).toEqual([]);
    const keys = await app.staff.run(async context => Object.keys(context));
    expect(keys.filter(name => /transport|smtp|mailer/i.test(name))).toEqual([]);
  });
});

describe('consent:verify', () => {
  let all: TestApp;
  let person: string;
  const planted = async (values: Record<string, unknown>): Promise<string> => {
    const id = newId();
    await all.staff.run(async ({ em, clinicId, now }) => {
      const at = new Date(now.getTime() - 1000).toISOString();
      const row = {
        ...{ clinic_id: clinicId, id, mail: 'topics.care', plugin: 'topics', stream: 'transactional', purpose: 'care' },
        ...{ patient_id: person, data: '{}', state: 'sent', message_id: id, due_at: at, created_at: at, sent_at: at },
        ...{ decided_at: at, address_verified_at: at, basis: 'message-class:care@tw-2026.1' },
        ...values,
      };
      const columns = Object.keys(row);
      await em.execute(
        `insert into delivery (${columns.join()}) values (${columns.map(() => '?').join()})`,
        Object.values(row),
      );
    });
    return id;
  };
  const faultOf = async (id: string): Promise<string | undefined> =>
    (await verifyConsents(all.app)).unfounded.find(found => found.id === id)?.fault;

  beforeAll(async () => {
    all = await createTestApp({ plugins: [core, topics.plugin] });
    person = await addPatient(all, { email: 'ok@mail.test' });
  });

  it('finds none to check in a new clinic, and says how many it did', async () => {
    expect(await verifyConsents(all.app)).toEqual({ checked: 0, unfounded: [] });
  });

  it('finds what was really sent well founded, also where it was withdrawn later', async () => {
    const given = 'mutation ($input: ConsentInput!) { giveConsent(input: $input) { id } }';
    const noticeVersionId = await publishSomeNotice(all);
    const input = { patientId: person, purpose: 'MARKETING', channel: 'EMAIL', source: 'DESK', noticeVersionId };
    await all.staff.data(given, { input });
    for (const topic of ['care', 'reminder', 'marketing'] as const)
      await all.staff.run(({ send }) => send(topics.mails[topic], { patientId: person }, {}));
    await all.settle();
    all.clock.advance({ minutes: 5 });
    await all.staff.data(given.replaceAll('giveConsent', 'withdrawConsent'), { input });
    all.clock.advance({ minutes: 5 });
    expect(await verifyConsents(all.app)).toEqual({ checked: 3, unfounded: [] });
  });

  it.each([
    ['BASIS_MISSING', { basis: null }],
    ['BASIS_UNKNOWN', { basis: 'message-class:because' }],
    ['BASIS_UNKNOWN', { basis: 'message-class:reminder@tw-2026.1' }],
    ['BASIS_UNKNOWN', { basis: 'message-class:care' }],
    ['BASIS_UNKNOWN', { basis: 'message-class:care@mars-1' }],
    ['CONSENT_UNKNOWN', { basis: `consent:${newId()}` }],
    ['CONSENT_WITHDRAWN', { purpose: 'marketing', basis: 'message-class:marketing@tw-2026.1', stream: 'marketing' }],
    ['ADDRESS_UNVERIFIED', { address_verified_at: null }],
  ])('names a planted mail with %s', async (fault, values) => {
    const expected = 'stream' in values ? /CONSENT_WITHDRAWN|BASIS_UNKNOWN/ : new RegExp(`^${fault}$`);
    expect(await faultOf(await planted(values))).toMatch(expected);
  });

  it('names one that was decided a second after a withdrawal, where the database showed that already', async () => {
    const quick = await addPatient(all, { email: 'quick@mail.test' });
    const snapshot = () =>
      all.staff.run(async ({ em }) => (await em.execute('select pg_current_snapshot()::text as s'))[0].s as string);
    const before = await snapshot();
    const input = { patientId: quick, purpose: 'CARE', channel: 'EMAIL', source: 'DESK' };
    await all.staff.data('mutation ($input: ConsentInput!) { withdrawConsent(input: $input) { id } }', { input });
    all.clock.advance({ seconds: 2 });
    const ofQuick = (decided_snapshot: string) => planted({ patient_id: quick, decided_snapshot });
    expect(await faultOf(await ofQuick(before))).toBeUndefined();
    expect(await faultOf(await ofQuick(await snapshot()))).toBe('CONSENT_WITHDRAWN');
  });

  it('names one that rests on a consent which was withdrawn before, given later, or of another', async () => {
    const { rows } = await all.staff.run(async ({ em }) => ({
      rows: await em.execute<{ id: string; decision: string }[]>('select id, decision from consent order by position'),
    }));
    const [given, withdrawn] = rows;
    const of = (id: string) => ({ purpose: 'marketing', stream: 'marketing', basis: `consent:${id}` });
    expect(await faultOf(await planted(of(given!.id)))).toBe('CONSENT_WITHDRAWN');
    expect(await faultOf(await planted(of(withdrawn!.id)))).toBe('CONSENT_WITHDRAWN');
    const early = '2020-01-01T00:00:00Z';
    expect(await faultOf(await planted({ ...of(given!.id), decided_at: early }))).toBe('CONSENT_GIVEN_LATER');
    const other = await addPatient(all, { email: 'b@mail.test' });
    expect(await faultOf(await planted({ ...of(given!.id), patient_id: other }))).toBe('CONSENT_OF_ANOTHER');
    expect(await faultOf(await planted({ ...of(given!.id), purpose: 'tracking' }))).toBe('CONSENT_FOR_ANOTHER_PURPOSE');
  });

  it('names one that rests on a consent which was stored without a notice or a proof', async () => {
    const id = newId();
    const reader = await addPatient(all, { email: `unproved@mail.test` });
    await asOwner(all, async client => {
      // Past the trigger, as before there was one.
      await client.query('set session_replication_role = replica');
      await client.query(
        `insert into consent (clinic_id, id, patient_id, purpose, channel, decision, source, actor_kind, actor_id, recorded_at)
         values ($1, $2, $3, 'MARKETING', 'EMAIL', 'GIVEN', 'ONLINE', 'user', 'nobody', $4)`,
        [all.clinicId, id, reader, all.clock.now().toISOString()],
      );
    });
    all.clock.advance({ minutes: 5 });
    const offer = { patient_id: reader, purpose: 'marketing', stream: 'marketing', basis: `consent:${id}` };
    expect(await faultOf(await planted(offer))).toBe('CONSENT_UNPROVED');
  });

  const relate = async (patientId: string, input: Record<string, unknown> = {}): Promise<string> => {
    const document = 'mutation ($input: AddRelatedPersonInput!) { addRelatedPerson(input: $input) { id } }';
    const whole = { patientId, name: '林媽媽', relationship: 'PARENT', ...input };
    return (await all.staff.data(document, { input: whole })).addRelatedPerson.id;
  };
  const withdrawCare = async (patientId: string) => {
    const input = { patientId, purpose: 'CARE', channel: 'EMAIL', source: 'DESK' };
    await all.staff.data('mutation ($input: ConsentInput!) { withdrawConsent(input: $input) { id } }', { input });
  };

  describe('of a mail to who belongs to a patient', () => {
    let child: string;
    const to = async (values: Record<string, unknown> = {}) => {
      const related_person_id = await relate(child);
      return faultOf(await planted({ patient_id: null, related_person_id, ...values }));
    };
    beforeEach(async () => {
      child = await addPatient(all, { name: '林小弟' });
    });

    it.each([
      [undefined, {}],
      ['ADDRESS_UNVERIFIED', { address_verified_at: null }],
      ['BASIS_UNKNOWN', { basis: 'message-class:care' }],
      ['BASIS_UNKNOWN', { basis: 'message-class:asked-for@tw-2026.1' }],
      ['BASIS_UNKNOWN', { basis: 'message-class:staff@tw-2026.1' }],
      ['BASIS_UNKNOWN', { purpose: 'marketing' }],
      ['CONSENT_MISSING', { purpose: 'marketing', stream: 'marketing' }],
      ['CONSENT_UNKNOWN', { basis: `consent:${newId()}` }],
    ])('the fault is %s', async (fault, values) => expect(await to(values)).toBe(fault));

    it('the patient’s withdrawal counts', async () => {
      await withdrawCare(child);
      all.clock.advance({ minutes: 5 });
      expect(await to()).toBe('CONSENT_WITHDRAWN');
    });

    it('a withdrawal of another record, into which the patient’s was merged later, does not', async () => {
      const mother = await addPatient(all, { name: '林媽媽', email: `m-${child}@mail.test` });
      const relatedPersonId = await relate(child, { personId: mother });
      const kept = await addPatient(all, { name: '林小弟' });
      await withdrawCare(kept);
      all.clock.advance({ minutes: 5 });
      const before = all.mails.length;
      await all.staff.run(({ send }) => send(topics.mails.care, { relatedPersonId }, {}));
      await all.settle();
      expect(all.mails).toHaveLength(before + 1);
      const { deliveries } = await all.staff.data('{ deliveries(first: 1) { nodes { id } } }');
      all.clock.advance({ minutes: 5 });
      const merge = 'mutation ($input: MergePatientsInput!) { mergePatients(input: $input) { id } }';
      const input = { keptId: kept, mergedId: child, reason: 'the same child' };
      await all.as('owner').data(merge, { input });
      expect(await faultOf(deliveries.nodes[0].id)).toBeUndefined();
      all.clock.advance({ minutes: 5 });
      const later = { patient_id: null, related_person_id: relatedPersonId };
      expect(await faultOf(await planted(later))).toBe('CONSENT_WITHDRAWN');
    });
  });

  it.each([
    ['BASIS_UNKNOWN', {}],
    ['BASIS_UNKNOWN', { basis: 'message-class:asked-for@tw-2026.1' }],
    ['BASIS_UNKNOWN', { mail: 'contact-point.verification', basis: 'message-class:asked-for' }],
    ['CONSENT_MISSING', { purpose: 'marketing', stream: 'marketing', basis: 'message-class:asked-for@tw-2026.1' }],
    ['BASIS_UNKNOWN', { basis: 'message-class:staff@tw-2026.1' }],
    [undefined, { user_id: newId(), basis: 'message-class:staff@tw-2026.1' }],
    ['BASIS_UNKNOWN', { user_id: newId(), basis: 'message-class:reminder@tw-2026.1' }],
    ['CONSENT_MISSING', { user_id: newId(), basis: 'message-class:staff@tw-2026.1', stream: 'marketing' }],
  ])('of a mail to an address or a user the fault is %s', async (fault, values) => {
    const bare = { patient_id: null, address: 'bare@mail.test', address_verified_at: null };
    expect(await faultOf(await planted({ ...bare, ...values }))).toBe(fault);
  });

  it('finds what was asked for from an address well founded', async () => {
    const input = { patientId: person, system: 'EMAIL', value: 'another@mail.test' };
    const add = 'mutation ($input: AddContactPointInput!) { addContactPoint(input: $input) { id } }';
    await all.as('frontDesk').data(add, { input });
    const before = all.mails.length;
    await all.settle();
    expect(all.mails).toHaveLength(before + 1);
    const { deliveries } = await all.staff.data('{ deliveries(first: 1) { nodes { id basis } } }');
    expect(deliveries.nodes[0].basis).toMatch(/^message-class:asked-for@/);
    expect(await faultOf(deliveries.nodes[0].id)).toBeUndefined();
  });
});
