import { Migration } from '@mikro-orm/migrations';
import { clinicTable } from 'clinic-rapport';

/** Keys under which work is done once; and what people need to look at work, to mend it, and to be rid of what is done. */
export class Idempotency extends Migration {
  override up(): void {
    for (const statement of [...keys, ...events, ...indexes, ...plugins, ...people]) this.addSql(statement);
  }
}

const keys = [
  // Written in the transaction of the work: a row without a result is seen by nobody but that transaction.
  `create table idempotency_key (
    clinic_id uuid not null references clinic (id),
    actor text not null,
    key text not null check (length(key) between 1 and 255),
    operation text not null,
    fingerprint text not null,
    patient_ids text not null,
    result jsonb,
    created_at timestamptz not null,
    primary key (clinic_id, actor, key)
  )`,
  `create index idempotency_key_age on idempotency_key (clinic_id, created_at)`,
  ...clinicTable('idempotency_key', { scope: 'patient_ids' }),
];

const events = [
  // The last one that was removed of the events of a name, by the order of cursors: who has not seen it has missed it.
  `create table outbox_forgotten (
    clinic_id uuid not null references clinic (id),
    name text not null,
    xid xid8 not null,
    position bigint not null,
    removed_at timestamptz not null,
    primary key (clinic_id, name)
  )`,
  ...clinicTable('outbox_forgotten', {
    grants: 'select, insert, update',
    routing: ['clinic_id', 'name', 'xid', 'position'],
  }),
  `grant delete on outbox to rapport_app`,
  `create index outbox_age on outbox (clinic_id, created_at)`,
  `create index outbox_subject on outbox (clinic_id, subject_id)`,
];

// Ids are in the order of time, so the primary key serves lists; these find what is rare among much.
const indexes = [
  `create index event_handling_standing on event_handling (clinic_id, handler, state, due_at)`,
  `create index event_handling_dead on event_handling (clinic_id, id) where state = 'dead'`,
  `create index job_standing on job (clinic_id, name, state, due_at)`,
  `create index job_due_at on job (clinic_id, due_at, id)`,
  `create index job_dead on job (clinic_id, id) where state = 'dead'`,
  `create index delivery_unsent on delivery (clinic_id, state, id) where state in ('queued', 'withheld', 'failed', 'uncertain')`,
  `create index delivery_due_at on delivery (clinic_id, due_at, id)`,
];

const plugins = [
  // Counted by five minutes, so that a plugin that always fails writes no more rows than that.
  `create table plugin_failure (
    clinic_id uuid not null references clinic (id),
    plugin text not null,
    slot timestamptz not null,
    failures integer not null,
    last_at timestamptz not null,
    last_reason text not null,
    paused_until timestamptz,
    paused_by text,
    primary key (clinic_id, plugin, slot)
  )`,
  ...clinicTable('plugin_failure'),
];

const people = [
  `create table intervention (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    action text not null check (action in ('REPLAY_EVENT', 'RETRY_JOB', 'RETRY_DELIVERY', 'DISCARD_DEAD_LETTER')),
    subject_id uuid not null,
    name text not null,
    reason text,
    actor_kind text not null,
    actor_id text not null,
    at timestamptz not null,
    primary key (clinic_id, id)
  )`,
  ...clinicTable('intervention', { grants: 'select, insert' }),
];
