import { ContactPoint, mergePatients, publishNotice, refundVisit, unmergePatients } from 'clinic-rapport/schema';
import type { TestApp } from 'clinic-rapport/testing';
import { tellOfGrace } from '../program/grace-notice.ts';
import { addPerson, openApp, type Person } from './clinic.ts';
import { bySpend, memberOf, setProgram, sweep, tier, visit } from './program-clinic.ts';

let app: TestApp;
let ming: Person;
let noticeVersionId: string;

beforeAll(async () => {
  app = await openApp();
  const text = { zhHant: '說明', zhHans: '说明', en: 'Told' };
  const [collector, purpose, categories, dataUse, rights, refusalEffect] = Array(6).fill(text);
  const notice = { name: 'sample', collector, purpose, categories, dataUse, rights, refusalEffect };
  noticeVersionId = await app.staff.run(async context => (await publishNotice(notice, context)).id);
});
beforeEach(async () => {
  app.clock.set('2026-06-01T12:00:00+08:00');
  await setProgram(app, bySpend());
  ming = await addPerson(app);
  await sweep(app);
});

const choose = (name: 'giveConsent' | 'withdrawConsent', purpose: string, { id: patientId } = ming) =>
  app.as('frontDesk').data(`mutation ($input: ConsentInput!) { ${name}(input: $input) { id } }`, {
    input: { patientId, purpose, channel: 'EMAIL', source: 'DESK', noticeVersionId },
  });
const refund = async (id: string): Promise<void> => {
  await app.staff.run(context => refundVisit({ id }, context));
  await app.settle();
};
const morning = async (day: string): Promise<void> => {
  app.clock.set(`${day}T10:00:00+08:00`);
  await sweep(app);
  await app.staff.run(({ enqueue }) => enqueue(tellOfGrace, undefined));
  await app.settle();
};
const subjects = ({ address } = ming) => app.mails.filter(({ to }) => to === address).map(({ subject }) => subject);

describe('a member whose grace begins', () => {
  it('is told once until when the tier stays, in the own language', async () => {
    await refund(await visit(app, ming.id, 100_000));
    for (const day of ['2026-06-02', '2026-06-03', '2026-07-01', '2026-07-02', '2026-07-03']) await morning(day);
    expect(subjects()).toEqual(['您的advanced資格保留至2026年7月1日']);
    expect(app.mails.at(-1)!.text).toContain('您所需要的照護對每一位都相同');
    expect((await memberOf(ming))?.tier.code).toBe('basic');
  });

  it('is told again of the next one, one tier lower', async () => {
    await refund(await visit(app, ming.id, 500_000));
    for (const day of ['2026-06-02', '2026-07-02', '2026-07-03']) await morning(day);
    expect(subjects()).toEqual(['您的honour資格保留至2026年7月1日', '您的advanced資格保留至2026年8月1日']);
  });

  it('is not told of one that is over before the morning', async () => {
    await refund(await visit(app, ming.id, 100_000));
    await visit(app, ming.id, 100_000);
    await morning('2026-06-02');
    expect(subjects()).toEqual([]);
  });

  it('is not told once the programme has ended, which takes no tier', async () => {
    await refund(await visit(app, ming.id, 100_000));
    const { membershipProgram } = await app.as('owner').data('{ membershipProgram { id } }');
    await app.staff.run(({ em }) =>
      em.execute('update membership_program set active = false where id = ?', [membershipProgram.id]),
    );
    await morning('2026-06-02');
    expect(subjects()).toEqual([]);
  });

  it('who wants no mails of the account gets none', async () => {
    await choose('withdrawConsent', 'ACCOUNT');
    await refund(await visit(app, ming.id, 100_000));
    await morning('2026-06-02');
    expect(subjects()).toEqual([]);
  });

  it('gets no words that have been forbidden since', async () => {
    await refund(await visit(app, ming.id, 100_000));
    await app.staff.run(({ em }) =>
      em.execute(`update membership_tier set name = ?::jsonb where code = 'advanced'`, [
        JSON.stringify({ 'zh-Hant': '保證治癒', 'zh-Hans': '保证治愈', en: 'Guaranteed cure' }),
      ]),
    );
    await morning('2026-06-02');
    expect(subjects()).toEqual([]);
  });

  it('is told with as many others as there are, in several rounds', async () => {
    const people: Person[] = [];
    for (let index = 0; index < 205; index += 1) people.push(await addPerson(app));
    await sweep(app);
    await app.staff.run(({ em }) =>
      em.execute(
        `update membership_member set grace_until = '2026-07-01', tier_id = (
           select t.id from membership_tier t join membership_program p on p.id = t.program_id and p.active
           where t.code = 'advanced')
         where patient_id in (select value::uuid from jsonb_array_elements_text(?::jsonb))`,
        [JSON.stringify(people.map(({ id }) => id))],
      ),
    );
    await morning('2026-06-02');
    for (const person of people) expect(subjects(person)).toHaveLength(1);
  });
});

