import { defineMail, definePlugin } from 'clinic-rapport';

/** A notice to a patient and a letter of a campaign: one mail of each stream, for what is done to mails. */

const texts = {
  'zh-Hant': { subject: '診所通知', greeting: '您好' },
  'zh-Hans': { subject: '诊所通知', greeting: '您好' },
  en: { subject: 'A notice of your clinic', greeting: 'Hello' },
};
const template = new URL('./notice.mjml', import.meta.url);
const sample = { number: 1 };

export const notice = defineMail<{ number: number }>('notices.notice', {
  purpose: 'care',
  stream: 'transactional',
  template,
  texts,
  sample,
  fields: async ({ number }) => ({ number }),
});

export const campaign = defineMail<{ number: number }>('notices.campaign', {
  purpose: 'marketing',
  stream: 'marketing',
  template,
  texts,
  sample,
  fields: async ({ number }) => ({ number }),
});

export default definePlugin({
  name: 'notices',
  version: '1.0.0',
  requires: { platform: '^1.0.0', core: '^1.0.0' },
  mails: [notice, campaign],
});
