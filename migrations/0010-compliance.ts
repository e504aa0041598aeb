import { Migration } from '@mikro-orm/migrations';
import { clinicTable } from 'clinic-rapport';

/** Where patients live, which decides whose law counts, and who approved what the law asks to be looked at. */
export class Compliance extends Migration {
  override up(): void {
    for (const statement of statements) this.addSql(statement);
  }
}

const statements = [
  `alter table patient add column residence char(2) check (residence ~ '^[A-Z]{2}$')`,
  // Append only: an approval is of one text, under the rules of that day.
  `create table compliance_approval (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    kind text not null,
    content text not null check (length(content) between 1 and 50000),
    content_hash text not null check (length(content_hash) = 64),
    rules text[] not null,
    packs text[] not null,
    reason text not null check (length(reason) between 1 and 1000),
    approved_by uuid not null,
    approved_at timestamptz not null,
    primary key (clinic_id, id)
  )`,
  `create index compliance_approval_content on compliance_approval (clinic_id, content_hash)`,
  ...clinicTable('compliance_approval', { grants: 'select, insert' }),
];
