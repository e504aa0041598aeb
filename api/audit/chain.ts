import { createHash } from 'node:crypto';

/** What the first link of a clinic has before it. */
export const genesis = '0'.repeat(64);

/** All that an entry says, as one text that is the same whenever and by whomever it is read; `e` is the row. */
export const contentSql = `json_build_array(e.clinic_id, e.id, (extract(epoch from e.at) * 1000000)::bigint, e.kind, e.action,
  e.operation, e.actor_kind, e.actor_id, e.actor_role, e.request_id, e.subject_type, e.subject_id, e.patient_id, e.fields,
  e.row_count)::text`;

/** SHA-256, in hexadecimal, of the hash before, the position and the content, each on a line. */
export const hashOf = (before: string, position: bigint, content: string): string =>
  createHash('sha256').update(`${before}\n${position}\n${content}`).digest('hex');
