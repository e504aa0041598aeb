import { Field, InputType, ObjectType } from 'type-graphql';
import { badInput, type Settings } from 'clinic-rapport';

/** Of one clinic. The initializers are the defaults, the decorators are the form in GraphQL. */
@ObjectType('CoreSettings', { description: 'How people come to the clinic’s own pages.' })
@InputType('CoreSettingsInput', { description: 'How people come to the clinic’s own pages.' })
export class CoreSettings implements Settings {
  @Field(() => String, {
    nullable: true,
    description:
      'The page of the clinic’s frontend that a mailed link to sign in opens, with `#token=…` added: `https://book.clinic.example/sign-in`. A page of ours if not given.',
  })
  signInUrl?: string | null = null;

  check(): void {
    if (this.signInUrl != null && !isPage(this.signInUrl)) {
      throw badInput('input.core.signInUrl', 'The page to sign in begins with https://, and has no `#`.');
    }
  }
}

function isPage(text: string): boolean {
  if (text.length > 500 || !URL.canParse(text) || text.includes('#')) return false;
  const { protocol, hostname, username } = new URL(text);
  return username === '' && (protocol === 'https:' || (protocol === 'http:' && hostname === 'localhost'));
}
