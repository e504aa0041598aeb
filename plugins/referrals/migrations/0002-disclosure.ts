import { Migration } from '@mikro-orm/migrations';

/** What the friend agreed to stands beside a notice in the consent, which the friend's own form records. */
export class Disclosure extends Migration {
  override up(): void {
    this.addSql('alter table referrals_referral drop column notice_version_id');
    this.addSql('update referrals_referral set discloses = false where shown_name is null and discloses');
  }
}
