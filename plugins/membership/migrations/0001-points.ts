import { Migration } from '@mikro-orm/migrations';
import { clinicTable } from 'clinic-rapport';

/**
 * The ledger is what counts. Lots and balances are its sums, kept by a trigger in the statement that adds to it, so that a
 * point can be spent once: whoever comes second waits for the balance's row, and the check refuses what is not there.
 */
export class Points extends Migration {
  override up(): void {
    for (const statement of [...balances, ...lots, ...entries, ...sums, ...guards]) this.addSql(statement);
  }
}

/** What the balance of one patient may come to, so that no sum leaves what GraphQL's Int can say. */
const most = 2_000_000_000;

const balances = [
  `create table membership_balance (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    patient_id uuid not null,
    available integer not null default 0 check (available >= 0),
    pending integer not null default 0 check (pending >= 0),
    owed integer not null default 0 check (owed >= 0),
    sequence integer not null default 0,
    held boolean not null default false,
    primary key (clinic_id, id),
    unique (clinic_id, patient_id),
    check (available::bigint + pending <= ${most}),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id)
  )`,
  ...clinicTable('membership_balance', { patient: 'patient_id', grants: 'select, insert' }),
  // Not the patient: entries stay with the record that they were written for, and so does their sum.
  `grant update (available, pending, owed, sequence, held) on membership_balance to rapport_app`,
];

const lots = [
  `create table membership_lot (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    patient_id uuid not null,
    key text not null,
    points integer not null check (points between 1 and 1000000000),
    pending integer not null default 0 check (pending >= 0),
    available integer not null default 0 check (available >= 0),
    owed integer not null default 0 check (owed >= 0),
    expires_on date,
    visit_id uuid,
    primary key (clinic_id, id),
    unique (clinic_id, key),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id),
    foreign key (clinic_id, visit_id) references visit (clinic_id, id)
  )`,
  `create index membership_lot_patient on membership_lot (clinic_id, patient_id)`,
  `create index membership_lot_next on membership_lot (clinic_id, patient_id, expires_on, id) where available > 0`,
  `create index membership_lot_expiry on membership_lot (clinic_id, expires_on, patient_id) where available > 0`,
  `create index membership_lot_visit on membership_lot (clinic_id, visit_id) where visit_id is not null`,
  ...clinicTable('membership_lot', { patient: 'patient_id', grants: 'select, insert, update' }),
];

const accounts = `('AVAILABLE', 'ISSUED', 'PENDING', 'OWED', 'REDEEMED', 'EXPIRED', 'SETTLED', 'MOVED')`;

const entries = [
  `create table membership_ledger_entry (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    patient_id uuid not null,
    sequence integer not null,
    posting_id uuid not null,
    lot_id uuid not null,
    kind text not null
      check (kind in ('EARN', 'RELEASE', 'REDEEM', 'RETURN', 'EXPIRE', 'ADJUST', 'REVERSE', 'SETTLE', 'IMPORT', 'MOVE')),
    from_account text not null check (from_account in ${accounts}),
    to_account text not null check (to_account in ${accounts}),
    points integer not null check (points between 1 and 1000000000),
    available_after integer not null check (available_after >= 0),
    pending_after integer not null check (pending_after >= 0),
    reason text not null,
    note text,
    recorded_at timestamptz not null,
    recorded_by text not null,
    primary key (clinic_id, id),
    unique (clinic_id, patient_id, sequence),
    check (from_account <> to_account),
    foreign key (clinic_id, patient_id) references patient (clinic_id, id),
    foreign key (clinic_id, lot_id) references membership_lot (clinic_id, id)
  )`,
  `create index membership_ledger_entry_lot on membership_ledger_entry (clinic_id, lot_id)`,
  `create index membership_ledger_entry_posting on membership_ledger_entry (clinic_id, posting_id)`,
  `create index membership_ledger_entry_time on membership_ledger_entry (clinic_id, recorded_at, id)`,
  ...clinicTable('membership_ledger_entry', { patient: 'patient_id', grants: 'select, insert' }),
];

/** What the entries of a statement add to one account; what is owed is the other way round: an account in the red. */
const added = (account: string): string =>
  `sum(case to_account when '${account}' then points else 0 end - case from_account when '${account}' then points else 0 end)`;

const sums = [
  `create function membership_add_up() returns trigger language plpgsql as $$
  begin
    update membership_balance b
    set available = b.available + f.available, pending = b.pending + f.pending, owed = b.owed - f.owed, sequence = f.sequence
    from (select clinic_id, patient_id, ${added('AVAILABLE')} as available, ${added('PENDING')} as pending,
      ${added('OWED')} as owed, max(sequence) as sequence from fresh group by clinic_id, patient_id) f
    where b.clinic_id = f.clinic_id and b.patient_id = f.patient_id;
    update membership_lot l
    set available = l.available + f.available, pending = l.pending + f.pending, owed = l.owed - f.owed
    from (select clinic_id, lot_id, ${added('AVAILABLE')} as available, ${added('PENDING')} as pending,
      ${added('OWED')} as owed from fresh group by clinic_id, lot_id) f
    where l.clinic_id = f.clinic_id and l.id = f.lot_id;
    return null;
  end $$`,
  `create trigger membership_ledger_entry_adds_up after insert on membership_ledger_entry
     referencing new table as fresh for each statement execute function membership_add_up()`,
];

const guards = [
  // Only the words of staff can ever go, and only away: the runtime can change no other column, and this one only so.
  `grant update (note) on membership_ledger_entry to rapport_app`,
  `create function membership_refuse() returns trigger language plpgsql as $$
  begin
    if tg_op = 'UPDATE' then
      if new.note is null and to_jsonb(new) - 'note' = to_jsonb(old) - 'note' then return new; end if;
    end if;
    raise exception 'The ledger is append only.' using errcode = '42501';
  end $$`,
  `create trigger membership_ledger_entry_loses_note before update on membership_ledger_entry
     for each row execute function membership_refuse()`,
  `create trigger membership_ledger_entry_append_only before delete or truncate on membership_ledger_entry
     for each statement execute function membership_refuse()`,
];
