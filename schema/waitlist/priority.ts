import { defineQuestion, type Context } from 'clinic-rapport';

/**
 * Who of these patients is offered a time that became free before others: by id, 1 to 100, the higher the earlier; who is left out has
 * none. Asked only among those who need it no more than anybody else: who needs it clinically comes first, whatever is answered.
 */
export const waitlistPriority = defineQuestion<readonly string[], Readonly<Record<string, number>>>(
  'waitlist.priority',
);

/** By id: the highest that a plugin gives, 0 for most. */
export async function prioritiesOf(
  patientIds: readonly string[],
  context: Context,
): Promise<ReadonlyMap<string, number>> {
  const answers = patientIds.length > 0 ? await context.ask(waitlistPriority, patientIds) : [];
  const highest = (id: string): number => Math.max(0, ...answers.map(given => Math.min(100, given[id] ?? 0)));
  return new Map(patientIds.map(id => [id, highest(id)]));
}
