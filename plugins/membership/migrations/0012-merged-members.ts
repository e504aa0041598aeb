import { Migration } from '@mikro-orm/migrations';

/** The record that stays of two has the higher tier and the earlier day of both. */
export class MergedMembers extends Migration {
  override up(): void {
    this.addSql('grant update (joined_at) on membership_member to rapport_app');
    this.addSql('alter table membership_tier_change drop constraint membership_tier_change_reason_check');
    this.addSql(`alter table membership_tier_change add constraint membership_tier_change_reason_check
      check (reason in ('JOINED', 'REACHED', 'LOST', 'PROGRAM', 'MERGED'))`);
  }
}
