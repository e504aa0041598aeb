import { Migration } from '@mikro-orm/migrations';
import { clinicTable } from 'clinic-rapport';

/** Lectures for members, and who has a seat. What is taken can never be more than there is: the table refuses it. */
export class Lectures extends Migration {
  override up(): void {
    for (const statement of [...lectures, ...seats]) this.addSql(statement);
  }
}

const lectures = [
  `create table membership_lecture (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    tier_id uuid not null,
    name jsonb not null,
    place jsonb not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null check (ends_at > starts_at),
    capacity integer not null check (capacity between 1 and 500),
    taken integer not null default 0 check (taken between 0 and capacity),
    state text not null check (state in ('PLANNED', 'CANCELLED')),
    primary key (clinic_id, id),
    foreign key (clinic_id, tier_id) references membership_tier (clinic_id, id)
  )`,
  `create index membership_lecture_time on membership_lecture (clinic_id, starts_at, id)`,
  ...clinicTable('membership_lecture', { grants: 'select, insert, update' }),
];

const seats = [
  `create table membership_seat (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    patient_id uuid not null,
    lecture_id uuid not null,
    state text not null check (state in ('TAKEN', 'CANCELLED')),
    registered_at timestamptz not null,
    cancelled_at timestamptz,
    attended_at timestamptz,
    reminded_at timestamptz,
    held boolean not null default false,
    primary key (clinic_id, id),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id),
    foreign key (clinic_id, lecture_id) references membership_lecture (clinic_id, id)
  )`,
  `create unique index membership_seat_once on membership_seat (clinic_id, lecture_id, patient_id) where state = 'TAKEN'`,
  `create index membership_seat_lecture on membership_seat (clinic_id, lecture_id, id)`,
  `create index membership_seat_patient on membership_seat (clinic_id, patient_id, registered_at, id)`,
  ...clinicTable('membership_seat', { patient: 'patient_id' }),
];
