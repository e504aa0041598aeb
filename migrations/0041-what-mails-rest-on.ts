import { Migration } from '@mikro-orm/migrations';

/**
 * What mails rest on holds against whoever writes by SQL of the own, a plugin too. Triggers, and no check constraints: what was stored
 * before stays as it is, and an erasure takes the evidence away again.
 */
export class WhatMailsRestOn extends Migration {
  override up(): void {
    for (const statement of [...proved, ...kept, ...found]) this.addSql(statement);
  }
}

// A merge names the choice that it carries over, so that the notice or the proof is found there.
const proved = [
  `create function consent_proved() returns trigger language plpgsql as $$
  begin
    if new.source = 'IMPORT' and new.evidence is not null then
      return new;
    end if;
    if new.source = 'MERGE' and exists (
      select from consent c where c.clinic_id = new.clinic_id and c.purpose = new.purpose and c.channel = new.channel
        and c.id::text = substring(new.evidence from '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}')) then
      return new;
    end if;
    raise exception 'To agree to % takes the notice that was shown; an import its evidence, a merge the choice it carries over.', new.purpose
      using errcode = '23514', constraint = 'consent_is_proved', column = 'decision';
  end $$`,
  `create trigger consent_is_proved before insert or update of decision, purpose, source, notice_version_id on consent
     for each row when (new.decision = 'GIVEN' and new.purpose not in ('CARE', 'ACCOUNT', 'REMINDER')
       and (new.notice_version_id is null or new.source = 'IMPORT' and new.evidence is null))
     execute function consent_proved()`,
];

/** What is said of a mail that was sent: to whom, for what, on what it rested, and that it was. Its reason may become a bounce's. */
const said = [
  ...[
    'clinic_id',
    'id',
    'mail',
    'plugin',
    'stream',
    'purpose',
    'patient_id',
    'related_person_id',
    'user_id',
    'state',
    'basis',
  ],
  ...['decided_at', 'decided_snapshot', 'address_verified_at', 'sent_at'],
];
const of = (row: string): string => `(${said.map(column => `${row}.${column}`).join(', ')})`;

const kept = [
  `create function delivery_refuse() returns trigger language plpgsql as $$
  begin
    raise exception 'Of a mail that was sent nobody changes to whom it went, and on what it rested.' using errcode = '42501';
  end $$`,
  `create trigger delivery_stays_said before update on delivery
     for each row when (old.state = 'sent' and ${of('old')} is distinct from ${of('new')}) execute function delivery_refuse()`,
];

/** The mails to who belongs to a patient are found by the person: whoever withdraws takes back those too. */
const found = [
  `create index delivery_related_person on delivery (clinic_id, related_person_id) where related_person_id is not null`,
];
