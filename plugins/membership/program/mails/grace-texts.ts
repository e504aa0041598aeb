import type { Locale, MailTexts } from 'clinic-rapport';

export const graceTexts: Readonly<Record<Locale, MailTexts>> = {
  'zh-Hant': {
    subject: '您的{{ tier }}資格保留至{{ until }}',
    greeting: '{{ patient }} 您好：',
    lead: '您目前未符合{{ tier }}的條件。您的資格會保留至以下日期，其間若再次符合條件即不變：',
    care: '會員等級只決定額外的服務，您所需要的照護對每一位都相同。這是您會員帳戶的通知。',
  },
  'zh-Hans': {
    subject: '您的{{ tier }}资格保留至{{ until }}',
    greeting: '{{ patient }} 您好：',
    lead: '您目前未符合{{ tier }}的条件。您的资格会保留至以下日期，其间若再次符合条件即不变：',
    care: '会员等级只决定额外的服务，您所需要的照护对每一位都相同。这是您会员账户的通知。',
  },
  en: {
    subject: 'You keep {{ tier }} until {{ until }}',
    greeting: 'Dear {{ patient }},',
    lead: 'At present the conditions of your tier {{ tier }} do not hold. You keep it until the day below, and longer if they hold again by then:',
    care: 'A tier decides on extras only: the care that you need is the same in every tier. This is a notice about your membership.',
  },
};
