import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { badInput, type Context, type Settings } from 'clinic-rapport';

const mostDays = 3_650;

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

  check(): void {
    if (this.signInUrl != null && !isPage(this.signInUrl)) {
      throw badInput('input.core.signInUrl', 'The page to sign in begins with https://, and has no `#`.');
    }
    if (this.keepEventsForDays < 1 || this.keepEventsForDays > mostDays) {
      throw badInput('input.core.keepEventsForDays', `Events are kept for 1 to ${mostDays} days.`);
    }
  }
}

function isPage(text: string): boolean {
  if (text.length > 500 || !URL.canParse(text) || text.includes('#')) return false;
  const { protocol, hostname, username } = new URL(text);
  return username === '' && (protocol === 'https:' || (protocol === 'http:' && hostname === 'localhost'));
}

export const daysOfEvents = async ({ settings }: Context): Promise<number> =>
  (await settings(CoreSettings)).keepEventsForDays;
