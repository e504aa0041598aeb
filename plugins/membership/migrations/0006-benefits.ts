import { Migration } from '@mikro-orm/migrations';
import { clinicTable } from 'clinic-rapport';

/** What tiers give, who was given it, and how often it was used. */
export class Benefits extends Migration {
  override up(): void {
    for (const statement of [...benefits, ...granted, ...uses]) this.addSql(statement);
  }
}

const kinds = `('DISCOUNT', 'GIFT', 'SERVICE', 'CHECK_UP', 'PRIORITY', 'EVENT', 'STAFF_CALL')`;

const benefits = [
  `create table membership_benefit (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    tier_id uuid not null,
    name jsonb not null,
    kind text not null check (kind in ${kinds}),
    quota integer not null check (quota between 1 and 1000),
    period text not null check (period in ('ONCE', 'MONTH', 'QUARTER', 'YEAR')),
    valid_days integer check (valid_days between 1 and 1825),
    review_on date,
    announced boolean not null,
    active boolean not null default true,
    warnings text[] not null,
    needs_approval boolean not null,
    approved_rules text[] not null,
    approved_by uuid,
    approval_reason text,
    approved_at timestamptz,
    primary key (clinic_id, id),
    foreign key (clinic_id, tier_id) references membership_tier (clinic_id, id)
  )`,
  `create index membership_benefit_tier on membership_benefit (clinic_id, tier_id)`,
  `create index membership_benefit_review on membership_benefit (clinic_id, review_on, id)`,
  ...clinicTable('membership_benefit', { grants: 'select, insert, update' }),
];

const granted = [
  `create table membership_granted_benefit (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    patient_id uuid not null,
    benefit_id uuid,
    period text,
    name jsonb not null,
    kind text not null check (kind in ${kinds}),
    quota integer not null check (quota between 1 and 1000),
    used integer not null default 0 check (used between 0 and quota),
    valid_until date,
    state text not null check (state in ('OPEN', 'USED', 'EXPIRED', 'REVOKED')),
    key text not null check (length(key) between 1 and 200),
    source text not null check (length(source) between 1 and 100),
    granted_at timestamptz not null,
    ended_at timestamptz,
    held boolean not null default false,
    primary key (clinic_id, id),
    unique (clinic_id, key),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id),
    foreign key (clinic_id, benefit_id) references membership_benefit (clinic_id, id)
  )`,
  `create index membership_granted_benefit_patient on membership_granted_benefit (clinic_id, patient_id, granted_at, id)`,
  `create index membership_granted_benefit_time on membership_granted_benefit (clinic_id, granted_at, id)`,
  `create index membership_granted_benefit_benefit on membership_granted_benefit (clinic_id, benefit_id, patient_id)`,
  `create index membership_granted_benefit_due on membership_granted_benefit (clinic_id, valid_until) where state = 'OPEN'`,
  `create index membership_granted_benefit_ended on membership_granted_benefit (clinic_id, ended_at) where state = 'EXPIRED'`,
  ...clinicTable('membership_granted_benefit', { patient: 'patient_id' }),
];

const uses = [
  `create table membership_benefit_use (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    patient_id uuid not null,
    granted_benefit_id uuid not null,
    used_at timestamptz not null,
    used_by text not null,
    primary key (clinic_id, id),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id),
    foreign key (clinic_id, granted_benefit_id) references membership_granted_benefit (clinic_id, id)
  )`,
  `create index membership_benefit_use_patient on membership_benefit_use (clinic_id, patient_id)`,
  `create index membership_benefit_use_granted on membership_benefit_use (clinic_id, granted_benefit_id)`,
  `create index membership_benefit_use_time on membership_benefit_use (clinic_id, used_at)`,
  ...clinicTable('membership_benefit_use', { patient: 'patient_id' }),
];
