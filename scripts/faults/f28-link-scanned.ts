import { systemActor } from '../../api/platform.ts';
import { preferencesLink } from '../../schema/preferences-link.ts';
import type { Clinic } from './clinic.ts';
import { exactly, holds, none, type Scenario } from './scenario.ts';
import type { Stage } from './stage.ts';

const scans = 100;
const oneClick = { method: 'POST', body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }) };

/** Scanners fetch every link of a mail; a mail program posts, and sometimes twice. */
export const linkScanned: Scenario = {
  id: 'F28',
  fault: 'the unsubscribe link is fetched 100 times by scanners, then posted with a forged token, then twice at once',
  async run(stage) {
    const clinic = await stage.plant({ slug: 'f28', patients: 2 });
    const { origin } = await stage.serve();
    const url = await linkOf(stage, clinic, origin);
    const before = await written(stage);
    const scanned = await Promise.all(
      Array.from({ length: scans }, (_, n) => fetch(url, { method: n % 4 === 0 ? 'HEAD' : 'GET' })),
    );
    const afterScans = await written(stage);
    const forged = await fetch(`${url.slice(0, -4)}AAAA`, oneClick);
    const afterForged = await written(stage);
    const posted = await Promise.all([fetch(url, oneClick), fetch(url, oneClick)]);
    const again = await fetch(url, oneClick);
    const after = await written(stage);
    const told = [...posted, again].map(({ status }) => status);
    return [
      none(
        'fetches without an answer',
        scanned.filter(({ status }) => status !== 200).map(({ status }) => `${status}`),
      ),
      exactly('rows written by 100 fetches', sumOf(afterScans) - sumOf(before), 0),
      exactly('rows written by a forged token', sumOf(afterForged) - sumOf(afterScans), 0),
      exactly('its status', forged.status, 404),
      holds(
        'three clicks, two of them at once, are each answered with 200',
        told.every(status => status === 200),
        told.join(),
      ),
      exactly('withdrawals recorded', after['consent']! - afterForged['consent']!, 1),
      exactly('departures recorded', after['unsubscribe']! - afterForged['unsubscribe']!, 1),
      exactly('events', after['outbox']! - afterForged['outbox']!, 1),
    ];
  },
};

async function linkOf(stage: Stage, { id, patientIds }: Clinic, origin: string): Promise<string> {
  const { platform } = await stage.app();
  const context = await platform.contextFor({ clinicId: id, actor: systemActor('system', 'faults') });
  const of = { purpose: 'MARKETING', deliveryId: id } as const;
  const { pathname } = new URL(context.link(preferencesLink, of, { patientId: patientIds[0]!, expiresAt: 'never' }));
  return `${origin}${pathname}`;
}

/** All that a click could write. */
async function written({ cluster }: Stage): Promise<Record<string, number>> {
  const tables = ['consent', 'unsubscribe', 'suppression', 'outbox', 'delivery', 'job', 'patient', 'contact_point'];
  const counts = tables.map(table => `(select count(*)::int from ${table}) as ${table}`);
  const [row] = await cluster.query<Record<string, number>>(`select ${counts.join()}`);
  return row!;
}

const sumOf = (counts: Record<string, number>): number => Object.values(counts).reduce((sum, count) => sum + count, 0);
