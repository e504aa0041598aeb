import { Migration } from '@mikro-orm/migrations';
import { clinicTable } from 'clinic-rapport';

/** Reports that a patient gets after a visit, their files, and each time that a mailed link opened one. */
export class Reports extends Migration {
  override up(): void {
    for (const statement of statements) this.addSql(statement);
  }
}

const statements = [
  `create table report (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    patient_id uuid not null,
    visit_id uuid,
    title text not null check (length(title) between 1 and 200),
    sections jsonb not null,
    results jsonb not null,
    status text not null check (status in ('PUBLISHED', 'DRAFT', 'WITHDRAWN')),
    created_at timestamptz not null,
    created_by text not null,
    published_at timestamptz,
    withdrawn_at timestamptz,
    withdrawal_reason text check (length(withdrawal_reason) between 1 and 500),
    link_number integer not null default 0 check (link_number >= 0),
    opening_count integer not null default 0 check (opening_count >= 0),
    version integer not null default 1,
    primary key (clinic_id, id),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id),
    foreign key (clinic_id, visit_id) references visit (clinic_id, id)
  )`,
  `create index report_patient on report (clinic_id, patient_id, id)`,
  `create index report_visit on report (clinic_id, visit_id) where visit_id is not null`,
  ...clinicTable('report', { patient: 'patient_id' }),
  // A patient, and who has a patient's link, sees what was given out: no draft, and nothing that was withdrawn.
  `create policy report_given_out on report as restrictive for select to rapport_app
     using (status = 'PUBLISHED' or (select current_setting('app.patient_ids', true)) = '*')`,
  `create table report_file (
    clinic_id uuid not null references clinic (id),
    report_id uuid not null,
    patient_id uuid not null,
    name text not null check (length(name) between 1 and 200),
    size integer not null check (size between 1 and 5242880),
    content bytea not null check (length(content) <= 5242880),
    uploaded_at timestamptz not null,
    primary key (clinic_id, report_id),
    foreign key (clinic_id, report_id) references report (clinic_id, id),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id)
  )`,
  // A PDF is compressed already.
  `alter table report_file alter column content set storage external`,
  `create index report_file_patient on report_file (clinic_id, patient_id)`,
  ...clinicTable('report_file', { patient: 'patient_id' }),
  `create table report_opening (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    report_id uuid not null,
    patient_id uuid not null,
    what text not null check (what in ('REPORT', 'FILE')),
    opened_at timestamptz not null,
    primary key (clinic_id, id),
    foreign key (clinic_id, report_id) references report (clinic_id, id),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id)
  )`,
  `create index report_opening_report on report_opening (clinic_id, report_id, id)`,
  `create index report_opening_patient on report_opening (clinic_id, patient_id)`,
  ...clinicTable('report_opening', { patient: 'patient_id' }),
];
