import { Migration } from '@mikro-orm/migrations';
import { clinicTable } from 'clinic-rapport';

/** Who read and changed what: entries, the chain that links them, and a head of it for each day. Nothing is ever changed. */
export class Audit extends Migration {
  override up(): void {
    for (const statement of [...entries, ...chain, ...guards]) this.addSql(statement);
  }
}

const entries = [
  // Ids and names of fields only, and no key to the patient: an erased patient stays a number here.
  `create table audit_entry (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    sequence bigint generated always as identity,
    at timestamptz not null,
    kind text not null check (kind in ('READ', 'CREATE', 'UPDATE', 'DELETE', 'ACT')),
    action text not null,
    operation text,
    actor_kind text not null,
    actor_id text not null,
    actor_role text,
    request_id text not null,
    subject_type text,
    subject_id text,
    patient_id uuid,
    fields text[] not null,
    row_count integer,
    primary key (clinic_id, id)
  )`,
  `create index audit_entry_patient on audit_entry (clinic_id, patient_id, id)`,
  // All that an incident report counts, so that it reads the index alone.
  `create index audit_entry_actor on audit_entry (clinic_id, actor_id, at) include (patient_id, kind, row_count)`,
  ...clinicTable('audit_entry', { patient: 'patient_id', grants: 'select, insert' }),
];

const chain = [
  `create table audit_link (
    clinic_id uuid not null references clinic (id),
    position bigint not null,
    entry_id uuid not null,
    before text not null check (length(before) = 64),
    hash text not null check (length(hash) = 64),
    primary key (clinic_id, position),
    unique (clinic_id, entry_id),
    foreign key (clinic_id, entry_id) references audit_entry (clinic_id, id)
  )`,
  ...clinicTable('audit_link', { grants: 'select, insert' }),
  `create table audit_head (
    clinic_id uuid not null references clinic (id),
    day date not null,
    position bigint not null,
    hash text not null check (length(hash) = 64),
    primary key (clinic_id, day)
  )`,
  ...clinicTable('audit_head', { grants: 'select, insert' }),
  // What is to be linked. A queue and no cursor: an entry whose transaction ends late is linked late, and never passed over.
  `create table audit_waiting (
    clinic_id uuid not null references clinic (id),
    id uuid not null default gen_random_uuid(),
    entry_id uuid not null,
    primary key (clinic_id, id),
    foreign key (clinic_id, entry_id) references audit_entry (clinic_id, id)
  )`,
  ...clinicTable('audit_waiting', { routing: ['clinic_id'] }),
  `revoke update on audit_waiting from rapport_app`,
  `create function audit_wait() returns trigger language plpgsql as $$
  begin
    insert into audit_waiting (clinic_id, entry_id) select clinic_id, id from fresh;
    return null;
  end $$`,
  `create trigger audit_entry_waits after insert on audit_entry
     referencing new table as fresh for each statement execute function audit_wait()`,
];

// The runtime has no right to it anyway; this also stops an owner who does not mean it.
const guards = [
  `create function audit_refuse() returns trigger language plpgsql as $$
  begin
    raise exception 'The audit is append only.' using errcode = '42501';
  end $$`,
  ...['audit_entry', 'audit_link', 'audit_head'].map(
    table => `create trigger ${table}_append_only before update or delete or truncate on ${table}
      for each statement execute function audit_refuse()`,
  ),
];
