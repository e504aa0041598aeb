import { IANAZone } from 'luxon';
import { Arg, Authorized, Ctx, Field, InputType, Mutation, Resolver } from 'type-graphql';
import { badInput, defineEvent, defineJob, definePermission, type Context } from 'clinic-rapport';
import { Clinic } from './clinic.ts';

/** The clinic has other days and hours from now on; what was planned by the former ones is to be planned anew. */
export interface ClinicZoneChange {
  clinicId: string;
  /** IANA. */
  timeZone: string;
  formerTimeZone: string;
}

export const clinicZoneChanged = defineEvent<ClinicZoneChange>('clinic.zone-changed', ({ clinicId }) => ({
  type: 'clinic',
  id: clinicId,
}));

export const clinicZoneWrite = definePermission('clinic.zone.write', 'Change the time zone of the clinic', ['owner']);

@InputType({ description: 'Another time zone for the clinic.' })
export class ChangeTimeZoneInput {
  @Field(() => String, { description: 'IANA time zone: `Asia/Taipei`.' })
  timeZone: string;
}

@Resolver()
export class ClinicZoneResolver {
  @Authorized(clinicZoneWrite)
  @Mutation(() => Clinic, {
    description:
      'Gives the clinic another time zone. Appointments stay at their instants and are shown at the new hours; the days of those to come, reminders that wait and recurring jobs are planned anew, and schedules count in the new zone.',
  })
  async changeTimeZone(
    @Arg('input', () => ChangeTimeZoneInput, { description: 'The zone.' }) { timeZone }: ChangeTimeZoneInput,
    @Ctx() context: Context,
  ): Promise<Clinic> {
    if (!IANAZone.isValidZone(timeZone))
      throw badInput('input.timeZone', '`input.timeZone` must be a time zone, as Asia/Taipei (IANA).');
    const { em, clinicId, publish } = context;
    const clinic = await em.findOneOrFail(Clinic, { id: clinicId });
    const { timeZone: formerTimeZone } = clinic;
    if (timeZone === formerTimeZone) return clinic;
    clinic.timeZone = timeZone;
    await em.flush();
    await em.execute(dated, [timeZone, timeZone, timeZone, clinicId, context.now.toISOString()]);
    await context.enqueue(recountVisits, {}, { key: clinicId });
    publish(clinicZoneChanged, { clinicId, timeZone, formerTimeZone });
    return clinic;
  }
}

// What is over keeps the day by which it was counted.
const dated = `update appointment set day = (starts_at at time zone ?)::date,
    lead_days = greatest(0, (starts_at at time zone ?)::date - (booked_at at time zone ?)::date)
  where clinic_id = ? and starts_at > ?`;

const batch = 1_000;

/** What is kept beside patients of the days of their visits, by the new calendar; the next ones follow in a run of their own. */
export const recountVisits = defineJob<{ after?: string }>('clinic.recount-visits', {
  async run({ after = '00000000-0000-0000-0000-000000000000' }, context) {
    const { em, clinicId } = context;
    const rows = await em.execute<{ patient_id: string }[]>(
      `select patient_id from patient_statistics where clinic_id = ? and patient_id > ? order by patient_id limit ${batch}`,
      [clinicId, after],
    );
    const ids = rows.map(({ patient_id }) => patient_id);
    await em.execute('select refresh_patient_statistics(?, ?::uuid[])', [clinicId, `{${ids.join()}}`]);
    if (ids.length === batch) await context.enqueue(recountVisits, { after: ids.at(-1) });
  },
});
