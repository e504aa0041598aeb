import type { EntityManager } from '@mikro-orm/postgresql';
import { v7 as newId } from 'uuid';
import type { PlatformContext } from '../context.ts';
import { seeingAllPatients } from '../database/all-patients.ts';
import type { Scope } from '../database/tenancy.ts';
import { channels } from '../events/outbox.ts';
import type { Mail, Recipient, SendOptions } from '../plugin.ts';
import { checkedAddress } from './address.ts';
import { disturbs } from './pace.ts';

// The domain of the Message-ID is the sender's, as spam filters expect; the id is the delivery's, so that it never changes.
// Whoever was told of a patient before two records were made one still means the same person.
const insert = `insert into delivery
    (clinic_id, id, mail, plugin, stream, purpose, key, patient_id, related_person_id, user_id, address, recipient_name, locale,
     data, priority, message_id, due_at, created_at)
  select c.id, ?::uuid, ?, ?, ?, ?, ?, coalesce(p.merged_into, r.patient_id), ?::uuid, ?::uuid, ?, ?, ?, ?::jsonb, ?::smallint,
    '<' || ? || '@' || split_part(c.sender_address, '@', 2) || '>', ?::timestamptz, ?::timestamptz
  from clinic c cross join (select ?::uuid as patient_id) r
  left join patient p on p.clinic_id = c.id and p.id = r.patient_id
  where c.id = ?::uuid
  on conflict (clinic_id, mail, key) do nothing`;

/** Writes the delivery in the caller's transaction; nothing is rendered yet. A second one with the same key is dropped. */
export async function record<T>(
  em: EntityManager,
  { clinicId, now, enabled, scope }: Pick<PlatformContext, 'clinicId' | 'now' | 'enabled' | 'scope'>,
  mail: Mail<T>,
  to: Recipient,
  data: T,
  { at = now, key }: SendOptions = {},
): Promise<void> {
  const id = newId();
  const { patientId, relatedPersonId, userId, address, name, locale } = to as Record<string, string | undefined>;
  const [prefix = ''] = mail.name.split('.');
  const values = [
    id,
    mail.name,
    // The core's words carry no prefix.
    enabled.has(prefix) ? prefix : 'core',
    mail.stream,
    mail.purpose,
    key ?? null,
    relatedPersonId ?? null,
    userId ?? null,
    address === undefined ? null : checkedAddress(address),
    name ?? null,
    locale ?? null,
    JSON.stringify(data ?? null),
    disturbs(mail) ? (mail.priority ?? 0) : null,
    id,
    at.toISOString(),
    now.toISOString(),
    patientId ?? null,
    clinicId,
  ];
  await forWhomever(em, scope, patientId, () => em.execute(insert, values));
  if (at <= now) await em.execute(`select pg_notify('${channels.work}', '')`);
}

/**
 * A patient's row may be written only for that patient. But who confirms by a link may cause a mail to staff, and who adds
 * an address one to the address: the row is the platform's, and the actor does not get to see it.
 */
async function forWhomever(
  em: EntityManager,
  scope: Scope,
  patientId: string | undefined,
  write: () => Promise<unknown>,
): Promise<void> {
  const seen = scope.patientIds;
  const isOwn = seen === '*' || (patientId !== undefined && seen.includes(patientId));
  await (isOwn ? write() : seeingAllPatients({ em }, write));
}