describe('a tier that is given up', () => {
  const two = (more: object = {}) => bySpend({ tiers: bySpend().tiers.slice(0, 2), ...more });
  const standing = `query ($id: ID!) { patient(id: $id) { member { standing { present { tier { code } holds } } } } }`;
  const endProgram = async () => {
    const { membershipProgram } = await app.as('owner').data('{ membershipProgram { id } }');
    const end = 'mutation ($input: EndMembershipProgramInput!) { endMembershipProgram(input: $input) { active } }';
    await app.as('owner').data(end, { input: { id: membershipProgram.id } });
  };
  const seen = async () => {
    const { tier, graceUntil } = (await memberOf(ming))!;
    return [tier.code, graceUntil];
  };

  it('stays until the grace is over, of which its members are told, and opens no other', async () => {
    await visit(app, ming.id, 500_000);
    await setProgram(app, two());
    expect(await seen()).toEqual(['honour', '2026-07-01']);
    await morning('2026-06-02');
    expect(subjects()).toEqual(['您的honour資格保留至2026年7月1日']);
    expect((await ming.self.data(standing, { id: ming.id })).patient.member.standing.present).toEqual({
      tier: { code: 'honour' },
      holds: false,
    });
    await morning('2026-07-01');
    expect(await seen()).toEqual(['honour', '2026-07-01']);
    await morning('2026-07-02');
    expect(await seen()).toEqual(['advanced', null]);
  });

  it('is no more in grace where it comes back', async () => {
    await visit(app, ming.id, 500_000);
    await setProgram(app, two());
    await setProgram(app, bySpend());
    expect(await seen()).toEqual(['honour', null]);
  });

  it('makes way at once for a higher one that was earned', async () => {
    await visit(app, ming.id, 500_000);
    const best = tier('best', { all: [{ kind: 'SPEND', atLeast: 400_000, days: 365 }] });
    await setProgram(app, two({ tiers: [...bySpend().tiers.slice(0, 2), best] }));
    expect(await seen()).toEqual(['best', null]);
  });

  it('is not kept for ever by members of a programme that ended, and one of the same code is the same in the next', async () => {
    const hua = await addPerson(app);
    await sweep(app);
    await visit(app, ming.id, 500_000);
    await visit(app, hua.id, 100_000);
    await endProgram();
    const friend = tier('advanced', { any: [{ kind: 'SPEND', atLeast: 50_000, days: 365 }] });
    await setProgram(app, bySpend({ tiers: [tier('member'), friend] }));
    expect(await seen()).toEqual(['honour', '2026-07-01']);
    expect(await memberOf(hua)).toMatchObject({ tier: { code: 'advanced' }, graceUntil: null });
    await morning('2026-06-02');
    expect(subjects()).toEqual(['您的honour資格保留至2026年7月1日']);
    await morning('2026-07-02');
    expect(await seen()).toEqual(['advanced', null]);
    expect(subjects(hua)).toEqual([]);
    await endProgram();
  });
});

