import { DateTime as LocalTime } from 'luxon';
import { badInput, type Context } from 'clinic-rapport';
import { clinicOf } from './clinic.ts';
import { find, findIfGiven } from './find.ts';
import { keptFrom } from './kept-time.ts';
import { Practitioner } from './practitioner.ts';
import { Schedule } from './schedule.ts';
import { Service } from './service.ts';

const longestWindow = 31 * 86_400_000;
const mostSlots = 200;

/** A piece of a practitioner's bookable time that is free now. */
export interface FreeSlot {
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly practitionerId: string;
  readonly locationId: string;
  readonly roomId?: string;
}

export interface FreeSlotsInput {
  serviceId: string;
  /** Any practitioner who offers the service, if not given. */
  practitionerId?: string | null;
  /** For whom: times that are kept for others are left out. Staff may leave it open, and get all. */
  patientId?: string | null;
  /** Inclusive. */
  from: Date;
  /** Exclusive, at most 31 days after `from`. */
  to: Date;
  /** 1..200; 50 if not given. */
  first?: number | null;
}

/**
 * The first free slots of a service in a window, the earliest first. Nothing is held: who books later may get SLOT_TAKEN.
 * Throws NOT_FOUND for an unknown service or practitioner, BAD_USER_INPUT for a window that is empty or too long.
 */
export async function freeSlots(input: FreeSlotsInput, context: Context): Promise<FreeSlot[]> {
  const first = checked(input);
  const service = await find(Service, input.serviceId, context);
  const practitioner = await findIfGiven(Practitioner, input.practitionerId, context);
  const schedules = service.active ? await schedulesOf(service, practitioner?.id, context) : [];
  const { timeZone: zone } = await clinicOf(context);
  const window = { from: new Date(Math.max(input.from.getTime(), context.now.getTime())), to: input.to };
  const isKept = await keptFrom({ serviceId: service.id, patientId: input.patientId ?? undefined, ...window }, context);
  const slots: FreeSlot[] = [];
  // Day by day: most who ask want the next free hour, not the month.
  for (const day of daysOf(window, zone)) {
    if (slots.length >= first) break;
    const all = schedules.flatMap(schedule => slotsOf(schedule, day, service.durationMinutes));
    slots.push(
      ...(await freeOf(
        all.filter(slot => slot.startsAt >= window.from && slot.startsAt < window.to && !isKept(slot)),
        context,
      )),
    );
  }
  return slots.slice(0, first);
}

function checked({ from, to, first }: FreeSlotsInput): number {
  if (to <= from) throw badInput('to', '`to` must be after `from`.');
  if (to.getTime() - from.getTime() > longestWindow) throw badInput('to', 'A window has at most 31 days.');
  const count = first ?? 50;
  if (count < 1 || count > mostSlots) throw badInput('first', `\`first\` must be 1 to ${mostSlots}.`);
  return count;
}

function* daysOf({ from, to }: { from: Date; to: Date }, zone: string): Generator<LocalTime> {
  let day = LocalTime.fromJSDate(from, { zone }).startOf('day');
  for (; day.toMillis() < to.getTime(); day = day.plus({ days: 1 })) yield day;
}

/** The schedule that a time of a practitioner lies in whole, if there is one. */
export async function scheduleAt(
  practitioner: Practitioner,
  period: { startsAt: Date; endsAt: Date },
  context: Context,
): Promise<Schedule | undefined> {
  const { timeZone } = await clinicOf(context);
  const start = LocalTime.fromJSDate(period.startsAt, { zone: timeZone });
  const schedules = await context.em.find(Schedule, { practitioner, weekday: start.weekday });
  return schedules.find(
    schedule =>
      holdsOn(schedule, start.toISODate()!) &&
      atMinute(start, minutesOf(schedule.startTime)) <= start &&
      period.endsAt.getTime() <= atMinute(start, minutesOf(schedule.endTime)).toMillis(),
  );
}

/** A service that nobody in particular offers is offered by all. */
async function offeringOf(serviceId: string, { em, clinicId }: Context): Promise<string[]> {
  const rows = await em.execute<{ practitioner_id: string }[]>(
    'select practitioner_id from practitioner_service where clinic_id = ? and service_id = ?',
    [clinicId, serviceId],
  );
  return rows.map(row => row.practitioner_id);
}

