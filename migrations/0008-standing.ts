import { Migration } from '@mikro-orm/migrations';
import { clinicTable } from 'clinic-rapport';

/**
 * Changes of what someone may do, as rows beside the notices. A notice comes by another connection than the events that
 * are read, and may be a moment late or lost; a row is in the same snapshot as every event that was stored with it or after.
 */
export class Standing extends Migration {
  override up(): void {
    for (const statement of [...changes, ...functions]) this.addSql(statement);
  }
}

const changes = [
  `create table standing_change (
    clinic_id uuid not null references clinic (id),
    id uuid not null default gen_random_uuid(),
    xid xid8 not null default pg_current_xact_id(),
    bearer text not null,
    created_at timestamptz not null default now(),
    primary key (clinic_id, id)
  )`,
  `create index standing_change_xid on standing_change (xid)`,
  ...clinicTable('standing_change', { routing: ['id', 'xid', 'bearer'] }),
];

/** Rows of an hour ago have been read by everyone; those that another transaction is removing are left to it. */
const forget = `delete from standing_change where ctid = any(array(
      select ctid from standing_change where created_at < now() - interval '1 hour' limit 100 for update skip locked))`;

const change = (name: string, kind: 'user' | 'key', concerned: string): string => `
  create or replace function ${name}() returns trigger language plpgsql as $$
  declare
    bearers text;
  begin
    with changed as (
      insert into standing_change (clinic_id, bearer)
      select distinct clinic_id, '${kind} ' || id from (${concerned}) concerned (clinic_id, id) returning bearer)
    select case when count(*) <= 100 then coalesce(string_agg(distinct bearer, ','), '') else '*' end
    into bearers from changed;
    if bearers <> '' then
      perform pg_notify('rapport_standing', bearers);
      ${forget};
    end if;
    return null;
  end $$`;

const functions = [
  change('role_given', 'user', 'select clinic_id, user_id from after'),
  change('role_taken', 'user', 'select clinic_id, user_id from before'),
  change('role_changed', 'user', 'select clinic_id, user_id from before union select clinic_id, user_id from after'),
  change(
    'account_changed',
    'user',
    `select r.clinic_id, a.id from after a join before b on b.id = a.id join user_role r on r.user_id = a.id
     where (a.disabled_at, a.subject, a.external_subject) is distinct from (b.disabled_at, b.subject, b.external_subject)`,
  ),
  change(
    'key_changed',
    'key',
    `select a.clinic_id, a.id from after a join before b on b.id = a.id
     where (a.revoked_at, a.expires_at, a.scopes) is distinct from (b.revoked_at, b.expires_at, b.scopes)`,
  ),
];
