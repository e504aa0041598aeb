import { Migration } from '@mikro-orm/migrations';
import { clinicTable } from 'clinic-rapport';

/** What limits requests: counts, the web pages that may ask a clinic's API, and whether a process fits its database. */
export class Limits extends Migration {
  override up(): void {
    for (const statement of [...counters, ...origins, ...readiness]) this.addSql(statement);
  }
}

const counters = [
  // The form that rate-limiter-flexible 11.4 counts in. Keys are hashes, so there is nothing of a clinic or a person in it;
  // it is not logged, as after a crash of the server nobody minds to count from nothing.
  `create unlogged table rate_limit (
    key varchar(255) primary key,
    points integer not null default 0,
    expire bigint
  )`,
  `create index rate_limit_expire on rate_limit (expire)`,
  `grant select, insert, update, delete on rate_limit to rapport_dispatch`,
];

const origins = [
  `create table clinic_origin (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    origin text not null check (length(origin) between 8 and 255),
    primary key (clinic_id, id),
    unique (clinic_id, origin)
  )`,
  `create index clinic_origin_origin on clinic_origin (origin)`,
  ...clinicTable('clinic_origin', { grants: 'select, insert, update, delete', routing: ['clinic_id', 'origin'] }),
];

const readiness = [`grant select (name) on rapport_migration to rapport_dispatch`];