/** Whether patients can have the service from this practitioner. */
export async function offers(practitionerId: string, serviceId: string, context: Context): Promise<boolean> {
  const ids = await offeringOf(serviceId, context);
  return ids.length === 0 || ids.includes(practitionerId);
}

async function schedulesOf(
  service: Service,
  practitionerId: string | undefined,
  context: Context,
): Promise<Schedule[]> {
  const ids = await offeringOf(service.id, context);
  if (practitionerId && ids.length > 0 && !ids.includes(practitionerId)) return [];
  const practitioner = {
    active: true,
    ...(practitionerId ? { id: practitionerId } : ids.length > 0 && { id: { $in: ids } }),
  };
  return context.em.find(Schedule, { practitioner }, { limit: 2_000 });
}

/** Every slot of one schedule on one day, free or not. A local time that the clocks skip is left out. */
export function slotsOf(schedule: Schedule, day: LocalTime, durationMinutes: number): FreeSlot[] {
  const slots: FreeSlot[] = [];
  if (day.weekday !== schedule.weekday || !holdsOn(schedule, day.toISODate()!)) return slots;
  const [begin, end] = [minutesOf(schedule.startTime), minutesOf(schedule.endTime)];
  for (let minute = begin; minute + durationMinutes <= end; minute += schedule.slotMinutes) {
    const start = atMinute(day, minute);
    if (start.hour * 60 + start.minute !== minute) continue;
    slots.push({
      startsAt: start.toJSDate(),
      endsAt: start.plus({ minutes: durationMinutes }).toJSDate(),
      practitionerId: schedule.practitioner.id,
      locationId: schedule.location.id,
      ...(schedule.room && { roomId: schedule.room.id }),
    });
  }
  return slots;
}

/** Those of one day whose practitioner and room are free. The table names no patient: a patient's own rights suffice. */
async function freeOf(slots: readonly FreeSlot[], { em, clinicId }: Context): Promise<FreeSlot[]> {
  if (slots.length === 0) return [];
  const resources = [...new Set(slots.flatMap(resourcesOf))];
  const sorted = slots.toSorted((a, b) => a.startsAt.getTime() - b.startsAt.getTime());
  const begin = sorted[0]!.startsAt;
  const end = new Date(Math.max(...slots.map(({ endsAt }) => endsAt.getTime())));
  // Comparisons that an index may serve under row-level security; nothing takes longer than a day.
  const rows = await em.execute<{ id: string; from: number; to: number }[]>(
    `select resource_id as id, extract(epoch from starts_at)::float8 * 1000 as "from",
       extract(epoch from ends_at)::float8 * 1000 as "to"
     from taken_time where clinic_id = ? and resource_id in (select value::uuid from jsonb_array_elements_text(?::jsonb))
       and starts_at > ?::timestamptz - interval '1 day' and starts_at < ?::timestamptz and ends_at > ?::timestamptz`,
    [clinicId, JSON.stringify(resources), begin.toISOString(), end.toISOString(), begin.toISOString()],
  );
  const taken = Map.groupBy(rows, ({ id }) => id);
  const isFree = (slot: FreeSlot): boolean =>
    !resourcesOf(slot).some(id =>
      taken.get(id)?.some(({ from, to }) => from < slot.endsAt.getTime() && slot.startsAt.getTime() < to),
    );
  return sorted.filter(isFree);
}

const resourcesOf = ({ practitionerId, roomId }: FreeSlot): string[] =>
  roomId ? [practitionerId, roomId] : [practitionerId];

const holdsOn = ({ validFrom, validUntil }: Schedule, day: string): boolean =>
  validFrom <= day && (validUntil == null || day <= validUntil);

const minutesOf = (time: string): number => {
  const [hours, minutes] = time.split(':').map(Number) as [number, number];
  return hours * 60 + minutes;
};

const atMinute = (day: LocalTime, minute: number): LocalTime =>
  day.startOf('day').set({ hour: Math.floor(minute / 60), minute: minute % 60 });
