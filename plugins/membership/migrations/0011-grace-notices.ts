import { Migration } from '@mikro-orm/migrations';

export class GraceNotices extends Migration {
  override up(): void {
    // The end of the grace that the member was told of, of the last time.
    this.addSql('alter table membership_member add column grace_told date');
    this.addSql('grant update (grace_told) on membership_member to rapport_app');
    // Few at any time: the morning reads no members beside them.
    this.addSql(`create index membership_member_untold on membership_member (clinic_id, id)
      where grace_until is not null and grace_told is distinct from grace_until`);
  }
}
