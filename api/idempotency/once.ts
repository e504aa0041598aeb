import {
  getNullableType,
  GraphQLString,
  isInputObjectType,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLInputObjectType,
  type GraphQLSchema,
} from 'graphql';
import type { PlatformContext } from '../context.ts';
import type { Class } from '../plugin.ts';
import type { Declared } from './idempotent.ts';
import { claimOf, keep, keptFor, longestKey, take } from './keys.ts';
import { outcomeOf, type Asking, type Outcome } from './outcome.ts';

type Field = GraphQLField<any, PlatformContext>;
type Resolve = GraphQLFieldResolver<any, PlatformContext>;

/** What the first call with the key did, instead of doing it again. */
export class Replay {
  readonly #outcome: Outcome;
  readonly #kept: unknown;

  constructor(outcome: Outcome, kept: unknown) {
    this.#outcome = outcome;
    this.#kept = kept;
  }

  /** After the transaction, as the first answer was read. */
  answer = async (asking: Asking): Promise<unknown> => this.#outcome.again(this.#kept, asking);
}

/** Runs a mutation within its transaction: once for a key, and answers a `Replay` after that. */
export const once =
  (field: Field, resolve: Resolve): Resolve =>
  async (source, args, context, info) => {
    const outcome = field.extensions['outcome'] as Outcome | undefined;
    const { idempotencyKey, ...input } = (args['input'] ?? {}) as { idempotencyKey?: string | null };
    if (!outcome || idempotencyKey == null) return resolve(source, args, context, info);
    const { em } = context;
    const claim = claimOf(idempotencyKey, field.name, { ...args, input }, context);
    const first = await take(em, claim);
    if (first) return new Replay(outcome, first.result);
    const answer: unknown = await resolve(source, args, context, info);
    await keep(em, claim, outcome.keep(answer));
    return answer;
  };

const description = `Of your own choice, at most ${longestKey} characters, another one for each thing that is to be done: who asks again with the same key and input gets the first answer, and nothing is done twice. It counts for ${keptFor} hours at least.`;

/**
 * Gives every mutation that is `@Idempotent()` its key, a field of its `input`, so that no author has to remember. Throws, in
 * one sentence, where that cannot work; `ownerOf` says whose a mutation is.
 */
export function addKeys(schema: GraphQLSchema, entities: ReadonlySet<Class>): void {
  const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});
  const readers = [schema.getQueryType(), schema.getSubscriptionType()].flatMap(root =>
    Object.values(root?.getFields() ?? {}),
  );
  const stranger = readers.find(declaredOn);
  if (stranger) refuse(stranger, 'is @Idempotent(), and no mutation: take it away');
  const keyed = mutations.filter(declaredOn);
  const inputs = new Set(keyed.map(inputOf));
  for (const field of keyed) {
    if (field.extensions['public'])
      refuse(field, 'is @Idempotent() and @Public(): who has no credential has no keys of their own');
    field.extensions = { ...field.extensions, outcome: outcomeFor(field, entities) };
  }
  for (const input of inputs) {
    const bare = mutations.find(field => !declaredOn(field) && inputIn(field) === input);
    if (bare)
      refuse(
        bare,
        `shares ${input.name} with '${keyed.find(field => inputIn(field) === input)!.name}', which is @Idempotent(): make both so, or give it an input of its own`,
      );
    addKey(input);
  }
}

const declaredOn = ({ extensions }: Field): boolean => extensions['idempotent'] !== undefined;

function outcomeFor(field: Field, entities: ReadonlySet<Class>): Outcome {
  const { secret } = field.extensions['idempotent'] as Declared;
  try {
    return outcomeOf(field.type, { entities, secret });
  } catch (error) {
    return refuse(field, `is @Idempotent() and ${(error as Error).message}`);
  }
}

function inputIn({ args }: Field): GraphQLInputObjectType | undefined {
  const type = getNullableType(args.find(({ name }) => name === 'input')?.type);
  return isInputObjectType(type) ? type : undefined;
}

function inputOf(field: Field): GraphQLInputObjectType {
  const input = inputIn(field);
  if (!input)
    return refuse(
      field,
      'is @Idempotent() and has no argument `input` of an input type, of which the key is a field: give it one',
    );
  if ('idempotencyKey' in input.getFields())
    return refuse(field, `is @Idempotent(), which adds \`idempotencyKey\` to ${input.name}: take yours away`);
  return input;
}

function addKey(input: GraphQLInputObjectType): void {
  input.getFields()['idempotencyKey'] = {
    name: 'idempotencyKey',
    description,
    type: GraphQLString,
    defaultValue: undefined,
    deprecationReason: undefined,
    extensions: {},
    astNode: undefined,
  };
}

function refuse({ name, extensions }: Field, what: string): never {
  const whose = (extensions['plugin'] as string | undefined) ?? 'core';
  throw new Error(`Mutation.${name} of '${whose}' ${what}.`);
}
