import {
  Arg,
  Authorized,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Resolver,
  Root,
} from 'type-graphql';
import { defineLoader, definePermission, Needs, notFound, type Context, type Row } from 'clinic-rapport';
import { clinicOf, LocalizedText, Patient, RewardKind, type Localized, type RewardOffer } from 'clinic-rapport/schema';
import { codeOf, presentCode, ReferralCode, renewCode } from './code.ts';
import { spoken } from './code-signs.ts';
import { cardUrl, codeUrl, qrUrl } from './link.ts';
import { isTold, presentOffer, type ReferralOffer } from './offer.ts';
import { ReferralRewardState, ReferralSide, ReferralState } from './words.ts';

const most = 100;

export const codeUse = definePermission('referrals.code.use', 'See and make referral codes, and how far they led', [
  'owner',
  'frontDesk',
  'practitioner',
  'patient',
]);

/**
 * What an advocate may know of one friend: how far it came and in which month, nothing by which it could be told who. The name
 * is there only as long as the friend agrees.
 */
@ObjectType({ simpleResolvers: true, description: 'One friend whom a patient brought, as the patient may see it.' })
export class ReferralProgress {
  @Field(() => ReferralState, { description: 'How far it has come.' })
  state: ReferralState;

  @Field(() => String, { description: 'The month in which the friend came, in the clinic’s time: `2026-06`.' })
  month: string;

  @Field(() => String, {
    nullable: true,
    description: 'Who it is, as long as the friend agrees to be named; else null.',
  })
  friendName: string | null;
}

@ObjectType({ simpleResolvers: true, description: 'What a patient is promised for a friend who comes.' })
export class ReferralPromise {
  @Field(() => RewardKind, { description: 'What it gives, by the words of the law.' })
  kind: RewardOffer['kind'];

  @Field(() => LocalizedText, { description: 'What it is called.' })
  name: Localized;

  @Field(() => Int, { nullable: true, description: 'How many points; null for anything else.' })
  points: number | null;
}

/** Without a day or an hour: it would be that of the friend's visit. */
@ObjectType({
  simpleResolvers: true,
  description: 'A reward of a patient, for bringing a friend or for having been brought.',
})
export class PatientReferralReward extends ReferralPromise {
  @Field(() => ReferralSide, { description: 'Whether the patient brought someone, or was brought.' })
  side: ReferralSide;

  @Field(() => ReferralRewardState, { description: 'Where it stands.' })
  state: ReferralRewardState;
}

@ObjectType({ simpleResolvers: true, description: 'What became of a patient’s invitations.' })
export class ReferralSummary {
  @Field(() => Int, { description: 'Friends who came.' })
  joined: number;

  @Field(() => Int, { description: 'Rewards that are still kept back.' })
  pendingRewards: number;

  @Field(() => Int, { description: 'Rewards that were given.' })
  givenRewards: number;

  @Field(() => ReferralPromise, {
    nullable: true,
    description: 'What is promised for the next friend; null where nothing is, or the law lets nothing be told of it.',
  })
  promise: ReferralPromise | null;

  @Field(() => [PatientReferralReward], {
    description: `What the patient is given, for friends and for having been brought, at most ${most}; never by time.`,
  })
  rewards: PatientReferralReward[];

  @Field(() => [ReferralProgress], {
    description: `Friends by month, the latest first, at most ${most}; within a month by state and name, never by time.`,
  })
  progress: ReferralProgress[];
}

@InputType({ description: 'Whose code.' })
export class ReferralCodeInput {
  @Field(() => ID, { description: 'Id of the patient who invites.' })
  patientId: string;
}

@Resolver(() => ReferralCode)
export class ReferralCodeResolver {
  @Needs('code')
  @FieldResolver(() => String, { description: 'The code as it is written on cards: `K7M4 9QXA`.' })
  spoken(@Root() { code }: Row<ReferralCode>): string {
    return spoken(code);
  }

  @Needs('code')
  @FieldResolver(() => String, { description: 'The page that a friend opens.' })
  url(@Root() code: Row<ReferralCode>, @Ctx() context: Context): Promise<string> {
    return codeUrl(code as ReferralCode, 'LINK', context);
  }

  @Needs('code')
  @FieldResolver(() => String, { description: 'A page with a card to print.' })
  cardUrl(@Root() code: Row<ReferralCode>, @Ctx() context: Context): Promise<string> {
    return cardUrl(code as ReferralCode, context);
  }

  @Needs('code')
  @FieldResolver(() => String, { description: 'The QR code as a picture, SVG.' })
  qrSvgUrl(@Root() code: Row<ReferralCode>, @Ctx() context: Context): Promise<string> {
    return qrUrl(code as ReferralCode, 'svg', context);
  }

  @Needs('code')
  @FieldResolver(() => String, { description: 'The QR code as a picture, PNG of 600 pixels.' })
  qrPngUrl(@Root() code: Row<ReferralCode>, @Ctx() context: Context): Promise<string> {
    return qrUrl(code as ReferralCode, 'png', context);
  }

