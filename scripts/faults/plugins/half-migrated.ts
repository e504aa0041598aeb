import { Migration } from '@mikro-orm/migrations';
import { definePlugin } from 'clinic-rapport';

/** A migration that fails after its first statement. */
class HalfDone extends Migration {
  override up(): void {
    this.addSql('create table half_migrated_thing (id uuid primary key)');
    this.addSql('alter table half_migrated_thing add column id uuid');
  }
}

export default definePlugin({ name: 'half-migrated', version: '1.0.0', migrations: [HalfDone] });
