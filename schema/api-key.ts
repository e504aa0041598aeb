import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import type { GraphQLResolveInfo } from 'graphql';
import { Args, Authorized, Ctx, Field, ID, Info, ObjectType, Query, Resolver } from 'type-graphql';
import { v7 as newId } from 'uuid';
import {
  anyOf,
  DateTime,
  definePermission,
  listOf,
  range,
  type Context,
  type Page,
  type PageArguments,
} from 'clinic-rapport';

export const apiKeyRead = definePermission('api-key.read', 'See which API keys the clinic has', ['owner']);

@ObjectType({ description: 'A key by which another program asks the API, in one clinic and with some permissions.' })
@Entity({ tableName: 'api_key' })
export class ApiKey {
  @Field(() => ID, { description: 'Id of the key.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Field(() => String, {
    description: 'What it is for. Two keys of one name can live at once, to change one for the other.',
  })
  @Property({ type: 'text' })
  name: string;

  /** SHA-256 of the secret, which nobody has but its owner. */
  @Property({ type: 'text', hidden: true })
  hash: string;

  @Field(() => [String], { description: 'Names of the permissions that it has: `appointment.read`.' })
  @Property({ type: 'array', columnType: 'text[]' })
  scopes: string[];

  /** The user's id. */
  @Property({ type: 'text' })
  createdBy: string;

  @Field(() => DateTime, { description: 'When it was made.' })
  @Property({ type: 'datetime' })
  createdAt: Date;

  @Field(() => DateTime, { description: 'From when on it counts for nothing.' })
  @Property({ type: 'datetime' })
  expiresAt: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it was revoked; null for one that was not.' })
  @Property({ type: 'datetime', nullable: true })
  revokedAt?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was last used, to the minute; null for never.' })
  @Property({ type: 'datetime', nullable: true })
  lastUsedAt?: Date | null;
}

export const ApiKeyList = listOf(() => ApiKey, {
  name: 'ApiKey',
  plural: 'API keys',
  filter: { name: anyOf(String), expiresAt: range(DateTime) },
  orderBy: { NAME: 'name', CREATED_AT: 'createdAt' },
  defaultOrder: { name: 'asc' },
});

@Resolver(() => ApiKey)
export class ApiKeyResolver {
  @Authorized(apiKeyRead)
  @Query(() => ApiKeyList.Connection, {
    description: 'The API keys of the clinic, also those that count for nothing any more.',
  })
  apiKeys(
    @Args(() => ApiKeyList.Arguments) page: PageArguments,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Page<ApiKey>> {
    return read.page(ApiKeyList, info, page);
  }
}
