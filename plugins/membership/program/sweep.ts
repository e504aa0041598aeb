import { defineJob, sql, type Context } from 'clinic-rapport';
import { settleTiers } from './evaluation.ts';
import { joinPatients } from './joining.ts';
import type { Among } from './measures.ts';
import { activeProgram } from './program.ts';

/** Patients of one run, which is one transaction. */
const batch = 20_000;

const beforeAll = '00000000-0000-0000-0000-000000000000';

/** Who comes in, who goes up, and whose grace is over; patients in the order of their ids, so many in each run. */
export const sweepTiers = defineJob<{ after: string } | void>('membership.sweep-tiers', {
  every: '30 1 * * *',
  timeout: 120_000,
  async run(data, context) {
    const program = await activeProgram(context);
    if (!program) return;
    const after = data?.after ?? beforeAll;
    const last = await lastOf(after, context);
    const among: Among = column =>
      last ? sql`${column} > ${after}::uuid and ${column} <= ${last}::uuid` : sql`${column} > ${after}::uuid`;
    await joinPatients(program, among, context);
    await settleTiers(program, among, context);
    if (last) await context.enqueue(sweepTiers, { after: last }, { key: 'more' });
  },
});

/** The last patient of a full batch; undefined where there is none, and this is the last run. */
async function lastOf(after: string, { em, clinicId }: Context): Promise<string | undefined> {
  const rows = await em.execute<{ id: string }[]>(
    'select id from patient where clinic_id = ? and id > ? order by id offset ? limit 1',
    [clinicId, after, batch - 1],
  );
  return rows[0]?.id;
}
