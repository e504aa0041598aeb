import { Migration } from '@mikro-orm/migrations';
import { clinicTable } from 'clinic-rapport';

/** New days of a service that members may book some days before everybody. */
export class Openings extends Migration {
  override up(): void {
    this.addSql(`create table membership_opening (
      clinic_id uuid not null references clinic (id),
      id uuid not null,
      service_id uuid not null,
      tier_id uuid not null,
      first_day date not null,
      last_day date not null check (last_day >= first_day),
      members_from timestamptz not null,
      everybody_from timestamptz not null check (everybody_from > members_from),
      primary key (clinic_id, id),
      foreign key (clinic_id, service_id) references service (clinic_id, id),
      foreign key (clinic_id, tier_id) references membership_tier (clinic_id, id)
    )`);
    this.addSql(
      'create index membership_opening_service on membership_opening (clinic_id, service_id, everybody_from)',
    );
    for (const statement of clinicTable('membership_opening')) this.addSql(statement);
  }
}
