import type { Context } from 'clinic-rapport';
import type { CreateMembershipBenefitInput } from '../benefits/benefit-input.ts';
import { createBenefit } from '../benefits/defining.ts';
import type { TierCondition } from './condition.ts';
import type { ProgramDraft } from './program-draft.ts';
import { MembershipProgram } from './program.ts';
import { createMembershipProgram } from './saving.ts';
import { tiersOf } from './tier.ts';

const condition = (given: Pick<TierCondition, 'kind' | 'atLeast'> & Partial<TierCondition>): TierCondition => ({
  ...{ days: null, engagements: [], services: [], procedures: [] },
  ...given,
});

/** What a clinic begins with: three tiers, as the clinics that asked for the scheme have them. */
export const defaultProgram: ProgramDraft = {
  name: { 'zh-Hant': '會員計畫', 'zh-Hans': '会员计划', en: 'Membership' },
  ...{ graceDays: 90, descent: 'STEP', needsVerifiedAddress: true },
  tiers: [
    {
      ...{ code: 'basic', yearlyValue: 0, combination: 'ALL', conditions: [] },
      name: { 'zh-Hant': '基礎會員', 'zh-Hans': '基础会员', en: 'Basic' },
      benefits: {
        'zh-Hant': '線上查閱您的紀錄與預約。',
        'zh-Hans': '在线查阅您的记录与预约。',
        en: 'Your record and your appointments online.',
      },
    },
    {
      ...{ code: 'advanced', yearlyValue: 50_000, combination: 'ANY' },
      name: { 'zh-Hant': '進階會員', 'zh-Hans': '进阶会员', en: 'Advanced' },
      benefits: {
        'zh-Hant': '候補時優先收到空出的時間。',
        'zh-Hans': '候补时优先收到空出的时间。',
        en: 'First word of times that become free, while you wait for one.',
      },
      conditions: [
        condition({ kind: 'SPEND', atLeast: 2_000_000, days: 365 }),
        condition({ kind: 'ITEM', atLeast: 1, days: 365, procedures: ['CHECKUP'] }),
      ],
    },
    {
      ...{ code: 'honour', yearlyValue: 300_000, combination: 'ALL' },
      name: { 'zh-Hant': '榮譽會員', 'zh-Hans': '荣誉会员', en: 'Honour' },
      benefits: {
        'zh-Hant': '候補時最先收到空出的時間，醫師每年親自致電一次。',
        'zh-Hans': '候补时最先收到空出的时间，医师每年亲自致电一次。',
        en: 'The very first word of times that become free, and a call from your doctor once a year.',
      },
      conditions: [
        condition({ kind: 'SPEND', atLeast: 6_000_000, days: 365 }),
        condition({
          ...{ kind: 'ENGAGEMENT', atLeast: 3, days: 365 },
          engagements: ['ANSWERED', 'ATTENDED', 'CONFIRMED', 'REFERRED', 'REVIEWED'],
        }),
        condition({ kind: 'TENURE', atLeast: 730 }),
      ],
    },
  ],
};

/** What the texts of the tiers say: nobody is promised what the clinic does not give. */
const defaultBenefits: readonly (Omit<CreateMembershipBenefitInput, 'tierId'> & { readonly of: string })[] = [
  {
    ...{ of: 'advanced', kind: 'PRIORITY', quota: 1, period: 'YEAR', announced: false },
    name: { zhHant: '優先候補', zhHans: '优先候补', en: 'First on the waitlist' },
  },
  {
    ...{ of: 'honour', kind: 'STAFF_CALL', quota: 1, period: 'YEAR', taskDays: 60, announced: false },
    name: { zhHant: '醫師致電', zhHans: '医师致电', en: 'A call from your doctor' },
  },
];

/** Of a clinic that never had a programme. */
export async function seedProgram(context: Context): Promise<void> {
  if ((await context.em.count(MembershipProgram)) > 0) return;
  const program = await createMembershipProgram(defaultProgram, context);
  const tiers = await tiersOf(program, context);
  for (const { of, ...benefit } of defaultBenefits) {
    await createBenefit({ ...benefit, tierId: tiers.find(({ code }) => code === of)!.id }, context);
  }
}