  @Authorized(codeUse)
  @Mutation(() => ReferralCode, { description: 'The patient’s code; a new one where there is none that is good.' })
  async createReferralCode(
    @Arg('input', () => ReferralCodeInput, { description: 'Whose.' }) { patientId }: ReferralCodeInput,
    @Ctx() context: Context,
  ): Promise<ReferralCode> {
    return codeOf(patientId, context);
  }

  @Authorized(codeUse)
  @Mutation(() => ReferralCode, { description: 'Another code from now on; the old one says that it is old.' })
  async renewReferralCode(
    @Arg('input', () => ReferralCodeInput, { description: 'Whose.' }) { patientId }: ReferralCodeInput,
    @Ctx() context: Context,
  ): Promise<ReferralCode> {
    return renewCode(patientId, context);
  }
}

@Resolver(() => Patient)
export class PatientReferrals {
  @Authorized(codeUse)
  @FieldResolver(() => ReferralCode, {
    nullable: true,
    description: 'The patient’s code; null where there is none that is good.',
  })
  async referralCode(@Root() { id }: Row<Patient>, @Ctx() context: Context): Promise<ReferralCode | null> {
    return (await presentCode(id, context)) ?? null;
  }

  @Authorized(codeUse)
  @FieldResolver(() => ReferralSummary, { nullable: true, description: 'What became of the patient’s invitations.' })
  async referralSummary(@Root() { id }: Row<Patient>, @Ctx() { load }: Context): Promise<ReferralSummary> {
    const found = await load(summaries, id);
    if (!found) throw notFound('This patient');
    return found;
  }
}

const promiseOf = ({ kind, name, points }: ReferralOffer): ReferralPromise => ({ kind, name, points: points ?? null });

/** As staff see it, or the patient: the advocate's own rows, of which only what is here goes out. */
const summaries = defineLoader<string, ReferralSummary>(async (patientIds, context) => {
  const { em, clinicId } = context;
  const { timeZone } = await clinicOf(context);
  const ids = `{${patientIds.join()}}`;
  const friends = await em.execute<(ReferralProgress & { advocate: string; joined: number })[]>(
    `select * from (
       select r.patient_id as advocate, r.state, to_char(r.joined_at at time zone ?, 'YYYY-MM') as month,
         r.shown_name as "friendName", (count(*) over (partition by r.patient_id))::integer as joined,
         row_number() over (partition by r.patient_id
           order by to_char(r.joined_at at time zone ?, 'YYYY-MM') desc, r.state, r.shown_name nulls last) as place
       from referrals_referral r
       where r.clinic_id = ? and r.patient_id = any(?::uuid[]) and r.friend_id is not null and r.state <> 'VOID') all_of_them
     where place <= ${most} order by advocate, place`,
    [timeZone, timeZone, clinicId, ids],
  );
  const rewards = await em.execute<{ patient: string; pending: number; given: number }[]>(
    `select patient_id as patient, (count(*) filter (where state = 'PENDING'))::integer as pending,
       (count(*) filter (where state in ('GRANTED', 'HANDED_OVER')))::integer as given
     from referrals_reward where clinic_id = ? and patient_id = any(?::uuid[]) and side = 'ADVOCATE' group by patient_id`,
    [clinicId, ids],
  );
  const own = await em.execute<(PatientReferralReward & { patient: string })[]>(
    `select * from (
       select w.patient_id as patient, w.side, w.state, o.kind, o.name, o.points,
         row_number() over (partition by w.patient_id order by w.side, w.state, o.id) as place
       from referrals_reward w join referrals_offer o on o.clinic_id = w.clinic_id and o.id = w.offer_id
       where w.clinic_id = ? and w.patient_id = any(?::uuid[])) all_of_them
     where place <= ${most} order by patient, place`,
    [clinicId, ids],
  );
  const offer = await presentOffer('ADVOCATE', context);
  const told = new Set<string>();
  for (const id of patientIds) if (offer && (await isTold(offer, context, id))) told.add(id);
  const rewardsOf = Map.groupBy(own, ({ patient }) => patient);
  const byAdvocate = Map.groupBy(friends, ({ advocate }) => advocate);
  const byPatient = new Map(rewards.map(row => [row.patient, row]));
  return patientIds.map(id => {
    const brought = byAdvocate.get(id) ?? [];
    const { pending = 0, given = 0 } = byPatient.get(id) ?? {};
    const progress = brought.map(({ state, month, friendName }) => ({ state, month, friendName }));
    const promise = offer && told.has(id) ? promiseOf(offer) : null;
    const rewards = (rewardsOf.get(id) ?? []).map(({ patient: _, ...reward }) => reward);
    const joined = brought[0]?.joined ?? 0;
    return { joined, pendingRewards: pending, givenRewards: given, promise, rewards, progress };
  });
});
