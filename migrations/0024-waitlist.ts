import { Migration } from '@mikro-orm/migrations';
import { clinicTable } from 'clinic-rapport';

/** Who waits for a time that becomes free, and which times were offered to whom. */
export class Waitlist extends Migration {
  override up(): void {
    for (const statement of [...entries, ...offers]) this.addSql(statement);
  }
}

const entries = [
  `create table waitlist_entry (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    patient_id uuid not null,
    service_id uuid not null,
    practitioner_id uuid,
    from_day date not null,
    to_day date not null,
    from_time time,
    to_time time,
    urgency integer not null default 0 check (urgency between 0 and 2),
    status text not null check (status in ('WAITING', 'OFFERED', 'BOOKED', 'LEFT', 'EXPIRED')),
    appointment_id uuid,
    joined_at timestamptz not null,
    version integer not null default 1,
    primary key (clinic_id, id),
    check (to_day >= from_day),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id),
    foreign key (clinic_id, service_id) references service (clinic_id, id),
    foreign key (clinic_id, practitioner_id) references practitioner (clinic_id, id),
    foreign key (clinic_id, appointment_id) references appointment (clinic_id, id)
  )`,
  // The clinical need first, then who has waited longest.
  `create index waitlist_entry_waiting on waitlist_entry (clinic_id, urgency desc, joined_at) where status = 'WAITING'`,
  `create index waitlist_entry_patient on waitlist_entry (clinic_id, patient_id)`,
  `create unique index waitlist_entry_once on waitlist_entry (clinic_id, patient_id, service_id) where status in ('WAITING', 'OFFERED')`,
  ...clinicTable('waitlist_entry', { patient: 'patient_id' }),
];

const offers = [
  `create table waitlist_offer (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    entry_id uuid not null,
    patient_id uuid not null,
    practitioner_id uuid not null,
    starts_at timestamptz not null,
    state text not null check (state in ('OPEN', 'ACCEPTED', 'DECLINED', 'EXPIRED', 'TAKEN')),
    expires_at timestamptz not null,
    created_at timestamptz not null,
    primary key (clinic_id, id),
    foreign key (clinic_id, entry_id) references waitlist_entry (clinic_id, id) on delete cascade,
    foreign key (clinic_id, patient_id) references patient (clinic_id, id),
    foreign key (clinic_id, practitioner_id) references practitioner (clinic_id, id)
  )`,
  // One time is offered to one at a time.
  `create unique index waitlist_offer_open on waitlist_offer (clinic_id, practitioner_id, starts_at) where state = 'OPEN'`,
  `create index waitlist_offer_expires on waitlist_offer (clinic_id, expires_at) where state = 'OPEN'`,
  `create index waitlist_offer_patient on waitlist_offer (clinic_id, patient_id, created_at)`,
  `create index waitlist_offer_entry on waitlist_offer (clinic_id, entry_id)`,
  ...clinicTable('waitlist_offer', { patient: 'patient_id' }),
];
