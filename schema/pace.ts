import { type Context, type Mail, type Pacing, type Pause } from 'clinic-rapport';
import { clinicOf } from './clinic.ts';
import type { CompliancePack } from './compliance/pack.ts';
import { packsOf } from './compliance/packs.ts';
import { strictest } from './compliance/strictest.ts';
import { CoreSettings } from './core-settings.ts';
import { places, type Asked } from './disturbance.ts';
import { quietUntil, type QuietHours } from './quiet-hours.ts';
import { mailAddressOf, readerOf } from './reach.ts';

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
  const address = mail.stream === 'marketing' ? await mailAddressOf(to.patientId, context) : undefined;
  const asked: Asked = { ...bounds, patientId: to.patientId, deliveryId, priority: mail.priority ?? 0, address };
  const none = await context.load(places, JSON.stringify(asked));
  if (none === undefined) return undefined;
  if (none === 'HOUSEHOLD_SERVED') return { reason: none };
  const until = quietUntil(none.until, bounds.quietHours, bounds.timeZone) ?? none.until;
  return deferred('FREQUENCY_CAP', until, mail, deferredSince, context);
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
  const reader = await readerOf(patientId, context);
  const { quietHours, frequencyCap } = demandsOf(packsOf(compliancePack, reader?.residence));
  return {
    quietHours: {
      from: earlier(quietHours.from, quietFrom?.slice(0, 5)),
      to: later(quietHours.to, quietTo?.slice(0, 5)),
    },
    timeZone: reader?.timeZone ?? (await clinicOf(context)).timeZone,
    mails: Math.min(frequencyCap.mails, mostMarketingMails ?? Infinity),
    days: frequencyCap.days,
  };
}

type Demands = Pick<CompliancePack, 'quietHours' | 'frequencyCap'>;
const known = new Map<string, Demands>();

/** Of packs that are asked together; there are few such sets, and every mail has one. */
function demandsOf(packs: readonly CompliancePack[]): Demands {
  const names = packs.map(({ id }) => id).join();
  const demands = known.get(names) ?? strictest(packs);
  known.set(names, demands);
  return demands;
}

const earlier = (time: string, other = time): string => (other < time ? other : time);
const later = (time: string, other = time): string => (other > time ? other : time);
