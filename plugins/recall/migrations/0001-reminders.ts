import { Migration } from '@mikro-orm/migrations';
import { clinicTable } from 'clinic-rapport';

export class Reminders extends Migration {
  override up(): void {
    for (const statement of reminders) this.addSql(statement);
  }
}

const reminders = [
  `create table recall_reminder (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    appointment_id uuid not null,
    patient_id uuid not null,
    version integer not null,
    time_before text not null,
    channel text not null check (channel in ('EMAIL')),
    starts_at timestamptz not null,
    due_at timestamptz not null,
    dropped text check (dropped in ('OFFSET_PASSED', 'APPOINTMENT_CHANGED', 'APPOINTMENT_CANCELLED')),
    held boolean not null default false,
    primary key (clinic_id, id),
    unique (clinic_id, appointment_id, version, time_before, channel),
    foreign key (clinic_id, appointment_id) references appointment (clinic_id, id),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id)
  )`,
  `create index recall_reminder_due on recall_reminder (clinic_id, due_at, id)`,
  `create index recall_reminder_patient on recall_reminder (clinic_id, patient_id)`,
  ...clinicTable('recall_reminder', { patient: 'patient_id' }),
];
