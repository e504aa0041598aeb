import { defineLink, defineMail, withheld, type Context } from 'clinic-rapport';
import { clinicOf } from './clinic.ts';
import { UserInvitation } from './invitation.ts';

export const acceptInvitationLink = defineLink<{ invitationId: string }>('invitation.accept', '/invitation');

/** Why an invitation cannot be accepted, or undefined. */
export function whyClosed(invitation: UserInvitation, now: Date): 'USED' | 'REVOKED' | 'EXPIRED' | undefined {
  if (invitation.acceptedAt) return 'USED';
  if (invitation.revokedAt) return 'REVOKED';
  return invitation.expiresAt <= now ? 'EXPIRED' : undefined;
}

export const linkTo = ({ id, expiresAt }: UserInvitation, context: Context): string =>
  context.link(acceptInvitationLink, { invitationId: id }, { expiresAt });

export const invitationMail = defineMail<{ invitationId: string }>('invitation', {
  purpose: 'verification',
  stream: 'transactional',
  template: new URL('./mails/invitation.mjml', import.meta.url),
  texts: {
    'zh-Hant': {
      subject: '邀請您加入診所系統',
      greeting: '您好：',
      lead: '診所邀請您使用系統。請按下方按鈕，確認後即可登入。',
      button: '查看邀請',
      until: '這份邀請的期限：',
      ignore: '若您不認識這家診所，請忽略這封信，不會有任何變更。',
    },
    'zh-Hans': {
      subject: '邀请您加入诊所系统',
      greeting: '您好：',
      lead: '诊所邀请您使用系统。请点击下方按钮，确认后即可登录。',
      button: '查看邀请',
      until: '此邀请的期限：',
      ignore: '如果您不认识这家诊所，请忽略这封邮件，不会有任何变更。',
    },
    en: {
      subject: 'You are invited to work with us',
      greeting: 'Hello',
      lead: 'The clinic invites you to its system. Please open the invitation and accept it; then you can sign in.',
      button: 'Open the invitation',
      until: 'It can be accepted until',
      ignore: 'If you do not know this clinic, ignore this mail: nothing will change.',
    },
  },
  sample: {
    clinic: { name: '晨光診所' },
    name: '林怡君',
    until: '2026-06-08 09:00',
    link: 'https://clinic.example/plugins/core/invitation/sample',
  },
  fields: async ({ invitationId }, context, locale) => {
    const invitation = await context.em.findOne(UserInvitation, invitationId);
    const reason = invitation ? whyClosed(invitation, context.now) : 'REVOKED';
    if (!invitation || reason) return withheld(`INVITATION_${reason}`);
    const { name, timeZone } = await clinicOf(context);
    const until = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short', timeZone });
    return {
      clinic: { name },
      name: invitation.name,
      until: until.format(invitation.expiresAt),
      link: linkTo(invitation, context),
    };
  },
});
