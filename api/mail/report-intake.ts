import { createCounter } from '../limits/counter.ts';
import { RapportError } from '../errors.ts';
import { systemActor, type Platform } from '../platform.ts';
import type { PlatformContext } from '../context.ts';
import { readReport, type Report } from './report.ts';
import { reconsiderMails } from './reconsider.ts';
import type { Reported } from './return-path.ts';
import { suppress, type SuppressionReason } from './suppression.ts';

/**
 * What was made of a report: the address gets no more mail, or the mail did not arrive and the address stays good; nothing,
 * as it says nothing final or nothing new; or it names no mail of ours by a signed address.
 */
export type ReportOutcome = 'suppressed' | 'bounced' | 'ignored' | 'forged';

/** Takes a raw message that came to a return path. */
export type ReportIntake = (raw: Buffer) => Promise<ReportOutcome>;

const actor = systemActor('system', 'mail-reports');
/** A mail has one report, or some where servers on its way repeat themselves. */
const reportsOfOneMail = { name: 'mail-report', points: 20, seconds: 3_600 };

/** A forged one costs no statement and is not parsed; one that is repeated changes nothing. */
export function createReportIntake(platform: Platform): ReportIntake {
  const { returnPaths, observer, logger, database } = platform;
  const repeated = createCounter(database, reportsOfOneMail);

  const take = async (raw: Buffer, reported: Reported): Promise<ReportOutcome> => {
    if (await isTooMany(repeated.spend(reported.deliveryId))) return 'ignored';
    const report = await readReport(raw).catch(() => undefined);
    if (!report) return 'ignored';
    const context = await platform.contextFor({ clinicId: reported.clinicId, actor });
    return context.transaction(() => heed(report, reported.deliveryId, context));
  };
  return async raw => {
    const reported = returnPaths.find(raw.toString('latin1'));
    const outcome = reported ? await take(raw, reported) : 'forged';
    observer.report(outcome);
    // A flood of forged ones is not to fill the log: they are counted.
    if (reported) logger.info({ verdict: outcome, delivery: reported.deliveryId }, 'A report on a mail');
    return outcome;
  };
}

async function isTooMany(spent: Promise<void>): Promise<boolean> {
  return spent.then(
    () => false,
    (error: unknown) => {
      if (error instanceof RapportError && error.code === 'RATE_LIMITED') return true;
      throw error;
    },
  );
}

async function heed(report: Report, deliveryId: string, context: PlatformContext): Promise<ReportOutcome> {
  const { em, clinicId } = context;
  const [sent] = await em.execute<{ address: string | null; patient_id: string | null }[]>(
    `select d.address, coalesce(d.patient_id, (select r.patient_id from related_person r
       where r.clinic_id = d.clinic_id and r.id = d.related_person_id)) as patient_id
     from delivery d where d.clinic_id = ? and d.id = ? and d.state in ('sent', 'uncertain') for update`,
    [clinicId, deliveryId],
  );
  if (!sent) return 'ignored';
  const isNew = report.kind === 'bounce' && (await noteBounce(report.status, deliveryId, context));
  const reason = reasonOf(report);
  if (!reason || !sent.address || (await isHeeded(reason, deliveryId, context))) return isNew ? 'bounced' : 'ignored';
  await suppress({ address: sent.address, reason, deliveryId }, context);
  if (sent.patient_id) await reconsiderMails([sent.patient_id], context);
  return 'suppressed';
}

function reasonOf(report: Report): SuppressionReason | undefined {
  if (report.kind === 'complaint') return 'COMPLAINT';
  return report.isHardBounce ? 'HARD_BOUNCE' : undefined;
}

/** The mail stays one that was sent: so it is asked of it too on what it rested. */
async function noteBounce(status: string, deliveryId: string, { em, clinicId }: PlatformContext): Promise<boolean> {
  const noted = await em.execute<object[]>(
    `update delivery set state = 'sent', reason = ? where clinic_id = ? and id = ?
       and (state = 'uncertain' or reason is null) returning id`,
    [`BOUNCED ${status}`, clinicId, deliveryId],
  );
  return noted.length > 0;
}

/** Also where the stop was lifted since: the same report again is no new reason. */
async function isHeeded(
  reason: SuppressionReason,
  deliveryId: string,
  { em, clinicId }: PlatformContext,
): Promise<boolean> {
  const [known] = await em.execute<object[]>(
    'select 1 from suppression where clinic_id = ? and delivery_id = ? and reason = ? limit 1',
    [clinicId, deliveryId, reason],
  );
  return known !== undefined;
}
