import { Migration } from '@mikro-orm/migrations';

/** Of each choice who recorded it, and of one that staff recorded, where the patient was asked. */
export class ConsentActor extends Migration {
  override up(): void {
    this.addSql(`alter table consent
      add column recorded_by text check (recorded_by in ('PATIENT', 'GUARDIAN', 'STAFF', 'IMPORT', 'SYSTEM')),
      add column touchpoint text`);
  }
}
