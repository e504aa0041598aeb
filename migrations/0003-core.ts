import { Migration } from '@mikro-orm/migrations';
import { clinicTable } from 'clinic-rapport';

/** The core: places, people who treat, what is offered and when, patients, appointments, visits, consents. */
export class Core extends Migration {
  override up(): void {
    for (const statement of [
      ...places,
      ...offers,
      ...patients,
      ...appointments,
      ...takenTimes,
      ...visits,
      ...consents,
    ]) {
      this.addSql(statement);
    }
  }
}

const places = [
  // Equality of uuids inside an exclusion constraint.
  `create extension if not exists btree_gist`,
  `create table location (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    name jsonb not null,
    address jsonb not null,
    directions jsonb,
    parking jsonb,
    phone text,
    active boolean not null default true,
    primary key (clinic_id, id)
  )`,
  ...clinicTable('location'),
  `create table room (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    location_id uuid not null,
    name text not null,
    primary key (clinic_id, id),
    foreign key (clinic_id, location_id) references location (clinic_id, id)
  )`,
  `create index room_location on room (clinic_id, location_id)`,
  ...clinicTable('room'),
  `create table department (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    code text not null,
    name jsonb not null,
    primary key (clinic_id, id),
    unique (clinic_id, code)
  )`,
  ...clinicTable('department'),
];

const offers = [
  `create table practitioner (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    name text not null,
    title text,
    department_id uuid,
    user_id uuid references user_account (id),
    active boolean not null default true,
    primary key (clinic_id, id),
    foreign key (clinic_id, department_id) references department (clinic_id, id)
  )`,
  `create index practitioner_name on practitioner (clinic_id, name, id)`,
  ...clinicTable('practitioner'),
  `create table service (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    code text not null,
    name jsonb not null,
    description jsonb,
    department_id uuid,
    duration_minutes integer not null check (duration_minutes between 1 and 1440),
    price integer check (price >= 0),
    currency char(3),
    active boolean not null default true,
    primary key (clinic_id, id),
    unique (clinic_id, code),
    check ((price is null) = (currency is null)),
    foreign key (clinic_id, department_id) references department (clinic_id, id)
  )`,
  ...clinicTable('service'),
  `create table schedule (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    practitioner_id uuid not null,
    location_id uuid not null,
    room_id uuid,
    weekday smallint not null check (weekday between 1 and 7),
    start_time time not null,
    end_time time not null,
    slot_minutes integer not null check (slot_minutes between 5 and 480),
    valid_from date not null,
    valid_until date,
    primary key (clinic_id, id),
    check (end_time > start_time),
    check (valid_until >= valid_from),
    foreign key (clinic_id, practitioner_id) references practitioner (clinic_id, id),
    foreign key (clinic_id, location_id) references location (clinic_id, id),
    foreign key (clinic_id, room_id) references room (clinic_id, id)
  )`,
  `create index schedule_practitioner on schedule (clinic_id, practitioner_id, weekday)`,
  ...clinicTable('schedule'),
  // Which practitioners offer a service; one that nobody is named for is offered by all.
  `create table practitioner_service (
    clinic_id uuid not null references clinic (id),
    practitioner_id uuid not null,
    service_id uuid not null,
    primary key (clinic_id, service_id, practitioner_id),
    foreign key (clinic_id, practitioner_id) references practitioner (clinic_id, id),
    foreign key (clinic_id, service_id) references service (clinic_id, id)
  )`,
  ...clinicTable('practitioner_service'),
];

