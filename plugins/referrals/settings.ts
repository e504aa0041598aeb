import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { badInput, type Settings } from 'clinic-rapport';

/** Of one clinic. What each side gets is not here: it goes through the rule packs first, by `defineReferralOffer`. */
@ObjectType('ReferralsSettings', { description: 'How patients bring friends.' })
@InputType('ReferralsSettingsInput', { description: 'How patients bring friends.' })
export class ReferralsSettings implements Settings {
  @Field(() => Int, {
    description:
      'Days from the friend’s first completed visit until the rewards are given, 0 to 365; 0 for at once, by which the advocate’s ledger tells when the friend was here.',
  })
  holdDays: number = 0;

  @Field(() => Int, {
    description:
      'Friends of one patient in a calendar month that are rewarded without staff looking at it, 1 to 1,000; the others are held.',
  })
  friendsPerMonth: number = 5;

  @Field(() => Int, { description: 'Months for which a code is good, 0 to 120; 0 for ever.' })
  codeValidMonths: number = 24;

  @Field(() => Int, { description: 'Days in which someone who opened an invitation must become a patient, 1 to 365.' })
  joinWithinDays: number = 60;

  @Field(() => Boolean, {
    description:
      'Whether the thanks for a booking tell patients, who agreed to marketing, that they can invite friends.',
  })
  mentionInThanks: boolean = true;

  check(): void {
    between(this.holdDays, 0, 365, 'holdDays');
    between(this.friendsPerMonth, 1, 1_000, 'friendsPerMonth');
    between(this.codeValidMonths, 0, 120, 'codeValidMonths');
    between(this.joinWithinDays, 1, 365, 'joinWithinDays');
  }
}

function between(value: number, least: number, most: number, name: string): void {
  if (value >= least && value <= most) return;
  throw badInput(`input.referrals.${name}`, `\`${name}\` must be ${least} to ${most}.`);
}
