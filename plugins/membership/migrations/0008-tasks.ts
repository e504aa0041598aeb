import { Migration } from '@mikro-orm/migrations';
import { clinicTable } from 'clinic-rapport';

/** What staff have to do for a benefit: a call has somebody who makes it, and a day. */
export class Tasks extends Migration {
  override up(): void {
    this.addSql('alter table membership_benefit add column task_days integer check (task_days between 1 and 365)');
    for (const statement of tasks) this.addSql(statement);
  }
}

const tasks = [
  `create table membership_task (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    patient_id uuid not null,
    granted_benefit_id uuid not null,
    practitioner_id uuid,
    due_on date not null,
    state text not null check (state in ('OPEN', 'DONE', 'DROPPED')),
    created_at timestamptz not null,
    ended_at timestamptz,
    done_by text,
    primary key (clinic_id, id),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id),
    foreign key (clinic_id, granted_benefit_id) references membership_granted_benefit (clinic_id, id),
    foreign key (clinic_id, practitioner_id) references practitioner (clinic_id, id)
  )`,
  `create unique index membership_task_open on membership_task (clinic_id, granted_benefit_id) where state = 'OPEN'`,
  `create index membership_task_granted on membership_task (clinic_id, granted_benefit_id)`,
  `create index membership_task_due on membership_task (clinic_id, due_on, id)`,
  `create index membership_task_patient on membership_task (clinic_id, patient_id)`,
  `create index membership_task_practitioner on membership_task (clinic_id, practitioner_id, due_on)`,
  ...clinicTable('membership_task', { patient: 'patient_id' }),
];
