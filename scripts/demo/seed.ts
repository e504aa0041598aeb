import { Practitioner, Patient } from 'clinic-rapport/schema';
import type { Role } from 'clinic-rapport';
import { createClinic, createUser } from '../../api/database/clinic.ts';
import { systemActor, type Platform } from '../../api/platform.ts';
import { clinic, users } from './clinic.ts';
import { externalIdOf, plant, source } from './plant.ts';

/** The demo's clinic, and who may sign in to it. */
export interface Demo {
  readonly clinicId: string;
  /** Subject of the token of each role. */
  readonly subjects: Readonly<Record<(typeof users)[number]['role'], string>>;
}

/** Sets the demo clinic up, or finds it: any number of times, also at once. `url` is of the owner of the database. */
export async function seedDemo(url: string, platform: Platform): Promise<Demo> {
  const clinicId = await createClinic(url, clinic, platform.plugins);
  const context = await platform.contextFor({ clinicId, actor: systemActor('system', 'seed') });
  for (const { seed } of platform.plugins) await context.transaction(async () => seed?.(context));
  const patientId = await context.transaction(async () => {
    await plant(context);
    return (await context.em.findOneOrFail(Patient, { source, externalId: externalIdOf(0) })).id;
  });
  const subjects = Object.fromEntries(users.map(({ role }) => [role, `demo|${role}`])) as Demo['subjects'];
  for (const user of users) {
    const roles = [{ role: user.role satisfies Role, patientId: user.role === 'patient' ? patientId : undefined }];
    const userId = await createUser(url, clinicId, { ...user, subject: subjects[user.role], roles });
    if (user.role === 'practitioner') {
      await context.transaction(() => context.em.nativeUpdate(Practitioner, { name: user.name }, { userId }));
    }
  }
  return { clinicId, subjects };
}
