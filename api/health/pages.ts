import type { Readiness } from './readiness.ts';

/** `/livez` while the event loop turns; `/readyz` with 503 and the reasons where requests are better sent elsewhere. */
export async function healthPage(path: string, readiness: Readiness): Promise<Response | undefined> {
  if (path === '/livez') return Response.json({ live: true });
  if (path !== '/readyz') return undefined;
  const reasons = await readiness.reasons();
  return Response.json({ ready: reasons.length === 0, reasons }, { status: reasons.length === 0 ? 200 : 503 });
}
