import type { Context } from 'clinic-rapport';

/**
 * The clinic's time zone, which stays so until the end of this transaction: reminders are planned by the former one and
 * then moved, or by the new one, and never by the former one after the others were moved.
 */
export async function settledZone({ em, clinicId }: Context): Promise<string> {
  const [clinic] = await em.execute<{ time_zone: string }[]>('select time_zone from clinic where id = ? for share', [
    clinicId,
  ]);
  return clinic!.time_zone;
}
