import { Migration } from '@mikro-orm/migrations';
import { clinicTable } from 'clinic-rapport';

export class Rewards extends Migration {
  override up(): void {
    for (const statement of [...rewards, ...redemptions]) this.addSql(statement);
  }
}

const rewards = [
  `create table membership_reward (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    name jsonb not null,
    kind text not null check (kind in
      ('NON_MEDICAL_SERVICE', 'POINTS', 'DISCOUNT', 'GIFT', 'FREE_TREATMENT', 'CASH', 'PREPAID')),
    points integer not null check (points between 1 and 1000000000),
    stock integer check (stock >= 0),
    valid_days integer check (valid_days >= 0),
    announced boolean not null,
    active boolean not null default true,
    warnings text[] not null,
    needs_approval boolean not null,
    approved_rules text[] not null,
    approved_by uuid,
    approval_reason text,
    approved_at timestamptz,
    primary key (clinic_id, id)
  )`,
  `create index membership_reward_points on membership_reward (clinic_id, points, id)`,
  ...clinicTable('membership_reward', { grants: 'select, insert, update' }),
];

const redemptions = [
  `create table membership_redemption (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    patient_id uuid not null,
    reward_id uuid not null,
    points integer not null check (points between 1 and 1000000000),
    code text not null,
    state text not null check (state in ('OPEN', 'USED', 'CANCELLED', 'LAPSED')),
    valid_until date,
    posting_id uuid not null,
    redeemed_at timestamptz not null,
    ended_at timestamptz,
    primary key (clinic_id, id),
    unique (clinic_id, code),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id),
    foreign key (clinic_id, reward_id) references membership_reward (clinic_id, id)
  )`,
  `create index membership_redemption_patient on membership_redemption (clinic_id, patient_id)`,
  `create index membership_redemption_time on membership_redemption (clinic_id, redeemed_at, id)`,
  `create index membership_redemption_due on membership_redemption (clinic_id, valid_until) where state = 'OPEN'`,
  ...clinicTable('membership_redemption', { patient: 'patient_id', grants: 'select, insert, update' }),
];
