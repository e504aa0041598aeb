import type { PlatformContext } from '../context.ts';
import type { Context, Permission } from '../plugin.ts';

/** Something of a patient that someone was shown. */
export interface Seen {
  /** As what it counts: the permission that it needs. */
  readonly permission: Permission;
  /** Name of the table, and id of the row. */
  readonly subjectType: string;
  readonly subjectId: string;
  /** Id of the patient whom it is about. */
  readonly patientId?: string | null;
}

/**
 * Writes down that the actor read something, where the read lane cannot know it: what code reads by SQL of its own, and a part of
 * a thing that says more than the thing. Rejects where that cannot be written: then do not show it.
 */
export async function noteSeen({ permission, patientId, ...seen }: Seen, context: Context): Promise<void> {
  const deed = { kind: 'READ', ...seen, patientId: patientId ?? undefined } as const;
  await (context as PlatformContext).noteSeen({ action: permission.name }, deed);
}
