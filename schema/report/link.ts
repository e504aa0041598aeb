import { defineLink, type Context } from 'clinic-rapport';
import { presentConsent } from '../consent.ts';
import { Patient } from '../patient.ts';
import { Report } from './report.ts';

/** Milliseconds for which a mailed link opens a report. */
export const linkLifetime = 7 * 24 * 3_600_000;
/** Openings of the report or its file by one link; then staff share it again. */
export const mostOpenings = 30;

export interface ReportOf {
  readonly reportId: string;
  /** Of the report’s links the one that this is. */
  readonly number: number;
}

/** Opens a report to its patient, after a step-up. */
export const reportLink = defineLink<ReportOf>('report.open', '/report');

/** The report, if this link still opens it: given out, not shared anew since, and not opened too often. */
export async function sharedReport({ reportId, number }: ReportOf, context: Context): Promise<Report | undefined> {
  const report = await context.em.findOne(Report, reportId);
  const isGood = report?.status === 'PUBLISHED' && report.linkNumber === number && report.openingCount < mostOpenings;
  return isGood && (await mayShare(report.patient.id, context)) ? report : undefined;
}

/** A patient who wants no mails of care any more wants no links of them either; nor does who is erased or dead. */
export async function mayShare(patientId: string, context: Context): Promise<boolean> {
  const patient = await context.em.findOne(Patient, patientId);
  if (!patient || patient.erasedAt || patient.deceasedOn) return false;
  return (await presentConsent(patientId, 'CARE', 'EMAIL', context))?.decision !== 'WITHDRAWN';
}
