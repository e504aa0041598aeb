import type { EntityManager } from '@mikro-orm/postgresql';
import type { Context } from '../plugin.ts';

/**
 * Runs `work` in the open transaction with the rows of all patients of its clinic, as a handler has them: for what an actor
 * causes and does not get to see. Only with what `work` has checked by itself, and nothing that it finds goes out unasked.
 */
export async function seeingAllPatients<T>({ em }: Pick<Context, 'em'>, work: () => Promise<T>): Promise<T> {
  const before = await see(em, '*');
  const result = await work();
  // What threw has ended the transaction, and the setting with it.
  await see(em, before);
  return result;
}

/** Answers what was seen until now. */
async function see(em: EntityManager, patientIds: string): Promise<string> {
  const [row] = await em.execute<{ seen: string | null }[]>(
    `select current_setting('app.patient_ids', true) as seen, set_config('app.patient_ids', ?, true)`,
    [patientIds],
  );
  return row?.seen ?? '';
}
