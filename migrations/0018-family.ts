import { Migration } from '@mikro-orm/migrations';
import { clinicTable } from 'clinic-rapport';

/** Who belongs to a patient and may act for one; what patients care about; one mail for a household. */
export class Family extends Migration {
  override up(): void {
    for (const statement of [...relatedPersons, ...proxies, ...households, ...interests]) this.addSql(statement);
  }
}

const relatedPersons = [
  // `person_id` is the record of the same person as a patient here, if there is one: `patient_id` says whose row it is.
  `create table related_person (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    patient_id uuid not null,
    name text not null check (length(name) between 1 and 200),
    relationship text not null check (relationship in ('PARENT', 'GUARDIAN', 'SPOUSE', 'CHILD', 'CAREGIVER', 'OTHER')),
    language text not null check (language in ('zh-Hant', 'zh-Hans', 'en')),
    email text check (length(email) between 3 and 254),
    email_verified_at timestamptz,
    phone text check (length(phone) between 1 and 320),
    person_id uuid,
    guardianship text check (guardianship in ('PARENTAL', 'LEGAL')),
    guardian_from date,
    guardian_until date,
    evidence text check (length(evidence) between 1 and 2000),
    ended_at timestamptz,
    version integer not null default 1,
    created_at timestamptz not null,
    primary key (clinic_id, id),
    check ((guardianship is null) = (guardian_from is null)),
    check (guardian_until >= guardian_from),
    check (person_id <> patient_id),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id)
  )`,
  `create index related_person_patient on related_person (clinic_id, patient_id, created_at)`,
  `create index related_person_person on related_person (clinic_id, person_id) where person_id is not null`,
  ...clinicTable('related_person', { patient: 'patient_id' }),
];

const proxies = [
  // A role that a guardian has because of a guardianship ends with it; one that was given otherwise does not.
  `alter table user_role add column related_person_id uuid,
     add foreign key (clinic_id, related_person_id) references related_person (clinic_id, id)`,
  `create index user_role_related_person on user_role (clinic_id, related_person_id) where related_person_id is not null`,
  `alter table consent add column related_person_id uuid,
     add foreign key (clinic_id, related_person_id) references related_person (clinic_id, id)`,
];

const households = [
  // A hash of what was to be sent where on which day: whoever of a household has it first is written to.
  `alter table delivery add column household text`,
  `create index delivery_household on delivery (clinic_id, household) where household is not null`,
];

const interests = [
  `create table interest (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    code text not null check (code ~ '^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$'),
    name jsonb not null,
    active boolean not null default true,
    primary key (clinic_id, id),
    unique (clinic_id, code)
  )`,
  ...clinicTable('interest'),
  `create table patient_interest (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    patient_id uuid not null,
    interest_id uuid not null,
    source text not null check (source in ('PATIENT', 'STAFF', 'SURVEY', 'INFERRED')),
    recorded_at timestamptz not null,
    primary key (clinic_id, id),
    unique (clinic_id, patient_id, interest_id),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id),
    foreign key (clinic_id, interest_id) references interest (clinic_id, id)
  )`,
  `create index patient_interest_of on patient_interest (clinic_id, interest_id, patient_id)`,
  ...clinicTable('patient_interest', { patient: 'patient_id' }),
];
