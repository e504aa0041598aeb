import { Migration } from '@mikro-orm/migrations';
import { clinicTable } from 'clinic-rapport';

/** What people may ask of their data: who asked for an export, an erasure or a hold, and why; and what is forgotten by itself. */
export class SubjectRights extends Migration {
  override up(): void {
    for (const statement of [...requests, ...links, ...consents, ...forgetting]) this.addSql(statement);
  }
}

const requests = [
  `create table subject_request (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    patient_id uuid not null,
    kind text not null check (kind in ('EXPORT', 'ERASURE', 'HOLD', 'RELEASE')),
    reason text check (length(reason) between 1 and 1000),
    actor_kind text not null,
    actor_id text not null,
    at timestamptz not null,
    primary key (clinic_id, id),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id)
  )`,
  `create index subject_request_patient on subject_request (clinic_id, patient_id, at)`,
  ...clinicTable('subject_request', { patient: 'patient_id', grants: 'select, insert' }),
  // The words of a reason may name the patient: an erasure takes them away, and leaves the rest.
  `grant update (reason) on subject_request to rapport_app`,
];

const links = [
  // Links under old mails never expire by themselves.
  `create table ended_link (
    clinic_id uuid not null references clinic (id),
    patient_id uuid not null,
    ended_at timestamptz not null,
    primary key (clinic_id, patient_id),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id)
  )`,
  ...clinicTable('ended_link', { patient: 'patient_id', grants: 'select, insert' }),
];

const consents = [
  // Of a recorded choice only the free text can ever go, and only away: the choice itself stays what it was.
  `grant update (evidence, notice) on consent to rapport_app`,
  `create function consent_refuse() returns trigger language plpgsql as $$
  begin
    if new.evidence is not null or new.notice is not null then
      raise exception 'A consent is append only: its free text can be taken away, and nothing put in its place.'
        using errcode = '42501';
    end if;
    return new;
  end $$`,
  `create trigger consent_loses_text before update on consent for each row execute function consent_refuse()`,
];

const forgetting = [
  // The list of who came stays whole for half a year, whatever the runtime is made to do.
  `grant delete on sign_in to rapport_app`,
  `create policy sign_in_young on sign_in as restrictive for delete to rapport_app
     using (created_at < now() - interval '180 days')`,
  // Up to which id something was gone through, in the order of time: so each row is looked at once.
  `create table forgotten (
    clinic_id uuid not null references clinic (id),
    what text not null,
    up_to uuid not null,
    primary key (clinic_id, what)
  )`,
  ...clinicTable('forgotten', { grants: 'select, insert, update' }),
  // Mails to nobody in particular, by the address: few, as most go to a patient.
  `create index delivery_bare_address on delivery (clinic_id, address)
     where address is not null and patient_id is null and related_person_id is null and user_id is null`,
];
