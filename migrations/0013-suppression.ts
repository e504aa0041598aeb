import { Migration } from '@mikro-orm/migrations';
import { clinicTable } from 'clinic-rapport';

/** Standing stops for addresses, and what patients said when they left. */
export class Suppression extends Migration {
  override up(): void {
    for (const statement of [...hashes, ...suppressions, ...departures, ...evidence]) this.addSql(statement);
  }
}

/** Of a mail that is sent: when it was asked whether it may be, and since when the patient had proved to own the address. */
const evidence = [`alter table delivery add column decided_at timestamptz, add column address_verified_at timestamptz`];

const hashes = [
  // A key of each clinic, so that no clinic's stops can be compared with another's. It is kept here and not made from
  // RAPPORT_SECRET: a stop has to outlive every change of that.
  `alter table clinic add column address_key bytea not null
    default decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex')`,
  `create function address_hash(key bytea, address text) returns text language sql stable
    return encode(sha256(key || sha256(key || convert_to(address, 'UTF8'))), 'hex')`,
];

const suppressions = [
  // No patient: it is about an address, whoever has it, and stays when the patient is erased. No address either.
  `create table suppression (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    address_hash text not null,
    masked text,
    reason text not null check (reason in ('UNSUBSCRIBED', 'HARD_BOUNCE', 'COMPLAINT', 'STAFF')),
    since timestamptz not null,
    delivery_id uuid,
    recorded_by text not null,
    lifted_at timestamptz,
    lifted_by text,
    lifted_reason text,
    primary key (clinic_id, id),
    check ((lifted_at is null) = (lifted_by is null)),
    foreign key (clinic_id, delivery_id) references delivery (clinic_id, id)
  )`,
  `create unique index suppression_standing on suppression (clinic_id, address_hash, reason) where lifted_at is null`,
  ...clinicTable('suppression', { grants: 'select, insert, update' }),
];

const departures = [
  `create table unsubscribe (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    patient_id uuid not null,
    purpose text,
    way text not null check (way in ('ONE_CLICK', 'PAGE')),
    reason text check (reason in ('TOO_MANY', 'NOT_RELEVANT', 'NEVER_ASKED', 'OTHER')),
    delivery_id uuid,
    recorded_at timestamptz not null,
    primary key (clinic_id, id),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id),
    foreign key (clinic_id, delivery_id) references delivery (clinic_id, id)
  )`,
  `create index unsubscribe_recorded on unsubscribe (clinic_id, recorded_at, id)`,
  `create index unsubscribe_patient on unsubscribe (clinic_id, patient_id)`,
  ...clinicTable('unsubscribe', { patient: 'patient_id', grants: 'select, insert' }),
];
