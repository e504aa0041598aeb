import { Migration } from '@mikro-orm/migrations';
import { clinicTable } from 'clinic-rapport';

/** What patients are asked before a visit, in versions that never change; what they answered; and who proved by which link to be whom. */
export class Questionnaires extends Migration {
  override up(): void {
    for (const statement of [...questionnaires, ...responses, ...stepUps]) this.addSql(statement);
  }
}

const questionnaires = [
  // Nobody may change or remove a version: an answer means something beside the very words that were asked.
  `create table questionnaire (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    name text not null check (length(name) between 1 and 50),
    number integer not null check (number >= 1),
    title jsonb not null check (title ?& array['zh-Hant', 'zh-Hans', 'en']),
    introduction jsonb check (introduction ?& array['zh-Hant', 'zh-Hans', 'en']),
    items jsonb not null,
    published_at timestamptz not null,
    published_by text not null,
    primary key (clinic_id, id),
    unique (clinic_id, name, number)
  )`,
  ...clinicTable('questionnaire', { grants: 'select, insert' }),
  // By name: of a questionnaire the newest version is asked.
  `create table service_questionnaire (
    clinic_id uuid not null references clinic (id),
    service_id uuid not null,
    questionnaire text not null check (length(questionnaire) between 1 and 50),
    primary key (clinic_id, service_id),
    foreign key (clinic_id, service_id) references service (clinic_id, id)
  )`,
  ...clinicTable('service_questionnaire'),
];

const responses = [
  `create table questionnaire_response (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    questionnaire_id uuid not null,
    patient_id uuid not null,
    appointment_id uuid,
    status text not null check (status in ('IN_PROGRESS', 'COMPLETED', 'AMENDED')),
    answers jsonb not null check (pg_column_size(answers) <= 200000),
    started_at timestamptz not null,
    completed_at timestamptz,
    updated_at timestamptz not null,
    version integer not null default 1,
    primary key (clinic_id, id),
    check ((status = 'IN_PROGRESS') = (completed_at is null)),
    foreign key (clinic_id, questionnaire_id) references questionnaire (clinic_id, id),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id),
    foreign key (clinic_id, appointment_id) references appointment (clinic_id, id)
  )`,
  `create unique index questionnaire_response_appointment on questionnaire_response (clinic_id, appointment_id)
     where appointment_id is not null`,
  `create index questionnaire_response_patient on questionnaire_response (clinic_id, patient_id, id)`,
  ...clinicTable('questionnaire_response', { patient: 'patient_id' }),
  // That a mail with the link was made.
  `create table questionnaire_request (
    clinic_id uuid not null references clinic (id),
    appointment_id uuid not null,
    patient_id uuid not null,
    asked_at timestamptz not null,
    primary key (clinic_id, appointment_id),
    foreign key (clinic_id, appointment_id) references appointment (clinic_id, id),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id)
  )`,
  `create index questionnaire_request_patient on questionnaire_request (clinic_id, patient_id)`,
  ...clinicTable('questionnaire_request', { patient: 'patient_id' }),
];

const stepUps = [
  // Kept and not only counted for an hour: after five wrong answers a link is dead for good.
  `create table step_up (
    clinic_id uuid not null references clinic (id),
    target text not null check (length(target) between 1 and 200),
    patient_id uuid not null,
    failures integer not null default 0,
    changed_at timestamptz not null,
    primary key (clinic_id, target),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id)
  )`,
  `create index step_up_patient on step_up (clinic_id, patient_id)`,
  ...clinicTable('step_up', { patient: 'patient_id' }),
];
