import type { EntityName, FilterQuery } from '@mikro-orm/postgresql';
import { DateTime } from 'luxon';
import { badInput, conflict, notFound, type Context } from 'clinic-rapport';
import { clinicOf, Practitioner, Service, type KeptTime, type KeptTimeAsked } from 'clinic-rapport/schema';
import { isId } from '../points/reward.ts';
import { tierOfPatient } from '../program/member.ts';
import { activeProgram } from '../program/program.ts';
import { Tier } from '../program/tier.ts';
import type { KeepMembershipTimeInput } from './keeping-operations.ts';
import { MembershipKeptTime } from './kept-hours.ts';
import { notOpenYet } from './opening-times.ts';

/** Of a clinic: five days of each in a month are what the core looks at in one answer. */
const mostKept = 200;
const longestRelease = 720;

/**
 * Which times are kept for a higher tier than that of this patient, or not open yet. An hour that is given free some hours before is kept only
 * as far as it lies further ahead than that.
 */
export async function keepTimes(asked: KeptTimeAsked, context: Context): Promise<KeptTime[]> {
  const { em, now } = context;
  const program = await activeProgram(context);
  if (!program) return [];
  const tier = asked.patientId === undefined ? undefined : await context.load(tierOfPatient, asked.patientId);
  const rank = tier?.rank ?? -1;
  const higher = { program: program.id, retiredAt: null, rank: { $gt: rank } };
  const kept = await em.find(
    MembershipKeptTime,
    { tier: higher, $or: [{ service: asked.serviceId }, { service: null }] },
    { limit: mostKept },
  );
  const { timeZone } = await clinicOf(context);
  const hours = kept.flatMap(time =>
    [...occurrences(time, asked, timeZone)].flatMap(when => stillKept(when, time, now)),
  );
  return [...(await notOpenYet(program, rank, asked, context)), ...hours];
}

/** The days of a window on which it is, with the hours on each. */
function* occurrences(
  { weekday, startTime, endTime, practitioner }: MembershipKeptTime,
  { from, to }: KeptTimeAsked,
  zone: string,
): Generator<KeptTime> {
  const begin = DateTime.fromJSDate(from, { zone }).startOf('day');
  let day = begin.plus({ days: (weekday - begin.weekday + 7) % 7 });
  for (; day.toMillis() < to.getTime(); day = day.plus({ weeks: 1 })) {
    const [startsAt, endsAt] = [at(day, startTime), at(day, endTime)];
    yield { startsAt, endsAt, ...(practitioner && { practitionerId: practitioner.id }) };
  }
}

function at(day: DateTime, time: string): Date {
  const [hour, minute] = time.split(':').map(Number);
  return day.set({ hour, minute }).toJSDate();
}

function stillKept(hours: KeptTime, { releaseHours }: MembershipKeptTime, now: Date): KeptTime[] {
  if (releaseHours == null) return [hours];
  const free = new Date(now.getTime() + releaseHours * 3_600_000 + 1);
  const startsAt = free > hours.startsAt ? free : hours.startsAt;
  return startsAt < hours.endsAt ? [{ ...hours, startsAt }] : [];
}

/** Throws BAD_USER_INPUT, NOT_FOUND for what is not there, and CONFLICT where there are too many. */
export async function keepTime(input: KeepMembershipTimeInput, context: Context): Promise<MembershipKeptTime> {
  check(input);
  const { tierId, serviceId, practitionerId, ...hours } = input;
  const { em } = context;
  const tier = await given(Tier, tierId, 'This tier', context);
  if (!tier || tier.retiredAt) throw notFound('This tier');
  const service = await given(Service, serviceId, 'This service', context);
  const practitioner = await given(Practitioner, practitionerId, 'This practitioner', context);
  if ((await em.count(MembershipKeptTime)) >= mostKept) throw conflict(`A clinic keeps at most ${mostKept} times.`);
  const kept = em.create(MembershipKeptTime, { ...hours, tier, service, practitioner });
  await em.flush();
  return kept;
}

async function given<T extends { id: string }>(
  type: EntityName<T>,
  id: string | null | undefined,
  what: string,
  { em }: Context,
): Promise<T | null> {
  if (id == null) return null;
  const found = isId(id) ? await em.findOne(type, { id } as FilterQuery<T>) : null;
  if (!found) throw notFound(what);
  return found as T;
}

function check({ weekday, startTime, endTime, releaseHours, serviceId }: KeepMembershipTimeInput): void {
  if (weekday < 1 || weekday > 7) throw badInput('input.weekday', 'A day of the week is 1 (Monday) to 7 (Sunday).');
  if (endTime <= startTime) throw badInput('input.endTime', 'The end must be after the start.');
  if (releaseHours != null && (releaseHours < 1 || releaseHours > longestRelease)) {
    throw badInput('input.releaseHours', `\`input.releaseHours\` must be 1 to ${longestRelease}.`);
  }
  if (releaseHours == null && serviceId == null) {
    throw badInput(
      'input.serviceId',
      'Slots for members only must name the service: those of all services are released.',
    );
  }
}

/** Throws NOT_FOUND. */
export async function releaseTime(id: string, { em }: Context): Promise<void> {
  const gone = isId(id) ? await em.nativeDelete(MembershipKeptTime, id) : 0;
  if (gone === 0) throw notFound('This kept time');
}
