import { Migration } from '@mikro-orm/migrations';
import { clinicTable } from 'clinic-rapport';

/**
 * The table of the clock (agenda 6.2.6, PostgreSQL backend 3.0.6), as the backend would create it. It is created here
 * because `ensureSchema` races: of 40 processes that started together, 26 failed. It names no patient and no clinic, only
 * what recurs; no row-level security, as there is nothing of a clinic in it. The log table is left out: nothing writes it.
 */
export class Agenda extends Migration {
  override up(): void {
    for (const statement of [...clock, ...schedule]) this.addSql(statement);
  }
}

const clock = [
  `create table agenda_jobs (
    id uuid primary key default gen_random_uuid(),
    name varchar(255) not null,
    priority integer not null default 0,
    next_run_at timestamptz,
    type varchar(10) not null default 'normal' check (type in ('normal', 'single')),
    locked_at timestamptz,
    last_finished_at timestamptz,
    failed_at timestamptz,
    fail_count integer,
    fail_reason text,
    repeat_timezone varchar(100),
    last_run_at timestamptz,
    repeat_interval varchar(255),
    data jsonb default '{}',
    repeat_at varchar(255),
    disabled boolean default false,
    progress real,
    fork boolean default false,
    last_modified_by varchar(255),
    debounce_started_at timestamptz,
    start_date timestamptz,
    end_date timestamptz,
    skip_days jsonb,
    created_at timestamptz default now(),
    updated_at timestamptz default now()
  )`,
  `create index agenda_jobs_find_and_lock_idx on agenda_jobs (name, next_run_at, priority desc, locked_at, disabled) where disabled = false`,
  `create unique index agenda_jobs_single_job_idx on agenda_jobs (name) where type = 'single'`,
  `create index agenda_jobs_locked_at_idx on agenda_jobs (locked_at) where locked_at is not null`,
  `create index agenda_jobs_next_run_at_idx on agenda_jobs (next_run_at) where next_run_at is not null`,
  // Once for a job and a time zone, whatever several processes do at once.
  `create unique index agenda_jobs_recurring on agenda_jobs (name, repeat_timezone) where repeat_interval is not null`,
  `grant select, insert, update, delete on agenda_jobs to rapport_app`,
  `grant select (name, repeat_timezone, last_run_at) on agenda_jobs to rapport_dispatch`,
];

const schedule = [
  // Which run of a recurring job a clinic was given last; written with the run, so that it is given once.
  `create table job_schedule (
    clinic_id uuid not null references clinic (id),
    name text not null,
    slot timestamptz not null,
    given_at timestamptz not null,
    primary key (clinic_id, name)
  )`,
  ...clinicTable('job_schedule', { grants: 'select, insert, update', routing: ['clinic_id', 'name', 'slot'] }),
];
