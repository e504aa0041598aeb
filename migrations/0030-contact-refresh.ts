import { Migration } from '@mikro-orm/migrations';

/** When a patient last said that an address is still right, and when the patient was last asked by mail. */
export class ContactRefresh extends Migration {
  override up(): void {
    this.addSql(`alter table contact_point add column confirmed_at timestamptz`);
    this.addSql(`alter table patient add column contacts_asked_at timestamptz`);
  }
}
