import { select, sql, type Context } from 'clinic-rapport';
import type { Localized } from 'clinic-rapport/schema';
import { today } from '../points/open-lots.ts';
import { isAllowed } from '../points/reward-rules.ts';
import type { Among } from '../program/measures.ts';
import type { MembershipProgram } from '../program/program.ts';
import { lawOf, MembershipBenefit } from './benefit.ts';
import { daysAfter, periodOf } from './period.ts';
import type { BenefitKind } from './words.ts';

/** A benefit as it is given today to members of some rank, who live in one country. */
export interface Offer {
  readonly benefitId: string;
  /** Of the lowest tier that has it. */
  readonly rank: number;
  /** ISO 3166-1; null for those who live where the clinic is. */
  readonly residence: string | null;
  readonly period: string | null;
  readonly validUntil: string | null;
  readonly name: Localized;
  readonly kind: BenefitKind;
  readonly quota: number;
}

/** What is given today to some of these: the law of where a member lives is asked as well as that of the clinic. */
export async function offersFor(program: MembershipProgram, among: Among, context: Context): Promise<Offer[]> {
  const where = { active: true, needsApproval: false, tier: { program: program.id, retiredAt: null } };
  const benefits = await context.em.find(MembershipBenefit, where, { populate: ['tier'], orderBy: { id: 'asc' } });
  if (benefits.length === 0) return [];
  const day = await today(context);
  const offers: Offer[] = [];
  for (const { residence, patientId } of await residencesOf(among, context)) {
    for (const benefit of benefits) {
      if (await isAllowed(lawOf(benefit), context, patientId)) offers.push({ ...offerOf(benefit, day), residence });
    }
  }
  return offers;
}

function offerOf(
  { id, tier, name, kind, quota, period, validDays }: MembershipBenefit,
  day: string,
): Omit<Offer, 'residence'> {
  const { name: which, lastDay } = periodOf(period, day);
  const validUntil = validDays == null ? lastDay : daysAfter(day, validDays);
  return { benefitId: id, rank: tier.rank, period: which, validUntil, name, kind, quota };
}

/** Each country where one of these lives, with one who lives there. */
const residencesOf = (
  among: Among,
  { em, clinicId }: Context,
): Promise<{ residence: string | null; patientId: string }[]> =>
  select(
    em,
    sql`select p.residence, min(p.id::text) as "patientId" from patient p
      where p.clinic_id = ${clinicId}::uuid and ${among(sql`p.id`)} group by p.residence`,
  );
