import { defineFact, sql, type Fact } from 'clinic-rapport';
import { balances } from './balance.ts';
import { today } from './open-lots.ts';

const nextExpiry = sql`(select min(l.expires_on) from membership_lot l where l.clinic_id = ${sql.row}.clinic_id
  and l.patient_id = ${sql.row}.id and l.available > 0)`;

export const pointsFacts: Fact[] = [
  defineFact('membership.points', {
    description: 'Points that can be spent; 0 for who never had any.',
    type: 'INTEGER',
    value: () => sql`coalesce(${balances}.available, 0)`,
  }),
  defineFact('membership.pointsExpireOn', {
    description: 'The last day on which the points that expire next can be spent.',
    type: 'DATE',
    value: () => nextExpiry,
  }),
  defineFact('membership.pointsExpireInDays', {
    description: 'Days until then, by the clinic’s calendar: 0 on that day.',
    type: 'INTEGER',
    value: async context => sql`(${nextExpiry} - ${await today(context)}::date)`,
  }),
];