const patients = [
  // Han names are ordered by strokes, Latin ones without regard to case.
  `create table patient (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    name text collate "zh-Hant-x-icu" not null check (length(name) between 1 and 200),
    other_name text check (length(other_name) between 1 and 200),
    birth_date date,
    birth_date_approximate boolean not null default false,
    sex text check (sex in ('FEMALE', 'MALE', 'OTHER')),
    language text not null check (language in ('zh-Hant', 'zh-Hans', 'en')),
    preferred_department_id uuid,
    possible_duplicate boolean not null default false,
    deceased_on date,
    held_since timestamptz,
    erased_at timestamptz,
    source text,
    external_id text,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (clinic_id, id),
    unique (clinic_id, source, external_id),
    foreign key (clinic_id, preferred_department_id) references department (clinic_id, id)
  )`,
  `create index patient_name on patient (clinic_id, name, id)`,
  `create index patient_birth_date on patient (clinic_id, birth_date, id)`,
  `create index patient_created on patient (clinic_id, created_at, id)`,
  ...clinicTable('patient', { patient: 'id' }),
  // One person of a household may have the right to act for another; row-level security reads user_role.
  `alter table user_role add foreign key (clinic_id, patient_id) references patient (clinic_id, id)`,
  `create table contact_point (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    patient_id uuid not null,
    system text not null check (system in ('EMAIL', 'PHONE', 'LINE')),
    value text not null check (length(value) between 1 and 320),
    rank integer not null default 1 check (rank between 1 and 100),
    verified_at timestamptz,
    verification_code text,
    verification_expires_at timestamptz,
    verification_attempts integer not null default 0,
    created_at timestamptz not null default now(),
    primary key (clinic_id, id),
    unique (clinic_id, patient_id, system, value),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id)
  )`,
  ...clinicTable('contact_point', { patient: 'patient_id' }),
  `create table patient_condition (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    patient_id uuid not null,
    code text not null check (code ~ '^[A-Z][0-9][0-9A-Z](\\.[0-9A-Z]{1,4})?$'),
    display text,
    stability text check (stability in ('STABLE', 'UNSTABLE', 'UNKNOWN')),
    recorded_at timestamptz not null,
    resolved_at timestamptz,
    primary key (clinic_id, id),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id)
  )`,
  `create unique index patient_condition_code on patient_condition (clinic_id, patient_id, code) where resolved_at is null`,
  `create index patient_condition_of on patient_condition (clinic_id, code, patient_id)`,
  ...clinicTable('patient_condition', { patient: 'patient_id' }),
  `create table patient_allergy (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    patient_id uuid not null,
    substance text not null check (length(substance) between 1 and 200),
    reaction text check (length(reaction) between 1 and 500),
    recorded_at timestamptz not null,
    refuted_at timestamptz,
    primary key (clinic_id, id),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id)
  )`,
  `create index patient_allergy_patient on patient_allergy (clinic_id, patient_id)`,
  ...clinicTable('patient_allergy', { patient: 'patient_id' }),
  // Row-level security lets only leakproof operators use an index: so a search is a range over terms, never ilike.
  `create table patient_search_term (
    clinic_id uuid not null references clinic (id),
    term text collate "C" not null,
    patient_id uuid not null,
    primary key (clinic_id, term, patient_id),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id) on delete cascade
  )`,
  `create index patient_search_term_patient on patient_search_term (clinic_id, patient_id)`,
  ...clinicTable('patient_search_term', { patient: 'patient_id' }),
];

const appointments = [
  `create table appointment (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    patient_id uuid not null,
    service_id uuid,
    practitioner_id uuid,
    location_id uuid,
    room_id uuid,
    day date not null,
    starts_at timestamptz,
    ends_at timestamptz,
    booked_at timestamptz not null,
    lead_days integer not null check (lead_days >= 0),
    status text not null check (status in
      ('PENDING', 'BOOKED', 'CONFIRMED', 'ARRIVED', 'FULFILLED', 'CANCELLED', 'NO_SHOW', 'WAITLIST')),
    confirmed_at timestamptz,
    cancelled_at timestamptz,
    cancellation_reason text check (length(cancellation_reason) between 1 and 500),
    note text check (length(note) between 1 and 2000),
    version integer not null default 1,
    source text,
    external_id text,
    primary key (clinic_id, id),
    unique (clinic_id, source, external_id),
    check ((starts_at is null) = (ends_at is null)),
    check (ends_at > starts_at),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id),
    foreign key (clinic_id, service_id) references service (clinic_id, id),
    foreign key (clinic_id, practitioner_id) references practitioner (clinic_id, id),
    foreign key (clinic_id, location_id) references location (clinic_id, id),
    foreign key (clinic_id, room_id) references room (clinic_id, id)
  )`,
  `create index appointment_start on appointment (clinic_id, starts_at, id)`,
  `create index appointment_day on appointment (clinic_id, day, id)`,
  `create index appointment_patient on appointment (clinic_id, patient_id, starts_at desc, id desc)`,
  `create index appointment_practitioner on appointment (clinic_id, practitioner_id, starts_at, id)`,
  ...clinicTable('appointment', { patient: 'patient_id' }),
];

