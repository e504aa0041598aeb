/** What the core lists of reports. */
import { reportFileRoutes } from './file.ts';
import { reportLink } from './link.ts';
import { recordUpdatedMail, reportReadyMail } from './mails.ts';
import { recordLink } from '../record/link.ts';
import { recordRoutes } from '../record/page.ts';
import { reportRoutes } from './page.ts';
import { ReportReleaseResolver } from './release.ts';
import { PatientReports, Report, ReportOpening, reportRead, ReportResolver, reportWrite } from './report.ts';
import { ReportWritingResolver } from './writing.ts';

export const entities = [Report, ReportOpening];
export const resolvers = [ReportResolver, PatientReports, ReportWritingResolver, ReportReleaseResolver];
export const permissions = [reportRead, reportWrite];
export const mails = [reportReadyMail, recordUpdatedMail];
export const links = [reportLink, recordLink];
export const routes = [...reportRoutes, ...recordRoutes, ...reportFileRoutes];
