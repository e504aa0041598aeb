import { DateTime } from 'luxon';
import { badInput, conflict, notFound, type Context } from 'clinic-rapport';
import { clinicOf, dayOf, Service, type KeptTime, type KeptTimeAsked } from 'clinic-rapport/schema';
import { verdictOn } from '../points/reward-rules.ts';
import { isId } from '../points/reward.ts';
import type { MembershipProgram } from '../program/program.ts';
import { Tier } from '../program/tier.ts';
import { tellOfOpening } from './opening-mail.ts';
import type { OpenMembershipTimesInput } from './opening-operations.ts';
import { MembershipOpening } from './opening.ts';
import { rewardKindOf } from './words.ts';

/** That have not begun for everybody: each is one kept time of an answer. */
const mostOpen = 50;
const longestLead = 14 * 86_400_000;
const longestDays = 366;

/** The new days of a service that whoever has this rank may not book yet; -1 for who has none. */
export async function notOpenYet(
  program: MembershipProgram,
  rank: number,
  { serviceId }: KeptTimeAsked,
  context: Context,
): Promise<KeptTime[]> {
  const { em, now } = context;
  const openings = await em.find(
    MembershipOpening,
    { service: serviceId, everybodyFrom: { $gt: now }, tier: { program: program.id, retiredAt: null } },
    { populate: ['tier'], limit: mostOpen },
  );
  const { timeZone: zone } = await clinicOf(context);
  return openings
    .filter(({ tier, membersFrom }) => tier.rank > rank || membersFrom > now)
    .map(({ firstDay, lastDay }) => ({
      startsAt: DateTime.fromISO(firstDay, { zone }).toJSDate(),
      endsAt: DateTime.fromISO(lastDay, { zone }).plus({ days: 1 }).toJSDate(),
    }));
}

/**
 * Throws BAD_USER_INPUT, NOT_FOUND for what is not there, CONFLICT where there are too many, and COMPLIANCE_BLOCKED where the law
 * forbids it. No day can be kept that is near: when it comes, everybody has been able to book it.
 */
export async function openTimes(input: OpenMembershipTimesInput, context: Context): Promise<MembershipOpening> {
  const { em, now } = context;
  const { serviceId, tierId, ...times } = input;
  check(input, dayOf(input.everybodyFrom, (await clinicOf(context)).timeZone), now);
  const service = isId(serviceId) ? await em.findOne(Service, { id: serviceId, active: true }) : null;
  if (!service) throw notFound('This service');
  const tier = isId(tierId) ? await em.findOne(Tier, { id: tierId, retiredAt: null }) : null;
  if (!tier) throw notFound('This tier');
  await verdictOn({ kind: rewardKindOf.PRIORITY, announced: true }, context);
  if ((await em.count(MembershipOpening, { everybodyFrom: { $gt: now } })) >= mostOpen) {
    throw conflict(`At most ${mostOpen} openings are ahead at a time.`);
  }
  const opening = em.create(MembershipOpening, { ...times, service, tier });
  await em.flush();
  const at = input.membersFrom > now ? input.membersFrom : now;
  await context.enqueue(tellOfOpening, { openingId: opening.id }, { key: opening.id, at });
  return opening;
}

function check(input: OpenMembershipTimesInput, openDay: string, now: Date): void {
  const { firstDay, lastDay, membersFrom, everybodyFrom } = input;
  if (everybodyFrom <= now)
    throw badInput('input.everybodyFrom', 'Everybody may book in the future: there is nothing to wait for.');
  const lead = everybodyFrom.getTime() - membersFrom.getTime();
  if (lead <= 0 || lead > longestLead)
    throw badInput('input.membersFrom', 'Members may book at most 14 days before everybody.');
  if (firstDay <= openDay)
    throw badInput('input.firstDay', 'The first day must be after that on which everybody may book.');
  const days = DateTime.fromISO(lastDay).diff(DateTime.fromISO(firstDay), 'days').days;
  if (days < 0 || days > longestDays)
    throw badInput('input.lastDay', `The last day is 0 to ${longestDays} days after the first.`);
}

/** The days are for everybody from now on, and nobody is told any more. Throws NOT_FOUND. */
export async function cancelOpening(id: string, { em }: Context): Promise<void> {
  const gone = isId(id) ? await em.nativeDelete(MembershipOpening, id) : 0;
  if (gone === 0) throw notFound('This opening');
}
