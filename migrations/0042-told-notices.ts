import { Migration } from '@mikro-orm/migrations';

/** Which notice someone was told of who registered, whatever else was agreed to: PDPA art. 8 asks for it of everybody. */
export class ToldNotices extends Migration {
  override up(): void {
    this.addSql(`alter table patient add column told_notice_version_id uuid`);
    this.addSql(`alter table patient add foreign key (clinic_id, told_notice_version_id)
      references notice_version (clinic_id, id)`);
  }
}
