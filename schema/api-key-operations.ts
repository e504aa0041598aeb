import { Arg, Authorized, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import {
  badInput,
  conflict,
  DateTime,
  definePermission,
  Idempotent,
  newSecret,
  RapportError,
  type Context,
} from 'clinic-rapport';
import { ApiKey } from './api-key.ts';
import { find } from './find.ts';
import { requiredText } from './text.ts';
import { userWrite } from './user-change.ts';

const day = 86_400_000;
/** In days. */
const [usualLife, longestLife] = [365, 730];
const mostLiving = 2;
const mostScopes = 100;

export const apiKeyWrite = definePermission('api-key.write', 'Make and revoke API keys', ['owner']);

/** Who has one of these could make a key, or a user, that may do more than the key itself. */
const forPeople: ReadonlySet<string> = new Set([apiKeyWrite.name, userWrite.name]);

@InputType({ description: 'An API key to make.' })
export class CreateApiKeyInput {
  @Field(() => String, { description: 'What it is for, 1 to 100 characters: `Website`.' })
  name: string;

  @Field(() => [String], {
    description: 'Names of permissions, at most 100, of those that you have: `appointment.read`.',
  })
  scopes: string[];

  @Field(() => DateTime, {
    nullable: true,
    description: 'From when on it counts for nothing; in a year if not given, in two years at the latest.',
  })
  expiresAt?: Date | null;
}

@InputType({ description: 'An API key to revoke.' })
export class RevokeApiKeyInput {
  @Field(() => ID, { description: 'Id of the key.' })
  id: string;
}

@ObjectType({ simpleResolvers: true, description: 'A new API key.' })
export class CreatedApiKey {
  @Field(() => String, {
    nullable: true,
    description:
      'The key itself, `rpk_live_…`: sent as `authorization: Bearer <key>`. It is shown once; null where the call is repeated with its idempotency key.',
  })
  secret?: string;

  @Field(() => ApiKey, { description: 'What is kept of it.' })
  apiKey: ApiKey;
}

@Resolver()
export class ApiKeyOperations {
  @Authorized(apiKeyWrite)
  @Idempotent({ secret: ['secret'] })
  @Mutation(() => CreatedApiKey, { description: 'Makes an API key, for another program.' })
  createApiKey(
    @Arg('input', () => CreateApiKeyInput, { description: 'The key.' }) input: CreateApiKeyInput,
    @Ctx() context: Context,
  ): Promise<CreatedApiKey> {
    return createApiKey(input, context);
  }

  @Authorized(apiKeyWrite)
  @Mutation(() => ApiKey, { description: 'Ends an API key at once, and the sockets that were opened with it.' })
  async revokeApiKey(
    @Arg('input', () => RevokeApiKeyInput, { description: 'The key.' }) input: RevokeApiKeyInput,
    @Ctx() context: Context,
  ): Promise<ApiKey> {
    const key = await find(ApiKey, input.id, context);
    key.revokedAt ??= context.now;
    return key;
  }
}

/** Makes a key with no more than the actor's own permissions. Its secret is in the answer, and nowhere else. */
export async function createApiKey(input: CreateApiKeyInput, context: Context): Promise<CreatedApiKey> {
  const { em, actor, now } = context;
  if (actor.kind === 'key') throw new RapportError('FORBIDDEN', 'Only a person can make an API key.');
  const name = requiredText(input.name, 'input.name', 100);
  const scopes = scopesOf(input.scopes, context);
  const expiresAt = expiryOf(input.expiresAt, now);
  await refuseThird(name, context);
  const apiKey = em.create(ApiKey, { name, scopes, expiresAt, hash: '', createdBy: actor.id, createdAt: now });
  const { key, hash } = newSecret(apiKey.id);
  apiKey.hash = hash;
  await em.flush();
  return { secret: key, apiKey };
}

function scopesOf(given: readonly string[], { actor }: Context): string[] {
  if (given.length === 0 || given.length > mostScopes)
    throw badInput('input.scopes', `A key has 1 to ${mostScopes} permissions.`);
  const wrong = given.findIndex(scope => !actor.permissions.has(scope) || forPeople.has(scope));
  if (wrong >= 0)
    throw badInput(
      `input.scopes.${wrong}`,
      `'${given[wrong]!.slice(0, 100)}' is no permission that you can give to a key.`,
    );
  return [...new Set(given)].sort();
}

function expiryOf(given: Date | null | undefined, now: Date): Date {
  const days = given ? (given.getTime() - now.getTime()) / day : usualLife;
  if (days <= 0 || days > longestLife)
    throw badInput('input.expiresAt', `A key expires in the future, within ${longestLife} days.`);
  return given ?? new Date(now.getTime() + usualLife * day);
}

/** A new one can be put in place before the old one is revoked; more would be forgotten somewhere. */
async function refuseThird(name: string, { em, clinicId, now }: Context): Promise<void> {
  await em.execute('select pg_advisory_xact_lock(hashtextextended(?, 0))', [`api-key ${clinicId} ${name}`]);
  const living = await em.count(ApiKey, { name, revokedAt: null, expiresAt: { $gt: now } });
  if (living >= mostLiving)
    throw conflict(`There are ${mostLiving} keys of this name already: revoke one of them first.`);
}
