import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { badInput, LocalTime, type Context, type Settings } from 'clinic-rapport';
import type { PackId } from './compliance/pack.ts';
import { CompliancePackId } from './compliance/words.ts';

const mostDays = 3_650;
/** So many of the last visits are kept beside the patient. */
const mostRegular = 12;
const longestLapse = 120;
const mostChronic = 50;
/** What a network does is kept for six months at least: Cybersecurity Law of the PRC art. 21. */
const fewestDaysOfSignIns = 180;
const fewestDaysOfMails = 90;
const youngestOfAge = 14;
const oldestOfAge = 25;

/** Of one clinic. The initializers are the defaults, the decorators are the form in GraphQL. */
@ObjectType('CoreSettings', {
  description: 'What the core itself can be told: about pages of the clinic, and how long is kept what it works with.',
})
@InputType('CoreSettingsInput', {
  description: 'What the core itself can be told: about pages of the clinic, and how long is kept what it works with.',
})
export class CoreSettings implements Settings {
  @Field(() => String, {
    nullable: true,
    description:
      'The page of the clinic’s frontend that a mailed link to sign in opens, with `#token=…` added: `https://book.clinic.example/sign-in`. A page of ours if not given.',
  })
  signInUrl?: string | null = null;

  @Field(() => Int, {
    description: `For how many days an event is kept after every handler is done with it, 1 to ${mostDays}: so long a subscription may be away and miss nothing.`,
  })
  keepEventsForDays: number = 30;

  @Field(() => Int, {
    description: `For how many days it is kept who came in and who was refused, ${fewestDaysOfSignIns} to ${mostDays}.`,
  })
  keepSignInsForDays: number = 730;

  @Field(() => Int, {
    description: `For how many days a mail that was sent keeps its address and what was merged into it, ${fewestDaysOfMails} to ${mostDays}; that it was sent, and why, is kept for ever.`,
  })
  keepMailsForDays: number = 1_825;

  @Field(() => Int, {
    description: `At which age in full years a patient is of age, ${youngestOfAge} to ${oldestOfAge}: until then a guardian agrees for the patient.`,
  })
  ageOfMajority: number = 18;

  @Field(() => CompliancePackId, {
    description: 'Whose law the clinic’s messages and offers are under; all of them at once if not given.',
  })
  compliancePack: PackId = 'strict';

  @Field(() => Int, {
    description:
      'After how many months a patient is asked by mail whether addresses and phone numbers are still right, 1 to 120; 0 for never.',
  })
  refreshContactsAfterMonths: number = 12;

  @Field(() => Int, {
    description: 'For how many minutes a time that became free is offered to one on the waitlist, 10 to 1440.',
  })
  waitlistOfferMinutes: number = 60;

  @Field(() => String, {
    description:
      'Name of the notice that the clinic’s pages show before someone agrees to anything, 1 to 50 characters: `privacy`.',
  })
  notice: string = 'privacy';

  @Field(() => Int, {
    description: `From how many completed visits within a year a patient is a regular one, 2 to ${mostRegular}.`,
  })
  regularVisits: number = 3;

  @Field(() => Int, {
    description: `After how many months without a visit a patient is a lapsed one, 1 to ${longestLapse}.`,
  })
  lapsedAfterMonths: number = 18;

  @Field(() => [String], {
    description: `Beginnings of ICD-10 codes of the conditions that make a patient a chronic one, at most ${mostChronic}. The default: diabetes, hypertension, chronic obstructive pulmonary disease and asthma, chronic kidney disease.`,
  })
  chronicConditions: string[] = ['E10', 'E11', 'E13', 'I10', 'I11', 'I12', 'I13', 'J44', 'J45', 'N18'];

  @Field(() => Int, {
    nullable: true,
    description:
      'The most mails that a patient does not wait for, as news and offers, in the days that the rule packs count; theirs if not given, or if theirs is less. 0 to 100.',
  })
  mostMarketingMails?: number | null = null;

