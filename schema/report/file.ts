import { badInput, get, notFound, post, type Context, type Route } from 'clinic-rapport';
import { find } from '../find.ts';
import { requiredText } from '../text.ts';
import { Report, reportRead, reportWrite } from './report.ts';
import { draft } from './writing.ts';

/** Bytes of a file. */
export const largestFile = 5 * 1024 * 1024;

const path = '/report-file';

/** The file of a report, for programs with a bearer token: POST puts it, GET gets it. */
export const reportFileRoutes: Route[] = [
  post(path, reportWrite, (request, context) => putFile(request, context), { longestBody: largestFile }),
  get(path, reportRead, async (request, context) => {
    const report = await find(Report, parameter(request, 'reportId'), context);
    return (await fileAnswer(report.id, context)) ?? refuse();
  }),
];

const refuse = (): never => {
  throw notFound('This file');
};

/** Puts a PDF to a draft, in place of the one that it had: `?reportId=<id>&name=<file name>`, the bytes as body. */
async function putFile(request: Request, context: Context): Promise<Response> {
  const { em, clinicId, now } = context;
  const report = await draft(parameter(request, 'reportId'), undefined, context);
  const name = requiredText(parameter(request, 'name'), 'name').replace(/[\p{Cc}"\\/]/gu, '_');
  const content = Buffer.from(await request.arrayBuffer());
  if (!isPdf(content)) throw badInput('body', 'The file of a report is a PDF.');
  await em.execute(
    `insert into report_file (clinic_id, report_id, patient_id, name, size, content, uploaded_at) values (?, ?, ?, ?, ?, ?, ?)
     on conflict (clinic_id, report_id) do update set name = excluded.name, size = excluded.size, content = excluded.content,
       uploaded_at = excluded.uploaded_at`,
    [clinicId, report.id, report.patient.id, name, content.length, content, now.toISOString()],
  );
  return Response.json({ reportId: report.id, name, size: content.length }, { status: 201 });
}

/** By what it begins and ends with, and not by what its name says. */
function isPdf(content: Buffer): boolean {
  if (content.length > largestFile) throw badInput('body', `A file has at most ${largestFile} bytes.`);
  return content.subarray(0, 5).toString('latin1') === '%PDF-' && content.subarray(-1_024).includes('%%EOF');
}

const parameter = (request: Request, name: string): string => new URL(request.url).searchParams.get(name) ?? '';

/** The file as a download, which no browser opens in the place of the page; undefined where there is none. */
export async function fileAnswer(reportId: string, { em, clinicId }: Context): Promise<Response | undefined> {
  const [file] = await em.execute<{ name: string; content: Buffer }[]>(
    'select name, content from report_file where clinic_id = ? and report_id = ?',
    [clinicId, reportId],
  );
  if (!file) return undefined;
  const headers = {
    'content-type': 'application/pdf',
    'content-disposition': `attachment; filename="report.pdf"; filename*=UTF-8''${encodeURIComponent(file.name)}`,
  };
  return new Response(new Uint8Array(file.content), { headers });
}
