import { Migration } from '@mikro-orm/migrations';

/**
 * What a patient bears: when mails that nobody waits for were let go, and where the patient lives by the clock. On the delivery
 * itself, as it is the delivery that disturbs, and whose end decides whether it did.
 */
export class Disturbance extends Migration {
  override up(): void {
    // No default is written to rows that are there: nothing is rewritten, and the locks are short.
    this.addSql(`alter table patient add column time_zone text`);
    this.addSql(`alter table delivery
      add column priority smallint,
      add column deferred_since timestamptz,
      add column disturbed_at timestamptz,
      add column decided_snapshot text`);
    this.addSql(
      `create index delivery_disturbed on delivery (clinic_id, patient_id, disturbed_at) where disturbed_at is not null`,
    );
    // Which transaction wrote a choice: so it can be told whether who asked at a moment could see it already.
    this.addSql(`alter table consent add column recorded_xid xid8`);
    this.addSql(`alter table consent alter column recorded_xid set default pg_current_xact_id()`);
  }
}