const takenTimes = [
  // When a practitioner or a room is taken, without a word of who takes it: so a patient, who sees no other patient's
  // appointment, gets the true free slots, and two resources are kept from double booking by one constraint.
  `create table taken_time (
    clinic_id uuid not null references clinic (id),
    appointment_id uuid not null,
    resource_id uuid not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    primary key (clinic_id, appointment_id, resource_id),
    foreign key (clinic_id, appointment_id) references appointment (clinic_id, id) on delete cascade,
    constraint taken_time_once exclude using gist
      (clinic_id with =, resource_id with =, tstzrange(starts_at, ends_at, '[)') with &&)
  )`,
  `create index taken_time_of on taken_time (clinic_id, resource_id, starts_at)`,
  ...clinicTable('taken_time'),
  // Resources, those left and those taken, are locked in the order of their ids before anything is written: unsorted,
  // 441 of 500 bookings of a room and a practitioner ended in a deadlock.
  `create function take_time() returns trigger language plpgsql as $$
  declare
    resource uuid;
  begin
    for resource in
      select distinct r from unnest(array[new.practitioner_id, new.room_id]
        || case when tg_op = 'UPDATE' then array[old.practitioner_id, old.room_id] end) r
      where r is not null order by r
    loop
      perform pg_advisory_xact_lock(hashtextextended(resource::text, 0));
    end loop;
    if tg_op = 'UPDATE' then
      delete from taken_time where clinic_id = old.clinic_id and appointment_id = old.id;
    end if;
    if new.starts_at is not null and new.status in ('PENDING', 'BOOKED', 'CONFIRMED', 'ARRIVED') then
      insert into taken_time (clinic_id, appointment_id, resource_id, starts_at, ends_at)
        select new.clinic_id, new.id, r, new.starts_at, new.ends_at
        from unnest(array[new.practitioner_id, new.room_id]) r where r is not null order by r;
    end if;
    return null;
  end $$`,
  `create trigger appointment_takes_time after insert on appointment
    for each row when (new.starts_at is not null) execute function take_time()`,
  `create trigger appointment_moves_time
    after update of practitioner_id, room_id, starts_at, ends_at, status on appointment
    for each row when (
      (old.practitioner_id, old.room_id, old.starts_at, old.ends_at, old.status)
      is distinct from (new.practitioner_id, new.room_id, new.starts_at, new.ends_at, new.status)
    ) execute function take_time()`,
];

const visits = [
  `create table visit (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    patient_id uuid not null,
    appointment_id uuid,
    practitioner_id uuid,
    department_id uuid,
    status text not null check (status in ('IN_PROGRESS', 'COMPLETED', 'CANCELLED')),
    started_at timestamptz not null,
    completed_at timestamptz,
    amount integer,
    currency char(3) not null,
    version integer not null default 1,
    primary key (clinic_id, id),
    check ((status = 'COMPLETED') = (completed_at is not null)),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id),
    foreign key (clinic_id, appointment_id) references appointment (clinic_id, id),
    foreign key (clinic_id, practitioner_id) references practitioner (clinic_id, id),
    foreign key (clinic_id, department_id) references department (clinic_id, id)
  )`,
  `create unique index visit_appointment on visit (clinic_id, appointment_id) where status <> 'CANCELLED'`,
  `create index visit_patient on visit (clinic_id, patient_id, started_at desc, id desc)`,
  `create index visit_start on visit (clinic_id, started_at, id)`,
  `create index visit_department on visit (clinic_id, department_id, started_at)`,
  ...clinicTable('visit', { patient: 'patient_id' }),
  `create table visit_procedure (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    visit_id uuid not null,
    patient_id uuid not null,
    service_id uuid,
    code text,
    name text not null check (length(name) between 1 and 200),
    completed_on date,
    amount integer,
    primary key (clinic_id, id),
    foreign key (clinic_id, visit_id) references visit (clinic_id, id),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id),
    foreign key (clinic_id, service_id) references service (clinic_id, id)
  )`,
  `create index visit_procedure_visit on visit_procedure (clinic_id, visit_id)`,
  `create index visit_procedure_patient on visit_procedure (clinic_id, patient_id, completed_on desc)`,
  ...clinicTable('visit_procedure', { patient: 'patient_id' }),
];

const consents = [
  // Append only: what was agreed is never changed, and the newest row of a purpose and channel is the present state.
  `create table consent (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    patient_id uuid not null,
    purpose text not null,
    channel text not null,
    decision text not null check (decision in ('GIVEN', 'WITHDRAWN')),
    source text not null,
    actor_kind text not null,
    actor_id text not null,
    notice text,
    recorded_at timestamptz not null,
    position bigint generated always as identity,
    primary key (clinic_id, id),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id)
  )`,
  `create index consent_present on consent (clinic_id, patient_id, purpose, channel, position desc)`,
  ...clinicTable('consent', { patient: 'patient_id', grants: 'select, insert' }),
];
