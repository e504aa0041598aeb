import { html, page, type Context, type Route } from 'clinic-rapport';
import { dayOf } from '../clinic-day.ts';
import { clinicOf } from '../clinic.ts';
import { languageOfLink, pageStyle } from '../page-parts.ts';
import { deadLinkPage } from '../step-up-page.ts';
import { behindStepUp, type Passed } from '../step-up.ts';
import { fileAnswer } from './file.ts';
import { mostOpenings, reportLink, sharedReport, type ReportOf } from './link.ts';
import { fileNameOf, ReportOpening, type OpenedWhat, type Report } from './report.ts';
import { reportTexts } from './texts.ts';
import { reportStyle, reportView } from './view.ts';

/** The gated link: the report is the answer of the POST that has passed, and nothing is kept in the browser. */
export const reportRoutes: Route[] = behindStepUp<ReportOf>(reportLink, {
  target: async (of, context) => (await sharedReport(of, context)) && `report ${of.reportId} ${of.number}`,
  show: async (of, passed, context) => {
    const report = (await sharedReport(of, context))!;
    if (passed.form.get('act') === 'stop') return stop(report, context);
    const what = passed.form.get('act') === 'file' ? 'FILE' : 'REPORT';
    if (!(await noteOpening(report, what, context))) return deadLinkPage(context);
    return (what === 'FILE' && (await fileAnswer(report.id, context))) || show(report, passed, context);
  },
});

/** Whether it is one of the times that it may be; counted by one statement, so that of many at once none slips through. */
async function noteOpening(report: Report, what: OpenedWhat, { em, clinicId, now }: Context): Promise<boolean> {
  const counted = await em.execute<unknown[]>(
    `update report set opening_count = opening_count + 1 where clinic_id = ? and id = ? and opening_count < ? returning id`,
    [clinicId, report.id, mostOpenings],
  );
  if (counted.length === 0) return false;
  em.create(ReportOpening, { report, patient: report.patient, what, openedAt: now });
  await em.flush();
  return true;
}

/** The patient ends the link: as if it had been shared anew, with nobody. */
async function stop(report: Report, context: Context): Promise<Response> {
  const locale = await languageOfLink(context);
  report.linkNumber++;
  await context.em.flush();
  const { stopped } = reportTexts[locale];
  const { name } = await clinicOf(context);
  return page({ title: name, locale, style: pageStyle, body: html`<p role="status">${stopped}</p>` });
}

async function show(report: Report, { again }: Passed, context: Context): Promise<Response> {
  const { name, phone, timeZone } = await clinicOf(context);
  const locale = await languageOfLink(context);
  const text = reportTexts[locale];
  const fileName = await fileNameOf(report.id, context);
  return page({
    title: report.title,
    locale,
    style: pageStyle + reportStyle,
    body: html`<p class="quiet">${name}</p>
      <h1>${report.title}</h1>
      <p class="quiet">${text.of(dayOf(report.publishedAt!, timeZone))}</p>
      ${reportView(report, locale)}
      ${
        fileName &&
        html`<p class="quiet">${text.fileHint}</p>
          <form method="post">${again}<button name="act" value="file">${text.file}</button></form>`
      }
      ${phone && html`<p>${text.ask(phone)}</p>`}
      <p class="quiet">${text.stopHint}</p>
      <form method="post">${again}<button class="plain" name="act" value="stop">${text.stop}</button></form>`,
  });
}
