import { defineMail, withheld, type Context, type Fields, type Locale, type Mail, type Withheld } from 'clinic-rapport';
import { clinicOf, textIn } from 'clinic-rapport/schema';
import { isForbidden } from '../points/reward-rules.ts';
import { tierReachedTexts, welcomeTexts } from './mails/texts.ts';
import { Member } from './member.ts';
import type { TierChanging } from './tier-change.ts';

/** Who was told of which tier; without one, of whichever it is. */
interface Told {
  readonly patientId: string;
  readonly tierId?: string;
}

const sample: Fields = {
  clinic: { name: '大安診所' },
  patient: '王小明',
  program: '會員計畫',
  tier: '進階會員',
  benefits: '候補時優先收到空出的時間。',
};

/** Both advertise what the clinic gives beside care: only who has agreed to news of the clinic gets them. */
const tierMail = (name: string, texts: Mail<Told>['texts']): Mail<Told> =>
  defineMail<Told>(name, {
    ...{ purpose: 'marketing', stream: 'marketing', texts, sample, fields },
    template: new URL('./mails/tier.mjml', import.meta.url),
  });

export const welcomeMail = tierMail('membership.welcome', welcomeTexts);
export const tierReachedMail = tierMail('membership.tier-reached', tierReachedTexts);

async function fields({ patientId, tierId }: Told, context: Context, locale: Locale): Promise<Fields | Withheld> {
  const member = await context.em.findOne(
    Member,
    { patient: patientId },
    { populate: ['tier', 'tier.program', 'patient'], refresh: true },
  );
  if (!member) return withheld('NO_MEMBER');
  const { tier, patient } = member;
  if (tierId && tier.id !== tierId) return withheld('TIER_CHANGED');
  const words = {
    program: textIn(tier.program.name, locale),
    tier: textIn(tier.name, locale),
    benefits: textIn(tier.benefits, locale) || undefined,
  };
  if (await isForbidden(Object.values(words), patientId, context)) return withheld('COMPLIANCE_BLOCKED');
  return { clinic: { name: (await clinicOf(context)).name }, patient: patient.name, ...words };
}

/** Only of what is new and better: whoever comes lower was told when the grace began. */
export async function tellTier({ patientId, to, reason }: TierChanging, context: Context): Promise<void> {
  if (reason !== 'REACHED') return;
  const key = `membership.tier-reached:${patientId}:${to}:${context.now.toISOString().slice(0, 10)}`;
  await context.send(tierReachedMail, { patientId }, { patientId, tierId: to }, { key });
}
