import { Migration } from '@mikro-orm/migrations';
import { clinicTable } from 'clinic-rapport';

/** Keys of clinics and patients, numbers that are stored encrypted, and who looked at them. */
export class Identifiers extends Migration {
  override up(): void {
    for (const statement of [...keys, ...identifiers, ...uses]) this.addSql(statement);
  }
}

const keys = [
  // One of each clinic, wrapped by a key of the configuration that is not in the database. The dispatcher sees which ones
  // of those are needed, so that a process without them does not start.
  `create table clinic_key (
    clinic_id uuid primary key references clinic (id),
    master_key text not null,
    wrapped bytea not null,
    created_at timestamptz not null
  )`,
  ...clinicTable('clinic_key', { grants: 'select, insert', routing: ['master_key'] }),
  // One of each patient and more: who was merged brings one along. To remove them is to make unreadable what they sealed.
  `create table patient_key (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    patient_id uuid not null,
    wrapped bytea not null,
    created_at timestamptz not null,
    primary key (clinic_id, id),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id)
  )`,
  `create index patient_key_patient on patient_key (clinic_id, patient_id, id)`,
  ...clinicTable('patient_key', { patient: 'patient_id' }),
];

const kinds = `kind text not null check (kind in ('NATIONAL_ID', 'INSURANCE_NUMBER', 'CHART_NUMBER'))`;

const identifiers = [
  `create table patient_identifier (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    patient_id uuid not null,
    ${kinds},
    country char(2) check (country ~ '^[A-Z]{2}$'),
    sealed bytea not null,
    lookup text not null,
    masked text not null,
    recorded_at timestamptz not null,
    recorded_by text not null,
    primary key (clinic_id, id),
    unique (clinic_id, kind, lookup),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id)
  )`,
  `create index patient_identifier_patient on patient_identifier (clinic_id, patient_id)`,
  ...clinicTable('patient_identifier', { patient: 'patient_id' }),
];

const uses = [
  // Append only, but for the words of a reason, which go with the patient.
  `create table identifier_use (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    patient_id uuid not null,
    identifier_id uuid not null,
    ${kinds},
    act text not null check (act in ('FOUND', 'REVEALED')),
    reason text check (length(reason) between 5 and 500),
    used_by text not null,
    used_at timestamptz not null,
    primary key (clinic_id, id),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id)
  )`,
  `create index identifier_use_patient on identifier_use (clinic_id, patient_id, used_at)`,
  ...clinicTable('identifier_use', { patient: 'patient_id', grants: 'select, insert' }),
  `grant update (reason) on identifier_use to rapport_app`,
];
