import { Arg, Authorized, Ctx, Field, ID, InputType, Int, Mutation, Resolver } from 'type-graphql';
import {
  badInput,
  conflict,
  defineJob,
  defineLimit,
  defineMail,
  definePermission,
  Idempotent,
  RapportError,
  withheld,
  type Context,
} from 'clinic-rapport';
import { BreakGlass } from './break-glass.ts';
import { clinicOf } from './clinic.ts';
import { find, orNotFound } from './find.ts';
import { codePoints, requiredText } from './text.ts';
import { User, UserRole } from './user.ts';

const [shortest, longest] = [5, 60];
/** Of one operator in a day, in one clinic. */
const glasses = defineLimit('break-glass', 10, 86_400);

export const breakGlassUse = definePermission('break-glass.use', 'Read patients’ data for a while, for a reason', [
  'operator',
]);

@InputType({ description: 'Why an operator has to read patients’ data, and for how long.' })
export class BreakGlassInput {
  @Field(() => String, { description: 'Why, 10 to 500 characters. The owners of the clinic get it by mail.' })
  reason: string;

  @Field(() => Int, { description: `For how many minutes, ${shortest} to ${longest}.` })
  minutes: number;
}

@InputType({ description: 'What is to be over before its time.' })
export class EndBreakGlassInput {
  @Field(() => ID, { description: 'Id of the record.' })
  id: string;
}

@Resolver()
export class BreakGlassOperations {
  @Authorized(breakGlassUse)
  @Idempotent()
  @Mutation(() => BreakGlass, {
    description:
      'Lets the operator who asks read patients’ data in this clinic for some minutes: names, addresses, appointments, visits, consents and mails; no diagnoses, no numbers, and nothing can be changed. Every owner is told at once by mail, and everything that is read is in the audit.',
  })
  breakGlass(
    @Arg('input', () => BreakGlassInput, { description: 'Why, and for how long.' }) input: BreakGlassInput,
    @Ctx() context: Context,
  ): Promise<BreakGlass> {
    return breakGlass(input, context);
  }

  @Authorized(breakGlassUse)
  @Mutation(() => BreakGlass, { description: 'Ends it before its time; the operator’s own alone.' })
  async endBreakGlass(
    @Arg('input', () => EndBreakGlassInput, { description: 'What ends.' }) { id }: EndBreakGlassInput,
    @Ctx() context: Context,
  ): Promise<BreakGlass> {
    const glass = await find(BreakGlass, id, context);
    if (glass.user.id !== context.actor.id) throw new RapportError('FORBIDDEN', 'It is not yours.');
    return end(glass, context);
  }
}

async function breakGlass({ reason, minutes }: BreakGlassInput, context: Context): Promise<BreakGlass> {
  const { em, now, actor } = context;
  if (actor.kind !== 'user') throw new RapportError('FORBIDDEN', 'This is for people, who answer for it.');
  const why = requiredText(reason, 'input.reason', 500);
  if (codePoints(why.trim()) < 10) throw badInput('input.reason', 'Say why, in 10 characters or more.');
  if (minutes < shortest || minutes > longest)
    throw badInput('input.minutes', `It lasts ${shortest} to ${longest} minutes.`);
  await context.spend(glasses, `${context.clinicId} ${actor.id}`);
  const user = await find(User, actor.id, context);
  if (await em.count(UserRole, { user, role: 'emergency' })) throw conflict('It lasts still: end it first.');
  const until = new Date(now.getTime() + minutes * 60_000);
  em.create(UserRole, { user, role: 'emergency', until, createdAt: now });
  const glass = em.create(BreakGlass, { user, reason: why, beganAt: now, until });
  await em.flush();
  await context.enqueue(endBreakGlassJob, { id: glass.id }, { at: until, key: glass.id });
  await tellOwners(glass, context);
  return glass;
}

async function tellOwners(glass: BreakGlass, context: Context): Promise<void> {
  const owners = await context.em.find(UserRole, { role: 'owner', user: { disabledAt: null } }, { limit: 100 });
  for (const { user } of owners)
    await context.send(breakGlassMail, { userId: user.id }, { id: glass.id }, { key: `${glass.id} ${user.id}` });
}

/** Takes the right away; whoever follows a subscription by it is cut off by that. */
async function end(glass: BreakGlass, { em, now }: Context): Promise<BreakGlass> {
  await em.nativeDelete(UserRole, { user: glass.user, role: 'emergency' });
  glass.endedAt ??= now;
  await em.flush();
  return glass;
}

/** At the minute. A login checks the time by itself; this ends what is open. */
export const endBreakGlassJob = defineJob<{ id: string }>('break-glass.end', {
  async run({ id }, context) {
    const glass = orNotFound<BreakGlass, BreakGlass>(BreakGlass, await context.em.findOne(BreakGlass, id));
    if (!glass.endedAt) await end(glass, context);
  },
});

export const breakGlassMail = defineMail<{ id: string }>('break-glass.opened', {
  purpose: 'account',
  stream: 'transactional',
  template: new URL('./mails/break-glass.mjml', import.meta.url),
  texts: {
    'zh-Hant': {
      subject: '系統維運人員正在查看病人資料',
      lead: '一位系統維運人員取得了暫時查看病人資料的權限：',
      who: '人員',
      why: '理由',
      until: '最遲到',
      hint: '這段期間讀取的一切都記在稽核紀錄中。若您不知情，請立即與維運單位聯絡。',
    },
    'zh-Hans': {
      subject: '系统维护人员正在查看患者数据',
      lead: '一位系统维护人员取得了暂时查看患者数据的权限：',
      who: '人员',
      why: '理由',
      until: '最迟到',
      hint: '这段期间读取的一切都记在审计记录中。如果您不知情，请立即与维护单位联系。',
    },
    en: {
      subject: 'An operator is reading patients’ data',
      lead: 'An operator of the system may read patients’ data for a while:',
      who: 'Who',
      why: 'Why',
      until: 'Until at the latest',
      hint: 'Everything that is read is in the audit. If you know nothing of it, contact those who run the system at once.',
    },
  },
  sample: {
    clinic: { name: '晨光診所' },
    name: 'Operator',
    reason: 'Mails of this morning are missing',
    untilTime: '2026-06-01 10:00',
  },
  fields: async ({ id }, context, locale) => {
    const glass = await context.em.findOne(BreakGlass, id, { populate: ['user'] });
    if (!glass) return withheld('BREAK_GLASS_UNKNOWN');
    const { name, timeZone } = await clinicOf(context);
    const time = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short', timeZone });
    return { clinic: { name }, name: glass.user.name, reason: glass.reason, untilTime: time.format(glass.until) };
  },
});
