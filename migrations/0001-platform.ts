import { Migration } from '@mikro-orm/migrations';
import { clinicTable, protect } from 'clinic-rapport';

/** The ground: clinics, users, installed plugins, outbox, jobs, deliveries. */
export class Platform extends Migration {
  override up(): void {
    for (const statement of [...clinics, ...users, ...events, ...jobs, ...mail]) this.addSql(statement);
  }
}

const clinics = [
  `create table clinic (
    id uuid primary key,
    slug text not null unique check (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    name text not null check (length(name) between 1 and 200),
    time_zone text not null,
    locale text not null,
    currency char(3) not null,
    sender_name text not null,
    sender_address text not null,
    phone text,
    created_at timestamptz not null default now()
  )`,
  ...protect('clinic', "id = nullif(current_setting('app.clinic_id', true), '')::uuid", {
    grants: 'select, insert, update',
    routing: ['id', 'slug', 'time_zone'],
  }),
  `create table clinic_plugin (
    clinic_id uuid not null references clinic (id),
    plugin text not null,
    enabled boolean not null,
    settings jsonb not null default '{}',
    primary key (clinic_id, plugin)
  )`,
  ...clinicTable('clinic_plugin', { routing: ['clinic_id', 'plugin', 'enabled'] }),
];

const users = [
  `create table user_account (
    id uuid primary key,
    subject text not null unique,
    name text not null,
    email text,
    locale text not null,
    disabled_at timestamptz,
    created_at timestamptz not null default now()
  )`,
  `create table user_role (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    user_id uuid not null references user_account (id),
    role text not null,
    patient_id uuid,
    created_at timestamptz not null default now(),
    primary key (clinic_id, id),
    unique nulls not distinct (clinic_id, user_id, role, patient_id),
    check ((role = 'patient') = (patient_id is not null))
  )`,
  `create index user_role_user on user_role (user_id, clinic_id)`,
  ...clinicTable('user_role', { patient: 'patient_id', routing: ['clinic_id', 'user_id', 'role', 'patient_id'] }),
  // A user is seen in the clinics in which the user has a role that the reader may see.
  ...protect(
    'user_account',
    'exists (select 1 from user_role where user_role.user_id = user_account.id and user_role.clinic_id = ' +
      "nullif(current_setting('app.clinic_id', true), '')::uuid)",
    { grants: 'select', routing: ['id', 'subject', 'disabled_at'] },
  ),
];

const events = [
  // The cursor of replay is (xid, position): an id alone misses events of transactions that commit late.
  `create table outbox (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    xid xid8 not null default pg_current_xact_id(),
    position bigint generated always as identity,
    name text not null,
    subject_type text not null,
    subject_id uuid not null,
    subject_version integer,
    patient_id uuid,
    payload jsonb not null,
    created_at timestamptz not null,
    primary key (clinic_id, id)
  )`,
  `create index outbox_cursor on outbox (xid, position)`,
  `create index outbox_replay on outbox (clinic_id, name, xid, position)`,
  ...clinicTable('outbox', {
    patient: 'patient_id',
    grants: 'select, insert',
    routing: [
      'clinic_id',
      'id',
      'xid',
      'position',
      'name',
      'subject_type',
      'subject_id',
      'subject_version',
      'patient_id',
      'payload',
      'created_at',
    ],
  }),
  // One row for each handler of an event; gone once it is handled, `dead` when it was tried often enough.
  `create table event_handling (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    event_id uuid not null,
    handler text not null,
    subject_id uuid not null,
    xid xid8 not null default pg_current_xact_id(),
    position bigint generated always as identity,
    state text not null default 'waiting' check (state in ('waiting', 'running', 'dead')),
    attempts integer not null default 0,
    due_at timestamptz not null,
    claimed_by text,
    lease_until timestamptz,
    error text,
    primary key (clinic_id, id),
    unique (clinic_id, event_id, handler),
    foreign key (clinic_id, event_id) references outbox (clinic_id, id)
  )`,
  `create index event_handling_due on event_handling (clinic_id, due_at) where state = 'waiting'`,
  `create index event_handling_lease on event_handling (lease_until) where state = 'running'`,
  `create index event_handling_order on event_handling (clinic_id, handler, subject_id, position)`,
  ...clinicTable('event_handling', { routing: ['clinic_id', 'id', 'handler', 'state', 'due_at', 'lease_until'] }),
];

const jobs = [
  `create table job (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    name text not null,
    key text,
    data jsonb not null,
    state text not null default 'waiting' check (state in ('waiting', 'running', 'dead')),
    attempts integer not null default 0,
    due_at timestamptz not null,
    claimed_by text,
    lease_until timestamptz,
    error text,
    created_at timestamptz not null,
    primary key (clinic_id, id)
  )`,
  `create unique index job_key on job (clinic_id, name, key) where state = 'waiting'`,
  `create index job_due on job (clinic_id, due_at) where state = 'waiting'`,
  `create index job_lease on job (lease_until) where state = 'running'`,
  ...clinicTable('job', { routing: ['clinic_id', 'id', 'name', 'state', 'due_at', 'lease_until'] }),
];

const mail = [
  `create table delivery (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    mail text not null,
    plugin text not null,
    stream text not null check (stream in ('transactional', 'marketing')),
    purpose text not null,
    key text,
    patient_id uuid,
    related_person_id uuid,
    user_id uuid,
    address text,
    recipient_name text,
    locale text,
    data jsonb not null,
    state text not null default 'queued'
      check (state in ('queued', 'claimed', 'sending', 'sent', 'withheld', 'failed', 'uncertain')),
    reason text,
    basis text,
    message_id text not null,
    attempts integer not null default 0,
    due_at timestamptz not null,
    claimed_by text,
    lease_until timestamptz,
    sent_at timestamptz,
    created_at timestamptz not null,
    primary key (clinic_id, id),
    unique (clinic_id, mail, key),
    check (num_nonnulls(patient_id, related_person_id, user_id) <= 1)
  )`,
  `create index delivery_due on delivery (due_at) where state = 'queued'`,
  `create index delivery_lease on delivery (lease_until) where state in ('claimed', 'sending')`,
  `create index delivery_patient on delivery (clinic_id, patient_id, created_at desc)`,
  ...clinicTable('delivery', {
    patient: 'patient_id',
    grants: 'select, insert, update',
    routing: ['clinic_id', 'id', 'state', 'due_at', 'lease_until', 'stream'],
  }),
];
