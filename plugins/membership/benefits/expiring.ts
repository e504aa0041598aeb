import { defineJob, sql } from 'clinic-rapport';
import { today } from '../points/open-lots.ts';
import { dropTasks } from './tasks.ts';

/** Benefits that one run ends. */
const batch = 5_000;

/** After midnight of the clinic, so many at a time; what is late cannot be used in the meantime either. */
export const expireBenefits = defineJob('membership.expire-benefits', {
  every: '15 0 * * *',
  async run(_, context) {
    const { clinicId, em, now } = context;
    const over = await em.execute<unknown[]>(
      `update membership_granted_benefit set state = 'EXPIRED', ended_at = ? where clinic_id = ? and id in (
         select id from membership_granted_benefit where clinic_id = ? and state = 'OPEN' and valid_until < ?::date
         order by valid_until, id limit ${batch} for update) returning 1`,
      [now.toISOString(), clinicId, clinicId, await today(context)],
    );
    await dropTasks(column => sql`${column} is not null`, context);
    if (over.length === batch) await context.enqueue(expireBenefits, undefined, { key: 'more' });
  },
});
