import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import type { GraphQLResolveInfo } from 'graphql';
import { Args, Authorized, Ctx, Field, ID, Info, ObjectType, Query, Resolver } from 'type-graphql';
import { v7 as newId } from 'uuid';
import {
  DateTime,
  listOf,
  range,
  type Context,
  type Locale,
  type Page,
  type PageArguments,
  type Role as RoleName,
} from 'clinic-rapport';
import { Language } from './localized-text.ts';
import { Role, userRead } from './user.ts';

@ObjectType({ description: 'Someone who was asked to work in the clinic’s data, by a mail.' })
@Entity({ tableName: 'user_invitation' })
export class UserInvitation {
  @Field(() => ID, { description: 'Id of the invitation.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Field(() => String, { description: 'E-mail address to which it goes.' })
  @Property({ type: 'text' })
  email: string;

  @Field(() => String, { description: 'Name of the invited.' })
  @Property({ type: 'text' })
  name: string;

  @Field(() => [Role], { description: 'The roles that they get.' })
  @Property({ type: 'array', columnType: 'text[]' })
  roles: RoleName[];

  @Field(() => Language, { description: 'Language of the mail, and of the user.' })
  @Property({ type: 'text' })
  locale: Locale;

  /** The user's id. */
  @Property({ type: 'text' })
  invitedBy: string;

  @Field(() => DateTime, { description: 'When it was made.' })
  @Property({ type: 'datetime' })
  createdAt: Date;

  @Field(() => DateTime, { description: 'From when on it cannot be accepted.' })
  @Property({ type: 'datetime' })
  expiresAt: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it was revoked; null for one that was not.' })
  @Property({ type: 'datetime', nullable: true })
  revokedAt?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was accepted; null for one that was not.' })
  @Property({ type: 'datetime', nullable: true })
  acceptedAt?: Date | null;
}

export const InvitationList = listOf(() => UserInvitation, {
  name: 'UserInvitation',
  plural: 'invitations',
  filter: { createdAt: range(DateTime), expiresAt: range(DateTime) },
  orderBy: { CREATED_AT: 'createdAt' },
  defaultOrder: { createdAt: 'desc' },
});

@Resolver(() => UserInvitation)
export class InvitationResolver {
  @Authorized(userRead)
  @Query(() => InvitationList.Connection, {
    description: 'Who was invited to work in the clinic’s data, the latest first.',
  })
  invitations(
    @Args(() => InvitationList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Page<UserInvitation>> {
    return read.page(InvitationList, info, page);
  }
}
