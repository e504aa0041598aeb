import type { PlatformContext } from '../context.ts';
import { RapportError } from '../errors.ts';
import type { Context, SubjectData } from '../plugin.ts';
import { asPlugin } from '../work/at-work.ts';
import { withTimeLimit } from '../work/time-limit.ts';

/** Milliseconds that one plugin may take for one patient. */
const timeLimit = 8_000;

/** What each installed plugin has stored of a patient, by the plugin's name, the core first; as plain JSON. */
export async function exportSubject(
  patientId: string,
  context: Context,
): Promise<Record<string, Record<string, unknown>>> {
  const sections = await askAll('export', context, data => data.export(patientId, context));
  return Object.fromEntries(sections.reverse());
}

/**
 * Has every installed plugin erase what it stored of a patient, whether the clinic has enabled it or not, and makes dead every
 * link that the patient was ever mailed. In the caller's transaction: all of it, or nothing where one of them throws.
 */
export async function eraseSubject(patientId: string, context: Context): Promise<void> {
  await askAll('erase', context, data => data.erase(patientId, context));
  await context.em.flush();
  await context.em.execute(
    'insert into ended_link (clinic_id, patient_id, ended_at) values (?, ?, ?) on conflict do nothing',
    [context.clinicId, patientId, context.now.toISOString()],
  );
}

/** Has every installed plugin keep what it stored of a patient from erasure, or let it go again. */
export async function holdSubject(patientId: string, on: boolean, context: Context): Promise<void> {
  await askAll('hold', context, data => data.hold(patientId, on, context));
}

type Question = 'export' | 'erase' | 'hold';

/** Installed, not enabled: what a clinic has switched off still has its data. */
async function askAll<T>(
  question: Question,
  context: Context,
  ask: (data: SubjectData) => Promise<T>,
): Promise<[string, T][]> {
  const answers: [string, T][] = [];
  // Those that build on others come first: their rows point at rows of the others.
  for (const { name, subjectData } of (context as PlatformContext).platform.plugins.toReversed()) {
    if (subjectData) answers.push([name, await askOne(name, question, context, () => ask(subjectData))]);
  }
  return answers;
}

async function askOne<T>(plugin: string, question: Question, context: Context, ask: () => Promise<T>): Promise<T> {
  try {
    return await withTimeLimit(timeLimit, `${question} of '${plugin}'`, async () => asPlugin(plugin, ask));
  } catch (cause) {
    if (cause instanceof RapportError) throw new RapportError(cause.code, cause.message, { ...cause, plugin, cause });
    (context as PlatformContext).platform.failures.note({ clinicId: context.clinicId, plugin, error: cause });
    throw new RapportError('PLUGIN_UNAVAILABLE', `The plugin '${plugin}' failed to ${question}: nothing was done.`, {
      plugin,
      cause,
    });
  }
}
