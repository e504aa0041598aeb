import { Migration } from '@mikro-orm/migrations';
import { clinicTable } from 'clinic-rapport';

/** When an operator has read patients' data, for which reason; and of a role, until when it counts. */
export class BreakGlass extends Migration {
  override up(): void {
    this.addSql(`alter table user_role add column until timestamptz`);
    this.addSql(`grant select (until) on user_role to rapport_dispatch`);
    this.addSql(`create table break_glass (
      clinic_id uuid not null references clinic (id),
      id uuid not null,
      user_id uuid not null references user_account (id),
      reason text not null check (length(reason) between 10 and 500),
      began_at timestamptz not null,
      until timestamptz not null,
      ended_at timestamptz,
      primary key (clinic_id, id),
      check (until > began_at)
    )`);
    this.addSql(`create index break_glass_began on break_glass (clinic_id, began_at)`);
    for (const statement of clinicTable('break_glass', { grants: 'select, insert' })) this.addSql(statement);
    // What was written down stays: only its end is added.
    this.addSql(`grant update (ended_at) on break_glass to rapport_app`);
  }
}
