import { Migration } from '@mikro-orm/migrations';

export class ExpiryNotices extends Migration {
  override up(): void {
    // How many days before it expires the patient was told of a lot, of the last time.
    this.addSql('alter table membership_lot add column told_days integer check (told_days > 0)');
  }
}
