import { Arg, Authorized, Ctx, Field, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { badInput, LocalDate, select, sql, type Context, type Sql } from 'clinic-rapport';
import { tierCodeOf } from 'clinic-rapport/plugins/membership';
import { clinicOf, dayOf } from 'clinic-rapport/schema';
import { referralRead } from './referral.ts';

const most = 100;
/** Invitations that nobody followed are forgotten after that. */
export const keptDays = 2 * 366;

@ObjectType({ simpleResolvers: true, description: 'How far invitations led, of one channel, code or tier.' })
export class ReferralConversion {
  @Field(() => String, { description: 'Name of the channel, the code, or the code of a tier.' })
  key: string;

  @Field(() => Int, { description: 'Invitations that were opened and followed.' })
  invited: number;

  @Field(() => Int, { description: 'Of these, friends who became patients.' })
  joined: number;

  @Field(() => Int, { description: 'Of these, friends whose first visit is completed.' })
  qualified: number;
}

@ObjectType({ simpleResolvers: true, description: 'Where friends come from, of invitations in a time.' })
export class ReferralStatistics {
  @Field(() => ReferralConversion, { description: 'All together; its `key` is `ALL`.' })
  all: ReferralConversion;

  @Field(() => [ReferralConversion], { description: 'By channel: link, QR code, card, desk.' })
  byChannel: ReferralConversion[];

  @Field(() => [ReferralConversion], {
    description: `By code, those with the most friends first, at most ${most}.`,
  })
  byCode: ReferralConversion[];

  @Field(() => [ReferralConversion], { description: 'By the tier that the advocate has now; the key is its code.' })
  byTier: ReferralConversion[];
}

@Resolver()
export class ReferralStatisticsResolver {
  @Authorized(referralRead)
  @Query(() => ReferralStatistics, {
    description: 'Sources and conversions of the invitations of these days; what is void counts as invited only.',
  })
  async referralStatistics(
    @Arg('from', () => LocalDate, { description: 'The first day, in the clinic’s time, at most two years ago.' })
    from: string,
    @Arg('to', () => LocalDate, { description: 'The last day.' }) to: string,
    @Ctx() context: Context,
  ): Promise<ReferralStatistics> {
    const { clinicId, em, now } = context;
    const { timeZone } = await clinicOf(context);
    if (to < from) throw badInput('to', '`to` must not be before `from`.');
    const ago = (Date.parse(dayOf(now, timeZone)) - Date.parse(from)) / 86_400_000;
    if (ago > keptDays) throw badInput('from', '`from` must be two years ago at most: then invitations are forgotten.');
    const rows = await select<ReferralConversion & { part: Part }>(em, counted({ clinicId, from, to, timeZone }));
    const of = (wanted: Part): ReferralConversion[] => rows.filter(({ part }) => part === wanted);
    const [all = { key: 'ALL', invited: 0, joined: 0, qualified: 0 }] = of('all');
    return { all, byChannel: of('channel'), byCode: of('code'), byTier: of('tier') };
  }
}

type Part = 'all' | 'channel' | 'code' | 'tier';

/** Codes that were erased and advocates without a tier are in the other parts only. */
const counted = (of: { clinicId: string; from: string; to: string; timeZone: string }): Sql =>
  sql`with r as (select r.state, r.channel, c.code as written, ${tierCodeOf(sql`r.clinic_id`, sql`r.patient_id`)} as tier
      from referrals_referral r left join referrals_code c on c.clinic_id = r.clinic_id and c.id = r.code_id
      where r.clinic_id = ${of.clinicId}::uuid
        and r.invited_at >= (${of.from}::date)::timestamp at time zone ${of.timeZone}::text
        and r.invited_at < (${of.to}::date + 1)::timestamp at time zone ${of.timeZone}::text),
    counted as (select case when grouping(channel) = 0 then 'channel' when grouping(written) = 0 then 'code'
        when grouping(tier) = 0 then 'tier' else 'all' end as part,
        coalesce(channel, written, tier) as key, count(*)::integer as invited,
        (count(*) filter (where state in ('JOINED', 'QUALIFIED', 'REWARDED')))::integer as joined,
        (count(*) filter (where state in ('QUALIFIED', 'REWARDED')))::integer as qualified
      from r group by grouping sets ((channel), (written), (tier), ())),
    placed as (select *, row_number() over (partition by part order by joined desc, invited desc, key) as place
      from counted where key is not null or part = 'all')
    select part, coalesce(key, 'ALL') as key, invited, joined, qualified from placed
    where place <= ${most} order by part, place`;
