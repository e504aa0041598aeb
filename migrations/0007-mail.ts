import { Migration } from '@mikro-orm/migrations';

/** Due mail is found by clinic and stream: a campaign of one holds up neither the reminders of others nor its own. */
export class Mail extends Migration {
  override up(): void {
    this.addSql(`create index delivery_waiting on delivery (stream, clinic_id, due_at) where state = 'queued'`);
    this.addSql(`drop index delivery_due`);
  }
}
