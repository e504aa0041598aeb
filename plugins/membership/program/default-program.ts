import type { Context } from 'clinic-rapport';
import type { TierCondition } from './condition.ts';
import type { ProgramDraft } from './program-draft.ts';
import { MembershipProgram } from './program.ts';
import { createMembershipProgram } from './saving.ts';

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
        'zh-Hant': '線上查閱紀錄、優先收到可預約時間的通知、精選健康教育。',
        'zh-Hans': '在线查阅记录、优先收到可预约时间的通知、精选健康教育。',
        en: 'Your record online, early notice of free times, and selected health education.',
      },
    },
    {
      ...{ code: 'advanced', yearlyValue: 50_000, combination: 'ANY' },
      name: { 'zh-Hant': '進階會員', 'zh-Hans': '进阶会员', en: 'Advanced' },
      benefits: {
        'zh-Hant': '優先安排時間，並保留健康講座的座位。',
        'zh-Hans': '优先安排时间，并保留健康讲座的座位。',
        en: 'Priority when times are given, and a seat at our health lectures.',
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
        'zh-Hant': '專人協助您的健康安排，並有快速預約。',
        'zh-Hans': '专人协助您的健康安排，并有快速预约。',
        en: 'A person who looks after your appointments, and fast booking.',
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

/** Of a clinic that never had a programme. */
export async function seedProgram(context: Context): Promise<void> {
  if ((await context.em.count(MembershipProgram)) === 0) await createMembershipProgram(defaultProgram, context);
}