describe('a tier that is reached', () => {
  it('is told who agreed to news of the clinic, once, and nobody else', async () => {
    const hua = await addPerson(app);
    await sweep(app);
    await choose('giveConsent', 'MARKETING');
    for (const { id } of [ming, hua]) await visit(app, id, 100_000);
    await sweep(app);
    expect(subjects()).toEqual(['您現在是advanced']);
    expect(subjects(hua)).toEqual([]);
  });

  it('is not told in words that have been forbidden since', async () => {
    await choose('giveConsent', 'MARKETING');
    await app.staff.run(({ em }) =>
      em.execute(`update membership_tier set benefits = ?::jsonb where code = 'advanced'`, [
        JSON.stringify({ 'zh-Hant': '保證治癒', 'zh-Hans': '保证治愈', en: 'Guaranteed cure' }),
      ]),
    );
    await visit(app, ming.id, 100_000);
    expect((await memberOf(ming))?.tier.code).toBe('advanced');
    expect(subjects()).toEqual([]);
  });
});

describe('two records of one patient', () => {
  const merge = (kept: Person, merged: Person) =>
    app.staff
      .run(context => mergePatients({ keptId: kept.id, mergedId: merged.id, reason: 'Same passport' }, context))
      .then(async ({ id }) => (await app.settle(), id));
  const joined = async ({ id }: Person): Promise<string> => {
    const { patient } = await app.as('owner').data('query ($id: ID!) { patient(id: $id) { member { joinedAt } } }', {
      id,
    });
    return patient.member.joinedAt;
  };
  const changes = async ({ id, self }: Person): Promise<unknown[]> => {
    const query = `query ($id: ID!) { patient(id: $id) { tierChanges(last: 50) { nodes { to { code } reason } } } }`;
    const { patient } = await self.data(query, { id });
    return patient.tierChanges.nodes.map(({ to, reason }: any) => `${reason} ${to.code}`).toReversed();
  };

  it('have the higher tier with its grace, and the day of who joined first', async () => {
    await refund(await visit(app, ming.id, 500_000));
    app.clock.set('2026-06-10T12:00:00+08:00');
    const later = await addPerson(app);
    await sweep(app);
    const first = await joined(ming);
    const events = await app.as('frontDesk').subscribe('subscription { tierChanged { reason patientId } }');
    await merge(later, ming);
    expect(await memberOf(later)).toEqual({ tier: { code: 'honour' }, graceUntil: '2026-07-01' });
    expect(await joined(later)).toBe(first);
    expect(await changes(later)).toEqual(['JOINED basic', 'MERGED honour']);
    expect((await events.next()).tierChanged).toEqual({ reason: 'MERGED', patientId: later.id });
    await morning('2026-07-02');
    expect((await memberOf(later))?.tier.code).toBe('advanced');
  });

  it('keep the higher tier of the one that stays', async () => {
    const other = await addPerson(app);
    await sweep(app);
    await refund(await visit(app, ming.id, 100_000));
    await merge(ming, other);
    expect(await memberOf(ming)).toEqual({ tier: { code: 'advanced' }, graceUntil: '2026-07-01' });
    expect(await changes(ming)).toEqual(['JOINED basic', 'REACHED advanced']);
  });

  it('lose no tier at once where the merge is undone', async () => {
    await visit(app, ming.id, 500_000);
    const other = await addPerson(app);
    await sweep(app);
    const id = await merge(other, ming);
    expect(await memberOf(other)).toEqual({ tier: { code: 'honour' }, graceUntil: null });
    await app.staff.run(context => unmergePatients(id, context));
    await app.settle();
    await sweep(app);
    expect(await memberOf(ming)).toEqual({ tier: { code: 'honour' }, graceUntil: null });
    expect(await memberOf(other)).toEqual({ tier: { code: 'honour' }, graceUntil: '2026-07-01' });
    expect(await app.staff.run(({ em }) => em.count(ContactPoint, { patient: ming.id }))).toBe(1);
  });
});
