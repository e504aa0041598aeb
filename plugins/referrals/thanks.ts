import type { Context, Locale } from 'clinic-rapport';
import { presentConsent, type MailAddition, type MailAdditionAsked } from 'clinic-rapport/schema';
import { referralLinkOf } from './link.ts';
import { ReferralsSettings } from './settings.ts';

/** Nothing of a reward: what may be said of one is for the page behind the link, where the rules were asked. */
const words: Readonly<Record<Locale, Pick<MailAddition, 'text' | 'button'>>> = {
  'zh-Hant': { text: '身邊有人需要我們嗎？您可以把這個連結交給朋友。', button: '邀請朋友' },
  'zh-Hans': { text: '身边有人需要我们吗？您可以把这个链接交给朋友。', button: '邀请朋友' },
  en: { text: 'Does someone around you need us? You can hand this link to a friend.', button: 'Invite a friend' },
};

/** Below the thanks for a booking, for who agreed to marketing; who has no code gets one by it. */
export async function inviteToInvite(
  { mail, patientId, locale }: MailAdditionAsked,
  context: Context,
): Promise<MailAddition | undefined> {
  if (mail !== 'recall.booked') return undefined;
  const { mentionInThanks } = await context.settings(ReferralsSettings);
  if (!mentionInThanks) return undefined;
  const consent = await presentConsent(patientId, 'MARKETING', 'EMAIL', context);
  if (consent?.decision !== 'GIVEN') return undefined;
  return { ...words[locale], url: await referralLinkOf(patientId, context) };
}
