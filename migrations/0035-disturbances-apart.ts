import { Migration } from '@mikro-orm/migrations';
import { clinicTable } from 'clinic-rapport';

/**
 * When mails disturbed whom, and the offers of households, leave the delivery for a table of their own. Each of them was an update of
 * a row with ten indexes, and two of these indexes made every later update of it dearer: together a third of PostgreSQL's work
 * on an offer.
 */
export class DisturbancesApart extends Migration {
  override up(): void {
    for (const statement of disturbances) this.addSql(statement);
  }
}

const disturbances = [
  `create table disturbance (
    clinic_id uuid not null references clinic (id),
    delivery_id uuid not null,
    patient_id uuid not null,
    at timestamptz not null,
    household text,
    primary key (clinic_id, delivery_id),
    foreign key (clinic_id, delivery_id) references delivery (clinic_id, id)
  )`,
  `insert into disturbance (clinic_id, delivery_id, patient_id, at, household)
   select clinic_id, id, patient_id, coalesce(disturbed_at, decided_at, created_at), household from delivery
   where patient_id is not null and (disturbed_at is not null or household is not null)`,
  `create index disturbance_patient on disturbance (clinic_id, patient_id, at)`,
  `create index disturbance_household on disturbance (clinic_id, household) where household is not null`,
  ...clinicTable('disturbance', { patient: 'patient_id', grants: 'select, insert, update' }),
  `alter table delivery drop column disturbed_at, drop column household`,
];
