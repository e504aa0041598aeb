import type { GraphQLResolveInfo } from 'graphql';
import { v7 as newId } from 'uuid';
import { Args, Authorized, Ctx, Info, Query, Resolver } from 'type-graphql';
import { defineJob, sql, type Context, type Job, type Page, type PageArguments, type Sql } from 'clinic-rapport';
import { dayOf } from './clinic-day.ts';
import { clinicOf } from './clinic.ts';
import type { CompliancePack } from './compliance/pack.ts';
import { packs } from './compliance/packs.ts';
import { CoreSettings } from './core-settings.ts';
import { emptied } from './emptied-mail.ts';
import { PatientList, type Patient } from './patient.ts';
import { patientErase } from './subject-rights.ts';

@Resolver()
export class RetentionResolver {
  @Authorized(patientErase)
  @Query(() => PatientList.Connection, {
    description:
      'Patients whose medical record has not to be kept any longer, by the rule packs of the clinic and of the residence, and on whom no legal hold stands: for a person to decide on. Nothing of a record is ever erased by itself.',
  })
  async retentionDue(
    @Args(() => PatientList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() context: Context,
  ): Promise<Page<Patient>> {
    const standing = { erasedAt: null, heldSince: null, mergedInto: null } as const;
    return context.read.page(PatientList, info, page, [standing, await recordHasEnded(context)]);
  }
}

/**
 * Whether nothing was entered into the record for as long as the law asks: since the registration, the last visit or
 * appointment, or, where the law says so, since the patient came of age. The strictest of the packs that count decides.
 */
async function recordHasEnded(context: Context): Promise<Sql> {
  const { compliancePack, ageOfMajority } = await context.settings(CoreSettings);
  const home = packs[compliancePack];
  const { timeZone } = await clinicOf(context);
  const today = dayOf(context.now, timeZone);
  const abroad = Object.values(packs).flatMap(pack => pack.countries.map(country => ({ country, pack })));
  const ended = (kept: RecordKeeping): Sql => {
    const cameOfAge = sql`${sql.row}.birth_date + make_interval(years => ${ageOfMajority}::integer)`;
    const since = kept.fromMajority ? sql`greatest(${lastEntry(timeZone)}, ${cameOfAge})` : lastEntry(timeZone);
    return sql`${since} + make_interval(years => ${kept.years}::integer) < ${today}::date`;
  };
  const foreign = abroad.reduce(
    (cases, { country, pack }) =>
      sql`${cases} when ${sql.row}.residence = ${country}::text then ${ended(recordKeepingOf([home, pack]))}`,
    sql``,
  );
  const least = Math.min(...[home, ...abroad.map(({ pack }) => pack)].map(pack => recordKeepingOf([home, pack]).years));
  // Who came lately is passed over without a look at the visits.
  return sql`${sql.row}.created_at + make_interval(years => ${least}::integer) < ${today}::date
    and case ${foreign} else ${ended(recordKeepingOf([home]))} end`;
}

const lastEntry = (timeZone: string): Sql => sql`greatest(
  (${sql.row}.created_at at time zone ${timeZone}::text)::date,
  (select max((v.started_at at time zone ${timeZone}::text)::date) from visit v
    where v.clinic_id = ${sql.row}.clinic_id and v.patient_id = ${sql.row}.id),
  (select max(a.day) from appointment a
    where a.clinic_id = ${sql.row}.clinic_id and a.patient_id = ${sql.row}.id))`;

interface RecordKeeping {
  readonly years: number;
  readonly fromMajority: boolean;
}

/** The longest that one of them asks for; where none says anything, the longest of all there are. */
export function recordKeepingOf(counting: readonly CompliancePack[]): RecordKeeping {
  const rules = counting.flatMap(({ retention }) => retention.filter(({ kind }) => kind === 'MEDICAL_RECORD'));
  if (rules.length === 0) return recordKeepingOf([packs.strict]);
  return {
    years: Math.max(...rules.map(({ years }) => years)),
    fromMajority: rules.some(({ fromMajority }) => fromMajority === true),
  };
}

const days = 86_400_000;
/** Rows that one transaction goes through. */
const batch = 2_000;

/** Forgets a batch each night, and what is left in further runs, each with a transaction of its own. */
function forgetting(name: string, every: string, forget: (context: Context) => Promise<number>): Job<void> {
  const job: Job<void> = defineJob(name, {
    every,
    async run(_, context) {
      if ((await forget(context)) === batch) await context.enqueue(job, undefined, { key: 'more' });
    },
  });
  return job;
}

const ago = (time: number, { now }: Context): Date => new Date(now.getTime() - time * days);

/** Ids are in the order of time: all that were made before have smaller ones. */
const firstIdAt = (at: Date): string => newId({ msecs: at.getTime(), random: new Uint8Array(16), seq: 0 });

/** Not of who can see a patient under a legal hold. */
async function forgetSignIns(context: Context): Promise<number> {
  const { keepSignInsForDays } = await context.settings(CoreSettings);
  const [row] = await context.em.execute<{ removed: number }[]>(
    `with gone as (delete from sign_in where ctid in (
       select s.ctid from sign_in s where s.clinic_id = ? and s.created_at < ? and not exists (
         select from user_role u join patient p on p.clinic_id = u.clinic_id and p.id = u.patient_id
         where u.clinic_id = s.clinic_id and u.user_id = s.user_id and p.held_since is not null)
       order by s.created_at limit ${batch}) returning 1)
     select count(*)::integer as removed from gone`,
    [context.clinicId, ago(keepSignInsForDays, context).toISOString()],
  );
  return row!.removed;
}

/**
 * Of mails that went long ago, to whom and with which data; that they went, and on what they rested, stays. Each is looked at
 * once, in the order of time; those of a patient under a legal hold, and of who belongs to one, are passed over, and left to the erasure.
 */
const forgetMailsStatement = `with past as (
    select d.id, d.state from delivery d
    where d.clinic_id = ? and d.id > coalesce((select up_to from forgotten where clinic_id = ? and what = 'delivery'),
      '00000000-0000-0000-0000-000000000000') and d.id < ?::uuid
    order by d.id limit ${batch}),
  cleared as (
    update delivery d set ${emptied} from past
    where d.clinic_id = ? and d.id = past.id and past.state in ('sent', 'withheld', 'failed', 'uncertain')
      and not exists (select from patient p where p.clinic_id = d.clinic_id and p.held_since is not null and p.id = coalesce(
        d.patient_id, (select r.patient_id from related_person r where r.clinic_id = d.clinic_id and r.id = d.related_person_id)))
    returning d.id),
  unshared as (
    update disturbance s set household = null from cleared
    where s.clinic_id = ? and s.delivery_id = cleared.id and s.household is not null),
  marked as (
    insert into forgotten (clinic_id, what, up_to) select ?, 'delivery', id from past order by id desc limit 1
    on conflict (clinic_id, what) do update set up_to = excluded.up_to)
  select count(*)::integer as seen from past`;

async function forgetMails(context: Context): Promise<number> {
  const { em, clinicId } = context;
  const { keepMailsForDays } = await context.settings(CoreSettings);
  const before = firstIdAt(ago(keepMailsForDays, context));
  const [row] = await em.execute<{ seen: number }[]>(forgetMailsStatement, [
    clinicId,
    clinicId,
    before,
    clinicId,
    clinicId,
    clinicId,
  ]);
  return row!.seen;
}

/** What only the platform itself keeps is forgotten by itself; of a medical record, never anything. */
export const retentionJobs: Job<any>[] = [
  forgetting('sign-in.forget', '10 4 * * *', forgetSignIns),
  forgetting('delivery.forget', '30 4 * * *', forgetMails),
];
