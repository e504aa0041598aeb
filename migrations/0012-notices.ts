import { Migration } from '@mikro-orm/migrations';
import { clinicTable } from 'clinic-rapport';

/** What people are told before they agree, in versions; and of each consent, which version was shown and what proves it. */
export class Notices extends Migration {
  override up(): void {
    for (const statement of notices) this.addSql(statement);
  }
}

const text = (column: string): string =>
  `${column} jsonb not null check (${column} ?& array['zh-Hant', 'zh-Hans', 'en'])`;

const notices = [
  // Nobody may change or remove a version: a consent rests on the very words that were shown.
  `create table notice_version (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    name text not null check (length(name) between 1 and 50),
    number integer not null check (number >= 1),
    ${text('collector')},
    ${text('purpose')},
    ${text('categories')},
    ${text('data_use')},
    ${text('rights')},
    ${text('refusal_effect')},
    published_at timestamptz not null,
    published_by text not null,
    primary key (clinic_id, id),
    unique (clinic_id, name, number)
  )`,
  ...clinicTable('notice_version', { grants: 'select, insert' }),
  `alter table consent
    add column notice_version_id uuid,
    add column evidence text check (length(evidence) between 1 and 2000),
    add foreign key (clinic_id, notice_version_id) references notice_version (clinic_id, id)`,
  `create index consent_notice_version on consent (clinic_id, notice_version_id)`,
];
