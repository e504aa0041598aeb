import { defineLink, follows, RapportError, type Context, type Route } from 'clinic-rapport';
import {
  cancelAppointment,
  clinicOf,
  rescheduleAppointment,
  type Appointment,
  type RescheduleAppointment,
} from 'clinic-rapport/schema';
import { changeForms } from './pages/change-forms.ts';
import { obstaclePage, page, type Page } from './pages/page.ts';
import { readAppointment, standingOf, type Agreed } from './standing.ts';
import { timeAt, timesFrom } from './times.ts';

/** Lets its bearer move or cancel the appointment. */
export const changeLink = defineLink<Agreed>('recall.change', '/change');

/** GET offers times, `?from=<instant>` later ones; POST moves (`startsAt=<instant>`) or cancels (`cancel=yes`). */
export const changeRoutes: Route[] = follows(changeLink, {
  async get(agreement, request, context) {
    const { appointment, obstacle } = await standingOf(agreement, context);
    if (obstacle) return obstaclePage(appointment, obstacle, context);
    return offer(appointment, instantOf(new URL(request.url).searchParams.get('from'), context), context);
  },

  async post(agreement, request, context) {
    const { appointment, obstacle } = await standingOf(agreement, context);
    if (obstacle) return obstaclePage(appointment, obstacle, context);
    const choice = await request.formData().catch(() => new FormData());
    if (choice.get('cancel') === 'yes') return cancel(appointment, context);
    return move(appointment, instantOf(choice.get('startsAt'), context), context);
  },
});

/** Shows the free times as they are now; with a message where the choice that was posted did not do. */
async function offer(
  appointment: Appointment,
  from: Date | undefined,
  context: Context,
  refusal: Pick<Page, 'message' | 'status'> = {},
): Promise<Response> {
  const { timeZone } = await clinicOf(context);
  const times = await timesFrom(from ?? new Date(context.now.getTime() + 1), appointment, context);
  const choice = { ...times, isFirst: from === undefined, locale: appointment.patient.language, timeZone };
  return page(appointment, context, { title: 'changeTitle', ...refusal, actions: () => changeForms(choice) });
}

async function move(appointment: Appointment, startsAt: Date | undefined, context: Context): Promise<Response> {
  if (!startsAt) return offer(appointment, undefined, context, { message: 'chooseFirst', status: 422 });
  const slot = await timeAt(startsAt, appointment, context);
  const input = { id: appointment.id, startsAt, practitionerId: slot?.practitionerId };
  const moved = slot && (await reschedule(input, context));
  if (moved) return page(moved, context, { title: 'changeTitle', message: 'moved' });
  const unmoved = await readAppointment(appointment.id, context);
  return offer(unmoved, undefined, context, { message: 'taken', status: 409 });
}

/** Undefined where someone else was faster: then nothing is changed, and this transaction can go on reading. */
async function reschedule(input: RescheduleAppointment, context: Context): Promise<Appointment | undefined> {
  try {
    return await context.em.transactional(() => rescheduleAppointment(input, context));
  } catch (error) {
    if (!(error instanceof RapportError && error.code === 'SLOT_TAKEN')) throw error;
    // PostgreSQL went back to the savepoint of the nested transaction; what is in memory was not written.
    context.em.clear();
    return undefined;
  }
}

async function cancel(appointment: Appointment, context: Context): Promise<Response> {
  const cancelled = await cancelAppointment({ id: appointment.id }, context);
  return page(cancelled, context, { title: 'cancelTitle', message: 'cancelled' });
}

const furthest = 2 * 366 * 86_400_000;

/** What a client wrote as an instant to come; nonsense, the past and the far future count as nothing. */
function instantOf(text: unknown, { now }: Context): Date | undefined {
  const ahead = typeof text === 'string' ? Date.parse(text) - now.getTime() : NaN;
  return ahead > 0 && ahead < furthest ? new Date(now.getTime() + ahead) : undefined;
}
