import { Migration } from '@mikro-orm/migrations';
import { clinicTable } from 'clinic-rapport';

/** The scheme as data, who is in it, and what they did that counts beside visits. */
export class ProgramTables extends Migration {
  override up(): void {
    for (const statement of [...programs, ...tiers, ...members, ...changes, ...engagements]) this.addSql(statement);
  }
}

const programs = [
  `create table membership_program (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    name jsonb not null,
    active boolean not null,
    grace_days integer not null check (grace_days between 0 and 730),
    descent text not null check (descent in ('STEP', 'EARNED')),
    needs_verified_address boolean not null,
    version integer not null default 1,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (clinic_id, id)
  )`,
  `create unique index membership_program_active on membership_program (clinic_id) where active`,
  ...clinicTable('membership_program', { grants: 'select, insert, update' }),
];

const tiers = [
  `create table membership_tier (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    program_id uuid not null,
    code text not null,
    rank integer not null check (rank between 0 and 9),
    name jsonb not null,
    benefits jsonb,
    combination text not null check (combination in ('ANY', 'ALL')),
    conditions jsonb not null,
    yearly_value integer not null check (yearly_value between 0 and 1000000000),
    retired_at timestamptz,
    primary key (clinic_id, id),
    unique (clinic_id, program_id, code),
    foreign key (clinic_id, program_id) references membership_program (clinic_id, id)
  )`,
  ...clinicTable('membership_tier', { grants: 'select, insert, update' }),
];

const members = [
  `create table membership_member (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    patient_id uuid not null,
    tier_id uuid not null,
    joined_at timestamptz not null,
    tier_since timestamptz not null,
    grace_until date,
    changes integer not null default 1,
    evaluation integer not null default 0,
    held boolean not null default false,
    primary key (clinic_id, id),
    unique (clinic_id, patient_id),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id),
    foreign key (clinic_id, tier_id) references membership_tier (clinic_id, id)
  )`,
  `create index membership_member_tier on membership_member (clinic_id, tier_id, id)`,
  ...clinicTable('membership_member', { patient: 'patient_id', grants: 'select, insert' }),
  // Not the patient: of two records that are merged each keeps its own row, and the one that stays is evaluated anew.
  `grant delete, update (tier_id, tier_since, grace_until, changes, evaluation, held) on membership_member to rapport_app`,
];

const changes = [
  `create table membership_tier_change (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    patient_id uuid not null,
    from_tier_id uuid,
    to_tier_id uuid not null,
    reason text not null check (reason in ('JOINED', 'REACHED', 'LOST', 'PROGRAM')),
    changed_at timestamptz not null,
    number integer not null,
    primary key (clinic_id, id),
    unique (clinic_id, patient_id, number),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id),
    foreign key (clinic_id, from_tier_id) references membership_tier (clinic_id, id),
    foreign key (clinic_id, to_tier_id) references membership_tier (clinic_id, id)
  )`,
  ...clinicTable('membership_tier_change', { patient: 'patient_id', grants: 'select, insert' }),
  `grant delete on membership_tier_change to rapport_app`,
];

const engagements = [
  `create table membership_engagement (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    patient_id uuid not null,
    kind text not null check (kind in ('CONFIRMED', 'ANSWERED', 'ATTENDED', 'REFERRED', 'REVIEWED')),
    key text not null check (length(key) between 1 and 200),
    recorded_at timestamptz not null,
    primary key (clinic_id, id),
    unique (clinic_id, key),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id)
  )`,
  `create index membership_engagement_patient on membership_engagement (clinic_id, patient_id, recorded_at)`,
  ...clinicTable('membership_engagement', { patient: 'patient_id' }),
];
