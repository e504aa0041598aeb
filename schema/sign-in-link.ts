import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import { v7 as newId } from 'uuid';
import { defineJob, defineLink, defineMail, withheld, type Context, type Locale } from 'clinic-rapport';
import { clinicOf } from './clinic.ts';
import { CoreSettings } from './core-settings.ts';
import { peopleWith } from './sign-in-person.ts';

/** Milliseconds for which a link to sign in can be used. */
const lifetime = 15 * 60_000;

/** What someone typed who wants to sign in; gone once it was looked up. */
@Entity({ tableName: 'sign_in_request' })
export class SignInRequest {
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Property({ type: 'text' })
  email: string;

  @Property({ type: 'text' })
  locale: Locale;

  @Property({ type: 'datetime' })
  createdAt: Date;
}

/** A link that was mailed, as long as it can be used. */
@Entity({ tableName: 'sign_in_link' })
export class SignInLink {
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Property({ type: 'text' })
  email: string;

  @Property({ type: 'datetime' })
  createdAt: Date;

  @Property({ type: 'datetime' })
  expiresAt: Date;
}

export const signInLink = defineLink<{ linkId: string }>('sign-in', '/sign-in');

/**
 * Looks an address up and mails a link, if it is someone's. Not while it is asked for: whoever asks gets the same answer in
 * the same time, and does not learn who is a patient here.
 */
export const mailSignInLink = defineJob<{ requestId: string }>('sign-in.mail', {
  async run({ requestId }, context) {
    const { em, now } = context;
    const request = await em.findOne(SignInRequest, requestId);
    if (!request) return;
    const { email, locale } = request;
    await em.nativeDelete(SignInRequest, { id: requestId });
    await em.nativeDelete(SignInLink, { expiresAt: { $lte: now } });
    if ((await peopleWith(email, context)).length === 0) return;
    const link = em.create(SignInLink, { email, createdAt: now, expiresAt: new Date(now.getTime() + lifetime) });
    await em.flush();
    await context.send(signInMail, { address: email, locale }, { linkId: link.id });
  },
});

export const signInMail = defineMail<{ linkId: string }>('sign-in', {
  purpose: 'verification',
  stream: 'transactional',
  template: new URL('./mails/sign-in.mjml', import.meta.url),
  texts: {
    'zh-Hant': {
      subject: '您的登入連結',
      lead: '請按下方按鈕登入。',
      button: '登入',
      once: '這個連結只能使用一次，並在十五分鐘後失效。請勿轉寄這封信。',
      ignore: '若不是您要登入，請忽略這封信。',
    },
    'zh-Hans': {
      subject: '您的登录链接',
      lead: '请点击下方按钮登录。',
      button: '登录',
      once: '此链接只能使用一次，十五分钟后失效。请勿转发这封邮件。',
      ignore: '如果不是您要登录，请忽略这封邮件。',
    },
    en: {
      subject: 'Your link to sign in',
      lead: 'Please press the button to sign in.',
      button: 'Sign in',
      once: 'The link works once, and for fifteen minutes. Do not pass this mail on.',
      ignore: 'If it was not you who wants to sign in, ignore this mail.',
    },
  },
  sample: {
    clinic: { name: '晨光診所' },
    link: 'https://clinic.example/plugins/core/sign-in/sample',
  },
  fields: async ({ linkId }, context) => {
    const link = await context.em.findOne(SignInLink, linkId);
    if (!link || link.expiresAt <= context.now) return withheld('LINK_EXPIRED');
    return { clinic: { name: (await clinicOf(context)).name }, link: await urlOf(link, context) };
  },
});

/** In a frontend's page the token is behind the `#`: that part is never sent to a server, nor written into its log. */
async function urlOf({ id: linkId, expiresAt }: SignInLink, context: Context): Promise<string> {
  const own = context.link(signInLink, { linkId }, { expiresAt });
  const { signInUrl } = await context.settings(CoreSettings);
  return signInUrl ? `${signInUrl}#token=${own.split('/').at(-1)}` : own;
}
