import type { Locale, MailTexts } from 'clinic-rapport';

type Texts = Readonly<Record<Locale, MailTexts>>;

export const welcomeTexts: Texts = {
  'zh-Hant': {
    subject: '歡迎加入{{ program }}',
    greeting: '{{ patient }} 您好：',
    intro: '您現在是我們的{{ tier }}，不需要再做任何事。',
    benefits: '您可以享有：',
    care: '會員等級只決定額外的服務，您所需要的照護對每一位都相同。',
  },
  'zh-Hans': {
    subject: '欢迎加入{{ program }}',
    greeting: '{{ patient }} 您好：',
    intro: '您现在是我们的{{ tier }}，不需要再做任何事。',
    benefits: '您可以享有：',
    care: '会员等级只决定额外的服务，您所需要的照护对每一位都相同。',
  },
  en: {
    subject: 'Welcome to {{ program }}',
    greeting: 'Dear {{ patient }},',
    intro: 'You are a member now, in the tier {{ tier }}. There is nothing that you need to do.',
    benefits: 'This comes with it:',
    care: 'A tier decides on extras only: the care that you need is the same in every tier.',
  },
};

export const tierReachedTexts: Texts = {
  'zh-Hant': {
    subject: '您現在是{{ tier }}',
    greeting: '{{ patient }} 您好：',
    intro: '您在{{ program }}中已成為{{ tier }}。',
    benefits: '您可以享有：',
    care: '會員等級只決定額外的服務，您所需要的照護對每一位都相同。',
  },
  'zh-Hans': {
    subject: '您现在是{{ tier }}',
    greeting: '{{ patient }} 您好：',
    intro: '您在{{ program }}中已成为{{ tier }}。',
    benefits: '您可以享有：',
    care: '会员等级只决定额外的服务，您所需要的照护对每一位都相同。',
  },
  en: {
    subject: 'You have reached {{ tier }}',
    greeting: 'Dear {{ patient }},',
    intro: 'In {{ program }} you have reached the tier {{ tier }}.',
    benefits: 'This comes with it:',
    care: 'A tier decides on extras only: the care that you need is the same in every tier.',
  },
};
