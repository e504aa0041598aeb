import { Migration } from '@mikro-orm/migrations';
import { clinicTable } from 'clinic-rapport';

/** Records that were of one person: which was merged into which, and what was moved, so that it can be brought back. */
export class Merges extends Migration {
  override up(): void {
    for (const statement of merges) this.addSql(statement);
  }
}

const merges = [
  `alter table patient add column merged_into uuid check (merged_into <> id),
     add foreign key (clinic_id, merged_into) references patient (clinic_id, id)`,
  `create index patient_merged on patient (clinic_id, merged_into) where merged_into is not null`,
  `create table patient_merge (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    patient_id uuid not null,
    merged_id uuid not null,
    reason text check (length(reason) between 1 and 1000),
    moved jsonb not null,
    filled jsonb not null,
    carried jsonb not null,
    merged_by text not null,
    merged_at timestamptz not null,
    undone_by text,
    undone_at timestamptz,
    primary key (clinic_id, id),
    check ((undone_by is null) = (undone_at is null)),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id)
  )`,
  `create index patient_merge_patient on patient_merge (clinic_id, patient_id, merged_at)`,
  `create unique index patient_merge_standing on patient_merge (clinic_id, merged_id) where undone_at is null`,
  ...clinicTable('patient_merge', { patient: 'patient_id', grants: 'select, insert, update' }),
];
