import { Migration } from '@mikro-orm/migrations';
import { clinicTable } from 'clinic-rapport';

/** What someone asked for on a public page and has to confirm by a mailed link; and of an appointment, what led to it. */
export class OnlineBooking extends Migration {
  override up(): void {
    this.addSql(`create table booking_request (
      clinic_id uuid not null references clinic (id),
      id uuid not null,
      service_id uuid,
      practitioner_id uuid,
      starts_at timestamptz,
      name text not null,
      birth_date date not null,
      phone text,
      email text not null,
      language text not null,
      purposes text[] not null,
      notice_version_id uuid,
      origin text,
      created_at timestamptz not null,
      expires_at timestamptz not null,
      done_at timestamptz,
      primary key (clinic_id, id),
      check (starts_at is null or service_id is not null),
      foreign key (clinic_id, service_id) references service (clinic_id, id),
      foreign key (clinic_id, practitioner_id) references practitioner (clinic_id, id),
      foreign key (clinic_id, notice_version_id) references notice_version (clinic_id, id)
    )`);
    this.addSql(`create index booking_request_expires on booking_request (clinic_id, expires_at)`);
    for (const statement of clinicTable('booking_request')) this.addSql(statement);
    this.addSql(`alter table appointment add column origin text check (length(origin) between 1 and 100)`);
  }
}
