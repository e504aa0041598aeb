import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { badInput, type Settings } from 'clinic-rapport';

const mostEarned = 1_000_000;
const longestValid = 120;

/** Of one clinic. The initializers are the defaults, the decorators are the form in GraphQL. */
@ObjectType('MembershipSettings', { description: 'How patients earn points, and for how long they have them.' })
@InputType('MembershipSettingsInput', { description: 'How patients earn points, and for how long they have them.' })
export class MembershipSettings implements Settings {
  @Field(() => Int, {
    description: `Points for each completed visit, 0 to ${mostEarned}. They are pending from when the visit begins.`,
  })
  pointsPerVisit: number = 10;

  @Field(() => Int, {
    description: `Points for each full \`spendingUnit\` that a completed visit cost, 0 to ${mostEarned}.`,
  })
  pointsPerSpendingUnit: number = 1;

  @Field(() => Int, { description: 'In minor units of the clinic’s currency (cents), 1 to 1,000,000,000.' })
  spendingUnit: number = 10_000;

  @Field(() => Int, {
    description: `Months for which points can be spent, 0 to ${longestValid}; 0 for ever. Holds for points given after it.`,
  })
  pointsValidMonths: number = 24;

  @Field(() => [Int], {
    description:
      'How many days before they expire a patient is told of points, 1 to 365; at most five such notices, none for an empty list.',
  })
  pointsExpiryNotices: number[] = [30, 7];

  check(): void {
    between(this.pointsPerVisit, 0, mostEarned, 'pointsPerVisit');
    between(this.pointsPerSpendingUnit, 0, mostEarned, 'pointsPerSpendingUnit');
    between(this.spendingUnit, 1, 1_000_000_000, 'spendingUnit');
    between(this.pointsValidMonths, 0, longestValid, 'pointsValidMonths');
    if (this.pointsExpiryNotices.length > 5) {
      throw badInput('input.membership.pointsExpiryNotices', 'Points that expire are told of at most five times.');
    }
    for (const days of this.pointsExpiryNotices) between(days, 1, 365, 'pointsExpiryNotices');
  }
}

function between(value: number, least: number, most: number, name: string): void {
  if (value >= least && value <= most) return;
  throw badInput(`input.membership.${name}`, `\`${name}\` must be ${least} to ${most}.`);
}
