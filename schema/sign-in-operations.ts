import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import {
  badInput,
  DateTime,
  defineLimit,
  Public,
  RapportError,
  seeingAllPatients,
  type AccessToken,
  type Context,
  type Locale,
} from 'clinic-rapport';
import { clinicOf } from './clinic.ts';
import { normalAddress } from './contact-point.ts';
import { Language } from './localized-text.ts';
import { mailSignInLink, SignInLink, signInLink, SignInRequest } from './sign-in-link.ts';
import { accountOf, peopleWith, type Person } from './sign-in-person.ts';

/** Mails to one address in an hour, and tries of one link. */
const mailsToOne = defineLimit('sign-in.mail', 5, 3_600);
export const triesOfLink = defineLimit('sign-in.try', 10, 3_600);

@InputType({ description: 'Who wants to sign in.' })
export class RequestSignInInput {
  @Field(() => String, { description: 'E-mail address.' })
  email: string;

  @Field(() => Language, { nullable: true, description: 'Language of the mail; the clinic’s if not given.' })
  locale?: Locale | null;
}

@InputType({ description: 'A mailed link to sign in.' })
export class SignInInput {
  @Field(() => String, { description: 'The token: what follows `#token=`, or the last part of the link’s path.' })
  token: string;

  @Field(() => ID, {
    nullable: true,
    description: 'Which of the `choices`; needed where several people share the address.',
  })
  personId?: string | null;
}

@ObjectType({ simpleResolvers: true, description: 'One of those who share an e-mail address.' })
export class SignInChoice {
  @Field(() => ID, { description: 'For `personId`.' })
  id: string;

  @Field(() => String, { description: 'Name.' })
  name: string;
}

@ObjectType({ simpleResolvers: true, description: 'What a link to sign in gives.' })
export class SignInResult {
  @Field(() => String, {
    nullable: true,
    description: 'Sent as `authorization: Bearer <token>`; null as long as one of the `choices` has to be named.',
  })
  accessToken?: string;

  @Field(() => DateTime, { nullable: true, description: 'Until when the token counts.' })
  expiresAt?: Date;

  @Field(() => [SignInChoice], { description: 'Who shares the address, at most 20; empty with a token.' })
  choices: SignInChoice[];
}

@Resolver()
export class SignInOperations {
  @Public()
  @Mutation(() => Boolean, {
    description:
      'Mails a link to sign in, once for use within 15 minutes, if the address is one that a patient of the clinic has verified, or of someone who works there. Answers true in any case. The header `x-clinic-id` names the clinic.',
  })
  async requestSignIn(
    @Arg('input', () => RequestSignInInput, { description: 'Who wants to sign in.' }) input: RequestSignInInput,
    @Ctx() context: Context,
  ): Promise<boolean> {
    const email = normalAddress('EMAIL', input.email, 'input.email');
    const locale = input.locale ?? (await clinicNamed(context)).locale;
    await context.spend(mailsToOne, email.toLowerCase());
    const { em, now } = context;
    const request = em.create(SignInRequest, { email, locale, createdAt: now });
    await em.flush();
    await context.enqueue(mailSignInLink, { requestId: request.id });
    return true;
  }

  @Public()
  @Mutation(() => SignInResult, {
    description:
      'Signs in by a mailed link, once: UNAUTHENTICATED for one that was used or is too old. The header `x-clinic-id` names the clinic.',
  })
  async signIn(
    @Arg('input', () => SignInInput, { description: 'The link.' }) { token, personId }: SignInInput,
    @Ctx() context: Context,
  ): Promise<SignInResult> {
    await clinicNamed(context);
    const linkId = linkIdOf(token, context);
    await context.spend(triesOfLink, linkId);
    const people = await peopleOf(linkId, context);
    const person = chosen(people, personId);
    if (!person) return { choices: people.map(({ id, name }) => ({ id, name })) };
    const granted = await signIn(linkId, person, context);
    return { accessToken: granted.token, expiresAt: granted.expiresAt, choices: [] };
  }
}

const tooOld = (): RapportError =>
  new RapportError('UNAUTHENTICATED', 'The link was used before, or is too old: ask for a new one.');

async function clinicNamed(context: Context): Promise<{ locale: Locale }> {
  const clinic = context.clinicId === '' ? undefined : await clinicOf(context);
  if (!clinic) throw badInput('x-clinic-id', 'Name the clinic in the header `x-clinic-id`.');
  return clinic;
}

function linkIdOf(token: string, context: Context): string {
  try {
    return context.open(signInLink, token).linkId;
  } catch {
    context.access.refuse('LINK', 'WRONG_LINK');
    throw tooOld();
  }
}

/** Who can sign in by the link. Throws UNAUTHENTICATED where nobody can any more. */
export async function peopleOf(linkId: string, context: Context): Promise<Person[]> {
  const link = await context.em.findOne(SignInLink, { id: linkId, expiresAt: { $gt: context.now } });
  const people = link ? await peopleWith(link.email, context) : [];
  if (people.length > 0) return people;
  context.access.refuse('LINK', 'USED_OR_EXPIRED');
  throw tooOld();
}

/** The only one, or the one that is named; undefined where one has to be named. Throws BAD_USER_INPUT for a stranger. */
export function chosen(people: readonly Person[], personId: string | null | undefined): Person | undefined {
  if (personId == null) return people.length === 1 ? people[0] : undefined;
  const person = people.find(({ id }) => id === personId);
  if (!person) throw badInput('input.personId', 'This is none of the `choices`.');
  return person;
}

/** Uses the link up: of two who come at the same time, one gets a token. */
export async function signIn(linkId: string, person: Person, context: Context): Promise<AccessToken> {
  const used = await context.em.nativeDelete(SignInLink, { id: linkId });
  if (used === 0) {
    context.access.refuse('LINK', 'USED_OR_EXPIRED');
    throw tooOld();
  }
  return seeingAllPatients(context, async () => context.access.grant(await accountOf(person, context), 'LINK'));
}
