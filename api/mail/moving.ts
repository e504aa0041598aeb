import type { Context, Mail } from '../plugin.ts';

/** Gives mails that wait, by the keys they were sent with, another time; what is under way or was tried already goes on. */
export async function moveMails<T>(
  mail: Mail<T>,
  times: readonly { readonly key: string; readonly at: Date }[],
  { em, clinicId }: Context,
): Promise<void> {
  if (times.length === 0) return;
  await em.execute(
    `update delivery d set due_at = t.at from jsonb_to_recordset(?::jsonb) t (key text, at timestamptz)
     where d.clinic_id = ? and d.mail = ? and d.key = t.key and d.state = 'queued' and d.attempts = 0`,
    [JSON.stringify(times), clinicId, mail.name],
  );
}
