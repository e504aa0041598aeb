import { Migration } from '@mikro-orm/migrations';

/** What was paid back of a visit; never more than it cost. */
export class Refunds extends Migration {
  override up(): void {
    this.addSql(`alter table visit add column refunded_amount integer not null default 0
      check (refunded_amount between 0 and coalesce(amount, 0))`);
  }
}
