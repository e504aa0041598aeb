import { exportSubject, get, notFound, type Context, type Route } from 'clinic-rapport';
import { find } from './find.ts';
import { recordsOf } from './records.ts';
import { patientExport } from './subject-rights.ts';
import { exportEndsAt, exportPath, SubjectRequest } from './subject-request.ts';

/** What is fetched, and by whom it was asked for, is in the audit: the export itself is kept nowhere. */
export const patientExportRoutes: Route[] = [
  get(exportPath, patientExport, async (request, context) => {
    const asked = await find(SubjectRequest, new URL(request.url).searchParams.get('id') ?? '', context);
    if (asked.kind !== 'EXPORT' || context.now >= exportEndsAt(asked.at)) throw notFound('This export');
    const patientId = asked.patient.id;
    const disposition = `attachment; filename="patient-${patientId}.json"`;
    return Response.json(await exportOf(patientId, context), { headers: { 'content-disposition': disposition } });
  }),
];

/** Machine-readable (GDPR art. 20): plain JSON, with a section for each plugin by its name. */
async function exportOf(patientId: string, context: Context) {
  const merged = (await recordsOf(patientId, context)).filter(id => id !== patientId);
  const formerRecords = [];
  for (const id of merged) formerRecords.push({ patientId: id, plugins: await exportSubject(id, context) });
  return {
    format: 'clinic-rapport/patient-export@1',
    clinicId: context.clinicId,
    patientId,
    exportedAt: context.now.toISOString(),
    plugins: await exportSubject(patientId, context),
    // What was recorded before they were found to be of the same person.
    mergedRecords: formerRecords,
  };
}
