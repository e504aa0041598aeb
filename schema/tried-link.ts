import { Field, ID, Int, ObjectType } from 'type-graphql';
import { DateTime, type Context } from 'clinic-rapport';
import { mostFailures } from './step-up.ts';

/** The most that a report has. */
const most = 100;

@ObjectType({
  description: 'A mailed link at which someone failed to prove to be the patient, since the last right answer.',
})
export class TriedLink {
  @Field(() => String, { description: 'What the tries are counted for: `report <id> <number of the sharing>`.' })
  target: string;

  @Field(() => ID, { description: 'Id of the patient to whom it was mailed.' })
  patientId: string;

  @Field(() => Int, { description: 'Wrong answers in a row, 1 to 5.' })
  failures: number;

  @Field(() => DateTime, { description: 'The last time that it was tried.' })
  lastAt: Date;

  @Field(() => DateTime, { nullable: true, description: 'When the link was ended for good; null for one that opens.' })
  lockedAt: Date | null;
}

/** Those at which the last try was in a range of time, from the first instant to before the second, the newest first. */
export async function triedLinks(from: Date, to: Date, { em, clinicId }: Context): Promise<TriedLink[]> {
  const rows = await em.execute<{ target: string; patient_id: string; failures: number; last_at: string }[]>(
    `select target, patient_id, failures, to_json(changed_at) #>> '{}' as last_at from step_up
     where clinic_id = ? and failures > 0 and changed_at >= ? and changed_at < ?
     order by changed_at desc, target limit ${most}`,
    [clinicId, from.toISOString(), to.toISOString()],
  );
  return rows.map(({ target, patient_id: patientId, failures, last_at }) => {
    const lastAt = new Date(last_at);
    // Nothing is counted any more once it has ended.
    return { target, patientId, failures, lastAt, lockedAt: failures >= mostFailures ? lastAt : null };
  });
}
