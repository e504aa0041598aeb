import { defineJob } from 'clinic-rapport';
import { today } from './open-lots.ts';

/** Redemptions that one run lets lapse. */
const batch = 500;

/** What nobody has fetched in time lapses, so many at a time; the points stay spent. */
export const lapseRedemptions = defineJob('membership.lapse-redemptions', {
  every: '10 0 * * *',
  async run(_, context) {
    const { clinicId, em, now } = context;
    const lapsed = await em.execute<unknown[]>(
      `update membership_redemption set state = 'LAPSED', ended_at = ? where clinic_id = ? and id in (
         select id from membership_redemption where clinic_id = ? and state = 'OPEN' and valid_until < ?::date
         order by id limit ${batch} for update) returning 1`,
      [now.toISOString(), clinicId, clinicId, await today(context)],
    );
    if (lapsed.length === batch) await context.enqueue(lapseRedemptions, undefined, { key: 'more' });
  },
});
