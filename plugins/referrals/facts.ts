import { defineFact, sql } from 'clinic-rapport';

/** Names of facts, and what they say; never who. */
export const facts = [
  defineFact('referrals.made', {
    description: 'How many friends the patient brought who are patients now.',
    type: 'INTEGER',
    value: () =>
      sql`(select count(*)::integer from referrals_referral f where f.clinic_id = ${sql.row}.clinic_id
        and f.patient_id = ${sql.row}.id and f.friend_id is not null and f.state <> 'VOID')`,
  }),
  defineFact('referrals.was-referred', {
    description: 'Whether the patient was brought by another one.',
    type: 'BOOLEAN',
    value: () =>
      sql`exists (select from referrals_referral f where f.clinic_id = ${sql.row}.clinic_id
        and f.friend_id = ${sql.row}.id and f.state <> 'VOID')`,
  }),
  defineFact('referrals.referred-by', {
    description: 'The code by which the patient was brought: `K7M49QXA`; unknown for all others.',
    type: 'TEXT',
    value: () =>
      sql`(select c.code from referrals_referral f join referrals_code c on c.clinic_id = f.clinic_id and c.id = f.code_id
        where f.clinic_id = ${sql.row}.clinic_id and f.friend_id = ${sql.row}.id and f.state <> 'VOID' limit 1)`,
  }),
];
