import { Arg, Authorized, Ctx, Field, ID, InputType, Int, Mutation, Resolver } from 'type-graphql';
import { v7 as newId } from 'uuid';
import { Idempotent, type Context } from 'clinic-rapport';
import { findPatient } from 'clinic-rapport/schema';
import { give, wholePoints } from './award.ts';
import { PointsBalance } from './balance.ts';
import { mostPoints, pointsAdjust } from './ledger-entry.ts';
import { expiryOf } from './open-lots.ts';
import { spend } from './spending.ts';
import { wordsOf } from './words-of-staff.ts';

@InputType({ description: 'Points that staff gives or takes, and why.' })
export class AdjustPointsInput {
  @Field(() => ID, { description: 'Whose points.' })
  patientId: string;

  @Field(() => Int, {
    description: `How many: 1 to ${mostPoints} are given, -${mostPoints} to -1 are taken; 0 is neither.`,
  })
  points: number;

  @Field(() => String, { description: 'Why, 1 to 500 characters. The patient reads it in the statement.' })
  reason: string;
}

@Resolver()
export class AdjustingResolver {
  @Authorized(pointsAdjust)
  @Idempotent()
  @Mutation(() => PointsBalance, {
    description: 'Gives points to a patient or takes some, and says why. CONFLICT where there are fewer to take.',
  })
  adjustPoints(
    @Arg('input', () => AdjustPointsInput, { description: 'Whose, how many and why.' }) input: AdjustPointsInput,
    @Ctx() context: Context,
  ): Promise<PointsBalance> {
    return adjustPoints(input, context);
  }
}

/** Throws BAD_USER_INPUT, NOT_FOUND, and CONFLICT where there are fewer points than are to be taken. */
export async function adjustPoints(input: AdjustPointsInput, context: Context): Promise<PointsBalance> {
  const { patientId, points } = input;
  wholePoints(Math.abs(points), 'input.points');
  const note = wordsOf(input.reason, 'input.reason');
  await findPatient(patientId, context);
  const adjustment = { patientId, kind: 'ADJUST', reason: 'membership.adjusted', note } as const;
  if (points < 0) await spend({ ...adjustment, points: -points, to: 'ISSUED' }, context);
  else {
    const key = `membership.adjusted:${newId()}`;
    await give({ ...adjustment, points, key, expiresOn: await expiryOf(context) }, context);
  }
  return context.em.findOneOrFail(PointsBalance, { patient: patientId }, { refresh: true });
}
