import { defineLoader, type Context, type Mail, type Pacing, type Pause } from 'clinic-rapport';
import { clinicOf } from './clinic.ts';
import { packsOf } from './compliance/packs.ts';
import { strictest } from './compliance/strictest.ts';
import { CoreSettings } from './core-settings.ts';
import { places } from './disturbance.ts';
import { isServed } from './household.ts';
import { quietUntil, type QuietHours } from './quiet-hours.ts';
import { mailAddressOf } from './reach.ts';

/** Hours for which a mail is put off that does not say for how many. */
const patience = 168;
const hour = 3_600_000;

interface Bounds {
  readonly quietHours: QuietHours;
  /** IANA. */
  readonly timeZone: string;
  readonly mails: number;
  readonly days: number;
}

/**
 * The one budget of what disturbs a patient, over all plugins: none of it in the quiet hours where the patient lives, and no more
 * than so many in so many days, the more important ones first. Both are the strictest of the packs that count; a clinic can ask for
 * less. What has waited for longer than it may is dropped.
 */
export async function pace(
  { mail, to, deliveryId, deferredSince }: Pacing,
  context: Context,
): Promise<Pause | undefined> {
  if (!('patientId' in to)) return undefined;
  const bounds = await boundsOf(to.patientId, context);
  const quiet = quietUntil(context.now, bounds.quietHours, bounds.timeZone);
  if (quiet) return deferred('QUIET_HOURS', quiet, mail, deferredSince, context);
  const asked = { ...bounds, patientId: to.patientId, deliveryId, priority: mail.priority ?? 0 };
  const free = await context.load(places, JSON.stringify(asked));
  if (free === undefined) return servedAlready(to.patientId, mail, deliveryId, context);
  const until = quietUntil(free, bounds.quietHours, bounds.timeZone) ?? free;
  return deferred('FREQUENCY_CAP', until, mail, deferredSince, context);
}

/** An offer that another one of the household has got today comes to the mailbox once. */
async function servedAlready(
  patientId: string,
  { stream }: Mail<any>,
  deliveryId: string | undefined,
  context: Context,
): Promise<Pause | undefined> {
  const address = await mailAddressOf(patientId, context);
  if (stream !== 'marketing' || deliveryId === undefined || address === undefined) return undefined;
  const isLate = await context.load(isServed, JSON.stringify({ deliveryId, patientId, address }));
  return isLate ? { reason: 'HOUSEHOLD_SERVED' } : undefined;
}

/** What comes a week late may be of use still; what comes later than it may is not sent at all. */
function deferred(
  reason: string,
  until: Date,
  mail: Mail<any>,
  deferredSince: Date | undefined,
  { now }: Context,
): Pause {
  const last = (deferredSince ?? now).getTime() + (mail.patience ?? patience) * hour;
  return until.getTime() > last ? { reason } : { reason, until };
}

async function boundsOf(patientId: string, context: Context): Promise<Bounds> {
  const { compliancePack, mostMarketingMails, quietFrom, quietTo } = await context.settings(CoreSettings);
  const patient = await context.load(patients, patientId);
  const { quietHours, frequencyCap } = strictest(packsOf(compliancePack, patient?.residence));
  return {
    quietHours: {
      from: earlier(quietHours.from, quietFrom?.slice(0, 5)),
      to: later(quietHours.to, quietTo?.slice(0, 5)),
    },
    timeZone: patient?.time_zone ?? (await clinicOf(context)).timeZone,
    mails: Math.min(frequencyCap.mails, mostMarketingMails ?? Infinity),
    days: frequencyCap.days,
  };
}

const earlier = (time: string, other = time): string => (other < time ? other : time);
const later = (time: string, other = time): string => (other > time ? other : time);

const patients = defineLoader<string, { residence: string | null; time_zone: string | null } | undefined>(
  async (ids, { em, clinicId }) => {
    const rows = await em.execute<{ id: string; residence: string | null; time_zone: string | null }[]>(
      `select id, residence, time_zone from patient
       where clinic_id = ? and id in (select value::uuid from jsonb_array_elements_text(?::jsonb))`,
      [clinicId, JSON.stringify(ids)],
    );
    const byId = new Map(rows.map(row => [row.id, row]));
    return ids.map(id => byId.get(id));
  },
);
