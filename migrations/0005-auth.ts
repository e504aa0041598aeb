import { Migration } from '@mikro-orm/migrations';
import { clinicTable } from 'clinic-rapport';

/** Who can come in, and how: identities of other issuers, API keys, invitations, links to sign in; and who did come. */
export class Auth extends Migration {
  override up(): void {
    for (const statement of [...accounts, ...keys, ...invitations, ...links, ...signIns, ...notices])
      this.addSql(statement);
  }
}

const accounts = [
  // The one identity that another issuer gave: `<issuer>|<sub>`. Set once, so nobody can put another in its place.
  `alter table user_account add column external_subject text unique, add column email_verified_at timestamptz`,
  `create index user_account_email on user_account (lower(email)) where email is not null`,
  // A clinic may make an account. It opens nothing, and nobody else sees it, until it is given a role there.
  `alter policy user_account_clinic on user_account
     with check (nullif(current_setting('app.clinic_id', true), '')::uuid is not null)`,
  `grant insert, update (name, external_subject, email_verified_at) on user_account to rapport_app`,
  `grant select (external_subject, email, email_verified_at) on user_account to rapport_dispatch`,
];

const keys = [
  `create table api_key (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    name text not null check (length(name) between 1 and 100),
    hash text not null check (length(hash) = 64),
    scopes text[] not null,
    created_by text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    last_used_at timestamptz,
    primary key (clinic_id, id)
  )`,
  `create index api_key_id on api_key (id)`,
  `create index api_key_name on api_key (clinic_id, name, id)`,
  ...clinicTable('api_key', {
    grants: 'select, insert, update',
    routing: ['clinic_id', 'id', 'hash', 'scopes', 'expires_at', 'revoked_at'],
  }),
];

const invitations = [
  `create table user_invitation (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    email text not null check (length(email) between 3 and 254),
    name text not null check (length(name) between 1 and 200),
    roles text[] not null check (cardinality(roles) between 1 and 10),
    locale text not null check (locale in ('zh-Hant', 'zh-Hans', 'en')),
    invited_by text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    accepted_at timestamptz,
    primary key (clinic_id, id)
  )`,
  `create index user_invitation_created on user_invitation (clinic_id, created_at, id)`,
  `create unique index user_invitation_open on user_invitation (clinic_id, lower(email))
     where revoked_at is null and accepted_at is null`,
  ...clinicTable('user_invitation', { grants: 'select, insert, update' }),
];

const links = [
  // What was typed by someone who wants a link. Gone once it is looked up, so that no list of addresses grows here.
  `create table sign_in_request (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    email text not null check (length(email) between 3 and 254),
    locale text not null check (locale in ('zh-Hant', 'zh-Hans', 'en')),
    created_at timestamptz not null,
    primary key (clinic_id, id)
  )`,
  ...clinicTable('sign_in_request'),
  // Gone when it is used, or too old.
  `create table sign_in_link (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    email text not null check (length(email) between 3 and 254),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    primary key (clinic_id, id)
  )`,
  ...clinicTable('sign_in_link'),
  // Row-level security lets only leakproof operators use an index: an address is looked for as it was written, or in lower case.
  `create index contact_point_email on contact_point (clinic_id, value) where system = 'EMAIL' and verified_at is not null`,
];

const signIns = [
  `create table sign_in (
    clinic_id uuid not null references clinic (id),
    id uuid not null,
    user_id uuid,
    api_key_id uuid,
    method text not null check (method in ('TOKEN', 'API_KEY', 'LINK', 'INVITATION')),
    issuer text,
    outcome text not null check (outcome in ('SUCCEEDED', 'REFUSED')),
    reason text,
    address text,
    request_id text,
    created_at timestamptz not null,
    primary key (clinic_id, id)
  )`,
  `create index sign_in_created on sign_in (clinic_id, created_at, id)`,
  ...clinicTable('sign_in', { grants: 'select, insert' }),
];

// Every process forgets at once what it knew of whom a change concerns. Ids only; too many for one notice concern everyone.
const notify = (kind: 'user' | 'key'): string => `
    select case when count(*) <= 100 then coalesce(string_agg('${kind} ' || id, ','), '') else '*' end`;

const trigger = (table: string, event: 'insert' | 'update' | 'delete', run: string): string => `
  create trigger ${table}_${event}_standing after ${event} on ${table}
    referencing ${event === 'insert' ? '' : 'old table as before'} ${event === 'delete' ? '' : 'new table as after'}
    for each statement execute function ${run}()`;

const standing = (name: string, kind: 'user' | 'key', ids: string): string => `
  create function ${name}() returns trigger language plpgsql as $$
  declare
    concerned text;
  begin
    ${notify(kind)} into concerned from (${ids}) changed (id);
    if concerned <> '' then
      perform pg_notify('rapport_standing', concerned);
    end if;
    return null;
  end $$`;

const notices = [
  standing('role_given', 'user', 'select user_id from after'),
  standing('role_taken', 'user', 'select user_id from before'),
  standing('role_changed', 'user', 'select user_id from before union select user_id from after'),
  trigger('user_role', 'insert', 'role_given'),
  trigger('user_role', 'delete', 'role_taken'),
  trigger('user_role', 'update', 'role_changed'),
  standing(
    'account_changed',
    'user',
    `select a.id from after a join before b on b.id = a.id
     where (a.disabled_at, a.subject, a.external_subject) is distinct from (b.disabled_at, b.subject, b.external_subject)`,
  ),
  trigger('user_account', 'update', 'account_changed'),
  // Not for the time at which a key was last used.
  standing(
    'key_changed',
    'key',
    `select a.id from after a join before b on b.id = a.id
     where (a.revoked_at, a.expires_at, a.scopes) is distinct from (b.revoked_at, b.expires_at, b.scopes)`,
  ),
  trigger('api_key', 'update', 'key_changed'),
];
