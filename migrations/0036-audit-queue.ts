import { Migration } from '@mikro-orm/migrations';

/**
 * What waits to be linked is named by its entry alone. An id by chance put each row on another page, and that the clinic exists
 * is held by the entry already: each change of anything paid for both.
 */
export class AuditQueue extends Migration {
  override up(): void {
    this.addSql(`alter table audit_waiting
      drop constraint audit_waiting_pkey,
      drop constraint audit_waiting_clinic_id_fkey,
      drop column id,
      add primary key (clinic_id, entry_id)`);
  }
}
