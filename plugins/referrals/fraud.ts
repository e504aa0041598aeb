import type { Context } from 'clinic-rapport';
import { ReferralsSettings } from './settings.ts';
import type { ReferralChannel, ReferralReview } from './words.ts';

/** What the rules against fraud say of a friend, and why. */
export interface Judgement {
  readonly review: ReferralReview;
  readonly reason?: string;
}

interface Suspicion {
  readonly invitedAt: Date;
  readonly advocateId: string;
  readonly friendId: string;
  readonly channel: ReferralChannel;
}

/**
 * The first rule that speaks against it, the strictest first. The patient master knows who is really new; who shares a phone, an
 * address or a home may be family, which staff can tell and a rule cannot.
 */
export async function judge(suspicion: Suspicion, context: Context): Promise<Judgement> {
  const { friendsPerMonth } = await context.settings(ReferralsSettings);
  const { self, existing, ring, person, phone, email, household, staff, friends } = await signsOf(suspicion, context);
  if (self) return { review: 'BLOCKED', reason: 'SELF' };
  if (ring) return { review: 'BLOCKED', reason: 'RING' };
  if (existing) return { review: 'BLOCKED', reason: 'EXISTING_PATIENT' };
  if (person) return { review: 'HELD', reason: 'SAME_PERSON' };
  if (phone) return { review: 'HELD', reason: 'SAME_PHONE' };
  if (email) return { review: 'HELD', reason: 'SAME_EMAIL' };
  if (household) return { review: 'HELD', reason: 'HOUSEHOLD' };
  if (staff) return { review: 'HELD', reason: 'STAFF' };
  if (friends >= friendsPerMonth) return { review: 'HELD', reason: 'TOO_MANY' };
  return { review: 'PASSED' };
}

type Signs = Record<'self' | 'existing' | 'ring' | 'person' | 'phone' | 'email' | 'household' | 'staff', boolean> & {
  friends: number;
};

/**
 * Mail addresses are compared as mailboxes: without capitals, without what follows a plus, and those of Gmail without dots. A
 * ring is a chain of referrals, however long, that leads from the friend to the advocate.
 */
async function signsOf({ invitedAt, advocateId, friendId, channel }: Suspicion, context: Context): Promise<Signs> {
  const { clinicId, em, now } = context;
  const [row] = await em.execute<Signs[]>(
    `with recursive c as (select ?::uuid as clinic, ?::uuid as advocate, ?::uuid as friend, ?::timestamptz as since),
     mine as (select p.patient_id, p.system, ${mailbox('p')} as value from contact_point p, c
       where p.clinic_id = c.clinic and p.patient_id in (c.advocate, c.friend)),
     shared as (select a.system from mine a, mine f, c
       where a.patient_id = c.advocate and f.patient_id = c.friend and a.system = f.system and a.value = f.value),
     ring as (
       select r.friend_id as id, 1 as depth from referrals_referral r, c
       where r.clinic_id = c.clinic and r.patient_id = c.friend and r.state <> 'VOID' and r.friend_id is not null
       union select r.friend_id, ring.depth + 1 from ring join referrals_referral r on r.patient_id = ring.id
         join c on r.clinic_id = c.clinic where r.state <> 'VOID' and r.friend_id is not null and ring.depth < 50)
     select c.advocate = c.friend as self,
       exists (select from patient p where p.clinic_id = c.clinic and p.id = c.friend and p.created_at < c.since)
         or exists (select from visit v where v.clinic_id = c.clinic and v.patient_id = c.friend and v.status = 'COMPLETED'
           and (c.since is null or v.started_at < c.since)) as existing,
       exists (select from ring where id = c.advocate) as ring,
       exists (select from patient a join patient f on f.clinic_id = a.clinic_id and f.id = c.friend
         where a.clinic_id = c.clinic and a.id = c.advocate and a.birth_date = f.birth_date
           and ${plainName('a')} = ${plainName('f')}) as person,
       exists (select from shared where system = 'PHONE') as phone,
       exists (select from shared where system = 'EMAIL') as email,
       exists (select from related_person r where r.clinic_id = c.clinic
         and (r.patient_id, r.person_id) in ((c.advocate, c.friend), (c.friend, c.advocate)))
         or exists (select from related_person r join contact_point p on p.clinic_id = r.clinic_id
           and (r.patient_id, p.patient_id) in ((c.advocate, c.friend), (c.friend, c.advocate))
           where r.clinic_id = c.clinic and (lower(r.email) = lower(p.value) or r.phone = p.value)) as household,
       exists (select from user_role u where u.clinic_id = c.clinic and u.role <> 'patient'
         and (u.user_id in (select o.user_id from user_role o where o.clinic_id = c.clinic and o.patient_id in (c.advocate, c.friend))
           or exists (select from user_account a cross join lateral (select 'EMAIL' as system, a.email as value) s
             join mine m on m.system = 'EMAIL' and m.value = ${mailbox('s')} where a.id = u.user_id))) as staff,
       (select count(*)::integer from referrals_referral r where r.clinic_id = c.clinic and r.patient_id = c.advocate
         and r.state <> 'VOID' and r.joined_at >= date_trunc('month', ?::timestamptz at time zone k.time_zone) at time zone k.time_zone) as friends
     from c join clinic k on k.id = c.clinic`,
    // At the desk the code is said by someone who may have registered for it minutes before, but was not seen yet.
    [clinicId, advocateId, friendId, channel === 'DESK' ? null : invitedAt.toISOString(), now.toISOString()],
  );
  return row!;
}

const mailbox = (alias: string): string => `case when ${alias}.system = 'EMAIL' then
  case when split_part(lower(${alias}.value), '@', 2) in ('gmail.com', 'googlemail.com')
    then replace(split_part(split_part(lower(${alias}.value), '@', 1), '+', 1), '.', '') || '@gmail.com'
    else split_part(split_part(lower(${alias}.value), '@', 1), '+', 1) || '@' || split_part(lower(${alias}.value), '@', 2) end
  else regexp_replace(${alias}.value, '[^0-9+]', '', 'g') end`;

/** As the public pages compare it: without gaps, capitals and full width. */
const plainName = (alias: string): string =>
  `lower(regexp_replace(normalize(${alias}.name, NFKC), '[[:space:]\\u3000]+', '', 'g'))`;
