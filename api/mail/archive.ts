import { LRUCache } from 'lru-cache';
import { defineLoader } from '../define.ts';
import type { Context, Fields, Mail, Recipient } from '../plugin.ts';
import { tokens } from './links.ts';
import { renderAgain, type Rendered, type Template } from './render.ts';

/** What is kept of a mail beside its template. */
export interface Kept {
  /** Digest of it. */
  readonly template: string;
  readonly fields: Fields;
}

/** Patients' mails. One that proves an address has a code in it that must not be read elsewhere. */
const isKept = ({ purpose }: Mail<any>, to: Recipient): boolean => 'patientId' in to && purpose !== 'verification';

/** What is to be kept of this mail, if anything is; in the transaction in which it is prepared. */
export async function keep(
  { mail, to, template, fields }: { mail: Mail<any>; to: Recipient; template: Template; fields: Fields },
  context: Context,
): Promise<Kept | undefined> {
  if (!isKept(mail, to)) return undefined;
  await context.load(storeTemplates, template);
  return { template: template.digest, fields: withoutTokens(fields) };
}

/** Templates that are stored for sure, by clinic. */
const stored = new LRUCache<string, true>({ max: 10_000 });

const storeTemplates = defineLoader<Template, void>(async (templates, { em, clinicId }) => {
  const unsure = templates.filter(({ digest }) => !stored.has(`${clinicId} ${digest}`));
  if (unsure.length > 0) {
    // Those that were there are there for good; of what is stored now it is not known until the end of the transaction.
    const rows = await em.execute<{ digest: string }[]>(
      `with t as (select * from jsonb_to_recordset(?::jsonb) as t(digest text, subject text, page text, plain text)),
        added as (insert into mail_template (clinic_id, digest, subject, page, plain)
          select ?, digest, subject, page, plain from t on conflict do nothing)
       select m.digest from t join mail_template m on m.clinic_id = ? and m.digest = t.digest`,
      [JSON.stringify(unsure), clinicId, clinicId],
    );
    for (const { digest } of rows) stored.set(`${clinicId} ${digest}`, true);
  }
  return templates.map(() => undefined);
});

/** What stands for the token of a link. */
const used = 'archived';

function withoutTokens(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plainOf(value)])) as Fields;
}

function plainOf(value: Fields[string]): Fields[string] {
  if (typeof value === 'string') return value.replace(tokens, used);
  if (Array.isArray(value)) return (value as readonly Fields[]).map(withoutTokens);
  return typeof value === 'object' ? withoutTokens(value as Fields) : value;
}

/** A mail as its reader got it. Its links lead nowhere any more. */
export interface SentMessage extends Rendered {
  /** Id of its reader. */
  readonly patientId: string;
}

/**
 * The mail of a delivery as it was sent, by the delivery's id; undefined for one that was not sent, that was none to a patient, or
 * whose patient was erased.
 */
export const sentMessage = defineLoader<string, SentMessage | undefined>(async (ids, { em, clinicId }) => {
  const rows = await em.execute<(Omit<Template, 'digest'> & { id: string; patientId: string; fields: Fields })[]>(
    `select d.id, d.patient_id as "patientId", d.fields, t.subject, t.page, t.plain from delivery d
     join mail_template t on t.clinic_id = d.clinic_id and t.digest = d.template
     where d.clinic_id = ? and d.id = any(?::uuid[]) and d.state in ('sent', 'uncertain') and d.fields is not null`,
    [clinicId, `{${ids.join()}}`],
  );
  const byId = new Map(
    rows.map(({ id, patientId, fields, ...template }) => [id, { ...renderAgain(template, fields), patientId }]),
  );
  return ids.map(id => byId.get(id));
});
