import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { GraphQLResolveInfo } from 'graphql';
import { Args, Authorized, Ctx, Field, ID, Info, ObjectType, Query, registerEnumType, Resolver } from 'type-graphql';
import {
  anyOf,
  anyOfIds,
  DateTime,
  definePermission,
  listOf,
  range,
  type Context,
  type Page,
  type PageArguments,
  type SignInMethod as MethodName,
} from 'clinic-rapport';

export const signInRead = definePermission('sign-in.read', 'See who came in, how, and who was refused', [
  'owner',
  'operator',
]);

export const SignInMethod = {
  TOKEN: 'TOKEN',
  API_KEY: 'API_KEY',
  LINK: 'LINK',
  INVITATION: 'INVITATION',
} as const satisfies {
  [K in MethodName]: K;
};

registerEnumType(SignInMethod, {
  name: 'SignInMethod',
  description: 'By what someone came in.',
  valuesConfig: {
    TOKEN: { description: 'A token of an issuer, at its first use in a process.' },
    API_KEY: { description: 'An API key, at its first use in a process.' },
    LINK: { description: 'A link to sign in, from a mail.' },
    INVITATION: { description: 'An invitation that was accepted.' },
  },
});

export const SignInOutcome = { SUCCEEDED: 'SUCCEEDED', REFUSED: 'REFUSED' } as const;
export type SignInOutcome = keyof typeof SignInOutcome;

registerEnumType(SignInOutcome, {
  name: 'SignInOutcome',
  description: 'Whether someone was let in.',
  valuesConfig: {
    SUCCEEDED: { description: 'Let in.' },
    REFUSED: { description: 'Not let in, for the `reason`.' },
  },
});

/** The runtime may change no row; one that is old enough is removed by `sign-in.forget`. */
@ObjectType({ description: 'Someone came into the clinic’s data, or was refused.' })
@Entity({ tableName: 'sign_in' })
export class SignIn {
  @Field(() => ID, { description: 'Id of the entry.' })
  @PrimaryKey({ type: 'uuid' })
  id: string;

  @Property({ type: 'uuid' })
  clinicId: string;

  @Field(() => ID, {
    nullable: true,
    description: 'Id of the user; null for an API key, and for one who is not known.',
  })
  @Property({ type: 'uuid', nullable: true })
  userId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Id of the API key.' })
  @Property({ type: 'uuid', nullable: true })
  apiKeyId?: string | null;

  @Field(() => SignInMethod, { description: 'By what.' })
  @Property({ type: 'text' })
  method: MethodName;

  @Field(() => String, { nullable: true, description: 'Who issued the token, as its `iss`.' })
  @Property({ type: 'text', nullable: true })
  issuer?: string | null;

  @Field(() => SignInOutcome, { description: 'Whether they were let in.' })
  @Property({ type: 'text' })
  outcome: SignInOutcome;

  @Field(() => String, {
    nullable: true,
    description: 'A word for why: `REVOKED`, `WRONG_KEY`, `USED`, `IDENTITY_BOUND`.',
  })
  @Property({ type: 'text', nullable: true })
  reason?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The network from which it came: `203.0.113.0/24`, `2001:db8:1::/48`.',
  })
  @Property({ type: 'text', nullable: true })
  address?: string | null;

  @Field(() => String, { nullable: true, description: 'Id of the request, as in the log.' })
  @Property({ type: 'text', nullable: true })
  requestId?: string | null;

  @Field(() => DateTime, { description: 'When.' })
  @Property({ type: 'datetime' })
  createdAt: Date;
}

export const SignInList = listOf(() => SignIn, {
  name: 'SignIn',
  filter: {
    userId: anyOfIds(),
    apiKeyId: anyOfIds(),
    method: anyOf(SignInMethod),
    outcome: anyOf(SignInOutcome),
    createdAt: range(DateTime),
  },
  orderBy: { CREATED_AT: 'createdAt' },
  defaultOrder: { createdAt: 'desc' },
});

@Resolver(() => SignIn)
export class SignInResolver {
  @Authorized(signInRead)
  @Query(() => SignInList.Connection, { description: 'Who came in, and who was refused, the latest first.' })
  signIns(
    @Args(() => SignInList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Page<SignIn>> {
    return read.page(SignInList, info, page);
  }
}
