import { DateTime as LocalTime } from 'luxon';
import { badInput, type Context } from 'clinic-rapport';
import { clinicOf } from './clinic.ts';
import { find, findIfGiven } from './find.ts';
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
  const first = input.first ?? 50;
  const from = new Date(Math.max(input.from.getTime(), context.now.getTime()));
  if (input.to <= input.from) throw badInput('to', '`to` must be after `from`.');
  if (input.to.getTime() - input.from.getTime() > longestWindow) throw badInput('to', 'A window has at most 31 days.');
  if (first < 1 || first > mostSlots) throw badInput('first', `\`first\` must be 1 to ${mostSlots}.`);
  const service = await find(Service, input.serviceId, context);
  const practitioner = await findIfGiven(Practitioner, input.practitionerId, context);
  if (!service.active || from >= input.to) return [];

  const schedules = await schedulesOf(service, practitioner?.id, context);
  const { timeZone } = await clinicOf(context);
  const window = { from, to: input.to };
  const isTaken = await takenIn(window, schedules, context);
  return schedules
    .flatMap(schedule => slotsOf(schedule, window, service.durationMinutes, timeZone))
    .filter(slot => !isTaken(slot))
    .sort((a, b) => a.startsAt.getTime() - b.startsAt.getTime() || a.practitionerId.localeCompare(b.practitionerId))
    .slice(0, first);
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
      atTime(start, schedule.startTime) <= start &&
      period.endsAt.getTime() <= atTime(start, schedule.endTime).toMillis(),
  );
}

async function schedulesOf(
  service: Service,
  practitionerId: string | undefined,
  context: Context,
): Promise<Schedule[]> {
  const offering = await context.em.execute<{ practitioner_id: string }[]>(
    'select practitioner_id from practitioner_service where clinic_id = ? and service_id = ?',
    [context.clinicId, service.id],
  );
  const ids = offering.map(row => row.practitioner_id);
  if (practitionerId && ids.length > 0 && !ids.includes(practitionerId)) return [];
  const practitioner = {
    active: true,
    ...(practitionerId ? { id: practitionerId } : ids.length > 0 && { id: { $in: ids } }),
  };
  return context.em.find(Schedule, { practitioner }, { limit: 2_000 });
}

/** Every slot of one schedule in the window, whether free or not. Local times that the clocks skip are left out. */
export function slotsOf(
  schedule: Schedule,
  { from, to }: { from: Date; to: Date },
  durationMinutes: number,
  zone: string,
): FreeSlot[] {
  const slots: FreeSlot[] = [];
  const lastDay = LocalTime.fromJSDate(to, { zone });
  for (let day = LocalTime.fromJSDate(from, { zone }).startOf('day'); day <= lastDay; day = day.plus({ days: 1 })) {
    if (day.weekday !== schedule.weekday || !holdsOn(schedule, day.toISODate()!)) continue;
    const [begin, end] = [minutesOf(schedule.startTime), minutesOf(schedule.endTime)];
    for (let minute = begin; minute + durationMinutes <= end; minute += schedule.slotMinutes) {
      const start = day.set({ hour: Math.floor(minute / 60), minute: minute % 60 });
      if (start.hour * 60 + start.minute !== minute) continue;
      const startsAt = start.toJSDate();
      if (startsAt < from || startsAt >= to) continue;
      slots.push({
        startsAt,
        endsAt: new Date(startsAt.getTime() + durationMinutes * 60_000),
        practitionerId: schedule.practitioner.id,
        locationId: schedule.location.id,
        ...(schedule.room && { roomId: schedule.room.id }),
      });
    }
  }
  return slots;
}

type Taken = { resource_id: string; starts_at: string | Date; ends_at: string | Date };

/** Whether a slot's practitioner or room is taken. The table names no patient, so a patient's own rights suffice. */
async function takenIn(
  window: { from: Date; to: Date },
  schedules: readonly Schedule[],
  { em, clinicId }: Context,
): Promise<(slot: FreeSlot) => boolean> {
  const resources = new Set(
    schedules.flatMap(({ practitioner, room }) => [practitioner.id, ...(room ? [room.id] : [])]),
  );
  const rows = await em.execute<Taken[]>(
    `select resource_id, starts_at, ends_at from taken_time
     where clinic_id = ? and resource_id in (select value::uuid from jsonb_array_elements_text(?::jsonb))
       and tstzrange(starts_at, ends_at, '[)') && tstzrange(?::timestamptz, ?::timestamptz + interval '1 day', '[)')`,
    [clinicId, JSON.stringify([...resources]), window.from.toISOString(), window.to.toISOString()],
  );
  const taken = Map.groupBy(
    rows.map(row => ({
      id: row.resource_id,
      from: Number(new Date(row.starts_at)),
      to: Number(new Date(row.ends_at)),
    })),
    ({ id }) => id,
  );
  return slot =>
    [slot.practitionerId, slot.roomId].some(resource =>
      taken.get(resource ?? '')?.some(({ from, to }) => from < slot.endsAt.getTime() && slot.startsAt.getTime() < to),
    );
}

const holdsOn = ({ validFrom, validUntil }: Schedule, day: string): boolean =>
  validFrom <= day && (validUntil == null || day <= validUntil);

const minutesOf = (time: string): number => {
  const [hours, minutes] = time.split(':').map(Number) as [number, number];
  return hours * 60 + minutes;
};

const atTime = (day: LocalTime, time: string): LocalTime => {
  const minutes = minutesOf(time);
  return day.startOf('day').set({ hour: Math.floor(minutes / 60), minute: minutes % 60 });
};
