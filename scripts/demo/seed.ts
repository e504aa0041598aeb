import { Patient, Practitioner } from 'clinic-rapport/schema';
import { createClinic, createUser } from '../../api/database/clinic.ts';
import type { PlatformContext } from '../../api/context.ts';
import { systemActor, type Platform } from '../../api/platform.ts';
import { clinic, users } from './clinic.ts';
import { externalIdOf, plant, source } from './plant.ts';

/** Whom the token of a role speaks of. */
export const subjectOf = (role: string): string => `demo|${role}`;

/**
 * Sets the demo clinic up, or finds it; any number of times, also at once. Answers its id. `url` is of the owner of the
 * database.
 */
export async function seedDemo(url: string, platform: Platform, onProgress?: (step: string) => void): Promise<string> {
  const clinicId = await createClinic(url, clinic, platform.plugins);
  const context = await platform.contextFor({ clinicId, actor: systemActor('system', 'seed') });
  for (const { seed } of platform.plugins) if (seed) await context.transaction(() => seed(context));
  const isNew = await context.transaction(() => plant(context));
  if (isNew) onProgress?.('Set up the demo clinic');
  const { id: patientId } = await context.em.findOneOrFail(Patient, { source, externalId: externalIdOf(0) });
  for (const { role, ...user } of users) {
    const roles = [{ role, patientId: role === 'patient' ? patientId : undefined }];
    const userId = await createUser(url, clinicId, { ...user, subject: subjectOf(role), roles });
    if (role === 'practitioner') await linkPractitioner(user.name, userId, context);
  }
  return clinicId;
}

const linkPractitioner = (name: string, userId: string, context: PlatformContext): Promise<number> =>
  context.transaction(() => context.em.nativeUpdate(Practitioner, { name, userId: null }, { userId }));
