import { Migration } from '@mikro-orm/migrations';

/** The mails to who belongs to a patient are found by the person: whoever withdraws takes back those too. */
export class WhatMailsRestOn extends Migration {
  override up(): void {
    this.addSql(
      `create index delivery_related_person on delivery (clinic_id, related_person_id) where related_person_id is not null`,
    );
  }
}