  @Field(() => LocalTime, {
    nullable: true,
    description:
      'When quiet hours begin, by the patient’s clock, 12:00 to 23:59; as the rule packs say if not given, or if that is earlier.',
  })
  quietFrom?: string | null = null;

  @Field(() => LocalTime, {
    nullable: true,
    description:
      'When quiet hours end, by the patient’s clock, 00:00 to 12:00; as the rule packs say if not given, or if that is later.',
  })
  quietTo?: string | null = null;

  check(): void {
    this.#checkBudget();
    if (this.waitlistOfferMinutes < 10 || this.waitlistOfferMinutes > 1_440)
      throw badInput('input.core.waitlistOfferMinutes', 'An offer stands for 10 to 1440 minutes.');
    if (this.refreshContactsAfterMonths < 0 || this.refreshContactsAfterMonths > 120)
      throw badInput('input.core.refreshContactsAfterMonths', 'Details are refreshed after 0 to 120 months.');
    if (this.notice.length < 1 || this.notice.length > 50)
      throw badInput('input.core.notice', 'The name of a notice has 1 to 50 characters.');
    if (this.signInUrl != null && !isPage(this.signInUrl)) {
      throw badInput('input.core.signInUrl', 'The page to sign in begins with https://, and has no `#`.');
    }
    if (this.keepEventsForDays < 1 || this.keepEventsForDays > mostDays) {
      throw badInput('input.core.keepEventsForDays', `Events are kept for 1 to ${mostDays} days.`);
    }
    if (this.keepSignInsForDays < fewestDaysOfSignIns || this.keepSignInsForDays > mostDays) {
      throw badInput(
        'input.core.keepSignInsForDays',
        `Who came in is kept for ${fewestDaysOfSignIns} to ${mostDays} days.`,
      );
    }
    if (this.keepMailsForDays < fewestDaysOfMails || this.keepMailsForDays > mostDays) {
      throw badInput('input.core.keepMailsForDays', `Mails are kept for ${fewestDaysOfMails} to ${mostDays} days.`);
    }
    if (this.ageOfMajority < youngestOfAge || this.ageOfMajority > oldestOfAge) {
      throw badInput('input.core.ageOfMajority', `A patient is of age at ${youngestOfAge} to ${oldestOfAge} years.`);
    }
    if (this.regularVisits < 2 || this.regularVisits > mostRegular) {
      throw badInput('input.core.regularVisits', `A regular patient has 2 to ${mostRegular} visits within a year.`);
    }
    if (this.lapsedAfterMonths < 1 || this.lapsedAfterMonths > longestLapse) {
      throw badInput('input.core.lapsedAfterMonths', `A patient lapses after 1 to ${longestLapse} months.`);
    }
    if (this.chronicConditions.length > mostChronic || !this.chronicConditions.every(isCode)) {
      throw badInput('input.core.chronicConditions', `At most ${mostChronic} beginnings of ICD-10 codes, as E11.`);
    }
  }

  #checkBudget(): void {
    const { mostMarketingMails: mails, quietFrom, quietTo } = this;
    if (mails != null && (mails < 0 || mails > 100)) {
      throw badInput('input.core.mostMarketingMails', 'A patient gets 0 to 100 such mails.');
    }
    if (quietFrom != null && quietFrom < '12:00')
      throw badInput('input.core.quietFrom', 'Quiet hours begin in the afternoon or evening.');
    if (quietTo != null && quietTo.slice(0, 5) > '12:00')
      throw badInput('input.core.quietTo', 'Quiet hours end in the morning.');
  }
}

const isCode = (text: string): boolean => /^[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?$/.test(text);

function isPage(text: string): boolean {
  if (text.length > 500 || !URL.canParse(text) || text.includes('#')) return false;
  const { protocol, hostname, username } = new URL(text);
  return username === '' && (protocol === 'https:' || (protocol === 'http:' && hostname === 'localhost'));
}

export const daysOfEvents = async ({ settings }: Context): Promise<number> =>
  (await settings(CoreSettings)).keepEventsForDays;
