import {
  defineJob,
  defineMail,
  select,
  sql,
  withheld,
  type Context,
  type Fields,
  type Locale,
  type Withheld,
} from 'clinic-rapport';
import { clinicOf, textIn } from 'clinic-rapport/schema';
import { dayIn } from '../points/day-in-words.ts';
import { isForbidden } from '../points/reward-rules.ts';
import { graceTexts } from './mails/grace-texts.ts';
import { Member } from './member.ts';
import { activeProgram } from './program.ts';
import { isLiving, today } from './rules-sql.ts';

/** Members who are told in one run. */
const batch = 200;

/** Whose tier ends with a day, `2026-08-30`. */
interface InGrace {
  readonly patientId: string;
  readonly until: string;
}

/**
 * Until when a member keeps the tier: an account of what is the patient's, without a word of what to spend to keep it, which
 * would be marketing. Nobody waits for it, so it keeps to the hours and the number of what disturbs.
 */
export const graceMail = defineMail<InGrace>('membership.grace', {
  ...{ purpose: 'account', stream: 'transactional', disturbs: true, texts: graceTexts, fields },
  template: new URL('./mails/grace.mjml', import.meta.url),
  sample: { clinic: { name: '大安診所' }, patient: '王小明', tier: '進階會員', until: '2026年8月30日' },
});

async function fields({ patientId, until }: InGrace, context: Context, locale: Locale): Promise<Fields | Withheld> {
  const member = await context.em.findOne(
    Member,
    { patient: patientId },
    { populate: ['tier', 'patient'], refresh: true },
  );
  if (!member) return withheld('NO_MEMBER');
  if (member.graceUntil !== until) return withheld('GRACE_OVER');
  const tier = textIn(member.tier.name, locale);
  if (await isForbidden([tier], patientId, context)) return withheld('COMPLIANCE_BLOCKED');
  const { name } = await clinicOf(context);
  return { clinic: { name }, patient: member.patient.name, tier, until: dayIn(until, locale) };
}

/** Once for each grace, in the morning after it began: nobody finds a tier gone without having been told. */
export const tellOfGrace = defineJob('membership.tell-of-grace', {
  every: '40 9 * * *',
  async run(_, context) {
    // Of a programme that is over nobody loses a tier.
    if (!(await activeProgram(context))) return;
    const due = await takeDue(context);
    for (const { patientId, until } of due) {
      await context.send(graceMail, { patientId }, { patientId, until }, { key: `${patientId}:${until}` });
    }
    if (due.length === batch) await context.enqueue(tellOfGrace, undefined, { key: 'more' });
  },
});

async function takeDue(context: Context): Promise<InGrace[]> {
  const { em, clinicId } = context;
  const { on } = await today(context);
  await em.flush();
  return select<InGrace>(
    em,
    sql`with due as (select m.id from membership_member m
        join patient p on p.clinic_id = m.clinic_id and p.id = m.patient_id
        where m.clinic_id = ${clinicId}::uuid and m.grace_until is not null
          and m.grace_told is distinct from m.grace_until and m.grace_until >= ${on}::date and ${isLiving}
        order by m.id limit ${batch}::integer for update of m)
      update membership_member m set grace_told = m.grace_until from due
      where m.clinic_id = ${clinicId}::uuid and m.id = due.id
      returning m.patient_id as "patientId", m.grace_until::text as until`,
  );
}
