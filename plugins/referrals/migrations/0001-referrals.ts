import { Migration } from '@mikro-orm/migrations';
import { clinicTable } from 'clinic-rapport';

export class Referrals extends Migration {
  override up(): void {
    for (const statement of [...codes, ...referrals, ...offers, ...rewards]) this.addSql(statement);
  }
}

const kinds = `('NON_MEDICAL_SERVICE', 'POINTS', 'DISCOUNT', 'GIFT', 'FREE_TREATMENT', 'CASH', 'PREPAID')`;

// One code of a patient is good at a time; those before it are kept, so that an old card says that it is old.
const codes = [
  `create table referrals_code (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    patient_id uuid not null,
    code text not null check (length(code) between 1 and 20),
    created_at timestamptz not null,
    expires_at timestamptz,
    primary key (clinic_id, id),
    unique (clinic_id, code),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id)
  )`,
  `create index referrals_code_patient on referrals_code (clinic_id, patient_id, created_at desc)`,
  ...clinicTable('referrals_code', { patient: 'patient_id' }),
];

// A friend is referred once: of two who join at the same moment the index lets one in.
const referrals = [
  `create table referrals_referral (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    patient_id uuid not null,
    friend_id uuid,
    code_id uuid,
    channel text not null check (channel in ('LINK', 'QR', 'CARD', 'DESK')),
    state text not null check (state in ('INVITED', 'JOINED', 'QUALIFIED', 'REWARDED', 'VOID')),
    review text not null check (review in ('PASSED', 'HELD', 'BLOCKED')),
    reason text,
    review_note text,
    reviewed_by uuid,
    discloses boolean not null default false,
    notice_version_id uuid,
    shown_name text,
    visit_id uuid,
    version integer not null default 1,
    held boolean not null default false,
    invited_at timestamptz not null,
    joined_at timestamptz,
    qualified_at timestamptz,
    ended_at timestamptz,
    primary key (clinic_id, id),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id),
    foreign key (clinic_id, friend_id) references patient (clinic_id, id),
    foreign key (clinic_id, code_id) references referrals_code (clinic_id, id) on delete set null (code_id),
    foreign key (clinic_id, notice_version_id) references notice_version (clinic_id, id),
    foreign key (clinic_id, visit_id) references visit (clinic_id, id)
  )`,
  `create unique index referrals_referral_friend on referrals_referral (clinic_id, friend_id) where state <> 'VOID'`,
  `create index referrals_referral_advocate on referrals_referral (clinic_id, patient_id, joined_at)`,
  `create index referrals_referral_invited on referrals_referral (clinic_id, invited_at, id)`,
  `create index referrals_referral_visit on referrals_referral (clinic_id, visit_id) where visit_id is not null`,
  ...clinicTable('referrals_referral', { patient: 'patient_id' }),
];

const offers = [
  `create table referrals_offer (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    side text not null check (side in ('ADVOCATE', 'FRIEND')),
    kind text not null check (kind in ${kinds}),
    points integer check (points between 1 and 1000000000),
    name jsonb not null,
    announced boolean not null,
    warnings text[] not null,
    needs_approval boolean not null,
    approved_rules text[] not null,
    approved_by uuid,
    approval_reason text,
    approved_at timestamptz,
    created_at timestamptz not null,
    ended_at timestamptz,
    primary key (clinic_id, id)
  )`,
  `create unique index referrals_offer_present on referrals_offer (clinic_id, side) where ended_at is null`,
  ...clinicTable('referrals_offer', { grants: 'select, insert, update' }),
];

// One reward for each side of a referral, whatever is delivered twice.
const rewards = [
  `create table referrals_reward (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    referral_id uuid not null,
    side text not null check (side in ('ADVOCATE', 'FRIEND')),
    round integer not null,
    patient_id uuid not null,
    offer_id uuid not null,
    state text not null check (state in ('PENDING', 'GRANTED', 'HANDED_OVER', 'REFUSED', 'REVERSED')),
    reason text,
    due_at timestamptz not null,
    granted_at timestamptz,
    ended_at timestamptz,
    primary key (clinic_id, id),
    unique (clinic_id, referral_id, side, round),
    foreign key (clinic_id, referral_id) references referrals_referral (clinic_id, id),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id),
    foreign key (clinic_id, offer_id) references referrals_offer (clinic_id, id)
  )`,
  `create unique index referrals_reward_present on referrals_reward (clinic_id, referral_id, side) where state <> 'REVERSED'`,
  `create index referrals_reward_due on referrals_reward (clinic_id, due_at) where state = 'PENDING'`,
  `create index referrals_reward_patient on referrals_reward (clinic_id, patient_id)`,
  ...clinicTable('referrals_reward', { patient: 'patient_id' }),
];
