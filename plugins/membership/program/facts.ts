import { defineFact, sql, type Fact } from 'clinic-rapport';
import { members } from './member.ts';
import { today } from './rules-sql.ts';

/** For segments and recall rules. */
export const programFacts: readonly Fact[] = [
  defineFact('membership.tier', {
    description: 'Code of the tier that the patient has; not known of who is no member.',
    type: 'TEXT',
    value: () =>
      sql`(select t.code from membership_tier t where t.clinic_id = ${sql.row}.clinic_id and t.id = ${members}.tier_id)`,
  }),
  defineFact('membership.tenure', {
    description: 'Days since the patient became a member; not known of who is none.',
    type: 'INTEGER',
    value: async context => {
      const { on, timeZone } = await today(context);
      return sql`(${on}::date - (${members}.joined_at at time zone ${timeZone}::text)::date)`;
    },
  }),
];
