import { Migration } from '@mikro-orm/migrations';
import { clinicTable } from 'clinic-rapport';

/** Hours of the week that are kept for members of a tier. */
export class KeptTimes extends Migration {
  override up(): void {
    this.addSql(`create table membership_kept_time (
      clinic_id uuid not null references clinic (id),
      id uuid not null,
      tier_id uuid not null,
      service_id uuid,
      practitioner_id uuid,
      weekday smallint not null check (weekday between 1 and 7),
      start_time time not null,
      end_time time not null check (end_time > start_time),
      release_hours integer check (release_hours between 1 and 720),
      primary key (clinic_id, id),
      foreign key (clinic_id, tier_id) references membership_tier (clinic_id, id),
      foreign key (clinic_id, service_id) references service (clinic_id, id),
      foreign key (clinic_id, practitioner_id) references practitioner (clinic_id, id)
    )`);
    this.addSql('create index membership_kept_time_service on membership_kept_time (clinic_id, service_id)');
    for (const statement of clinicTable('membership_kept_time')) this.addSql(statement);
  }
}
