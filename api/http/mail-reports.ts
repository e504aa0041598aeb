import type { IncomingMessage } from 'node:http';
import { tooMany } from '../limits/counter.ts';
import type { ReportIntake } from '../mail/report-intake.ts';
import { readBytes } from './body.ts';

/** Where a mail server hands over what comes to return paths, a raw message in each POST. */
export const mailReportsPath = '/mail-reports';

/** Bytes of one: what it says stands before the mail that it is about. */
const longest = 256 * 1024;
/** Taken at once by one process; a server that is told to wait keeps the rest. */
const atOnce = 8;
const patience = 30_000;

/** Answers 204 whatever the report says: a forger learns nothing. RATE_LIMITED where too many come at once. */
export function createMailReports(take: ReportIntake): (request: IncomingMessage) => Promise<Response> {
  let underWay = 0;
  return async request => {
    if (underWay >= atOnce) throw tooMany(patience);
    underWay += 1;
    try {
      await take(await readBytes(request, longest));
      return new Response(null, { status: 204 });
    } finally {
      underWay -= 1;
    }
  };
}
