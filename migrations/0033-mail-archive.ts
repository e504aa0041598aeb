import { Migration } from '@mikro-orm/migrations';
import { clinicTable } from 'clinic-rapport';

/**
 * What patients were sent, as it was: what was merged into a mail, beside the delivery, and once for all what it was merged into,
 * by its hash. A whole mail is twenty times as long as what is its reader's own.
 */
export class MailArchive extends Migration {
  override up(): void {
    for (const statement of archive) this.addSql(statement);
  }
}

const archive = [
  `create table mail_template (
    clinic_id uuid not null references clinic (id),
    digest text not null check (digest ~ '^[0-9a-f]{64}$'),
    subject text not null,
    page text not null,
    plain text not null,
    created_at timestamptz not null default now(),
    primary key (clinic_id, digest)
  )`,
  ...clinicTable('mail_template', { grants: 'select, insert' }),
  `alter table delivery add column template text, add column fields jsonb`,
];
