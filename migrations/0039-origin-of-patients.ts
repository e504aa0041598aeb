import { Migration } from '@mikro-orm/migrations';

/** What led a patient to register, as an appointment has it: who registers on a page may book much later. */
export class OriginOfPatients extends Migration {
  override up(): void {
    this.addSql(`alter table patient add column origin text`);
  }
}
