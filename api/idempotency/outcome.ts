import {
  getNullableType,
  isLeafType,
  isListType,
  isObjectType,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
} from 'graphql';
import { RapportError } from '../errors.ts';
import type { Class } from '../plugin.ts';
import type { ReadLane } from '../read/lane.ts';

/** Who asks again, and for what of it. */
export interface Asking {
  readonly read: ReadLane;
  readonly info: GraphQLResolveInfo;
}

/** How an answer is stored, as JSON, and made again from what is stored. */
export interface Outcome {
  keep(answer: unknown): unknown;
  again(kept: unknown, asking: Asking): unknown;
}

export interface OutcomeOptions {
  /** Those that are stored in tables of their own: of them only the id is kept. */
  readonly entities: ReadonlySet<Class>;
  readonly secret: readonly string[];
}

/**
 * How to keep what a field of this type answers. Entities, and entities directly in a payload, are read again under the rights
 * of who asks; all else must be plain. Throws what is wrong with the type, as the second half of a sentence.
 */
export function outcomeOf(type: GraphQLOutputType, { entities, secret }: OutcomeOptions): Outcome {
  const named = getNullableType(type);
  const entity = isObjectType(named) && entityOf(named, entities);
  if (isObjectType(named) && !entity) return payload(named, { entities, secret });
  if (secret.length > 0) {
    const kept = entity ? 'of which only the id is kept' : 'which is no payload';
    throw new Error(`keeps something secret of ${String(named)}, ${kept}: leave \`secret\` out`);
  }
  return entity ? stored(entity) : whole(plain(named, { entities, above: [] }));
}

const entityOf = ({ extensions }: GraphQLObjectType, entities: ReadonlySet<Class>): Class | undefined => {
  const type = extensions['class'] as Class | undefined;
  return type && entities.has(type) ? type : undefined;
};

/** `at` is the field of the payload in which it lies. */
const stored = (entity: Class, at?: string): Outcome => ({
  keep(answer) {
    if (answer == null) return null;
    const { id } = answer as { id?: unknown };
    if (typeof id !== 'string') throw new TypeError(`A '${entity.name}' without an id cannot be answered again.`);
    return { id };
  },
  async again(kept, { read, info }) {
    if (kept == null) return null;
    const { id } = kept as { id: string };
    const found = await read.one<{ id: string }>(entity as Class<{ id: string }>, info, { id }, at);
    if (!found) throw new RapportError('NOT_FOUND', 'What was made with this idempotency key is not there any more.');
    return found;
  },
});

const whole = ({ freeze, thaw }: Plain): Outcome => ({ keep: freeze, again: thaw });

function payload(type: GraphQLObjectType, { entities, secret }: OutcomeOptions): Outcome {
  refuseUnknownSecrets(type, secret);
  const parts = fieldsOf(type)
    .filter(({ name }) => !secret.includes(name))
    .map(({ name, property, type: inner }): [string, Outcome] => {
      const named = getNullableType(inner);
      const entity = isObjectType(named) ? entityOf(named, entities) : undefined;
      return [property, entity ? stored(entity, name) : whole(plain(inner, { entities, above: [type] }))];
    });
  return {
    keep: answer => answer && mapped(parts, (part, property) => part.keep((answer as Values)[property])),
    again: async (kept, asking) => {
      if (kept == null) return null;
      const made = parts.map(async ([property, part]) => [
        property,
        await part.again((kept as Values)[property], asking),
      ]);
      return Object.fromEntries(await Promise.all(made)) as Values;
    },
  };
}

type Values = Record<string, unknown>;

const mapped = <P>(parts: readonly [string, P][], make: (part: P, property: string) => unknown): Values =>
  Object.fromEntries(parts.map(([property, part]) => [property, make(part, property)]));

function refuseUnknownSecrets(type: GraphQLObjectType, secret: readonly string[]): void {
  for (const name of secret) {
    const field = type.getFields()[name];
    if (!field) throw new Error(`keeps '${name}' secret, which is no field of ${type.name}: correct the name`);
    if (getNullableType(field.type) !== field.type)
      throw new Error(
        `keeps ${type.name}.${name} secret, which is not nullable: make it so, as it is null the next time`,
      );
  }
}

interface Plain {
  freeze(value: unknown): unknown;
  thaw(kept: unknown): unknown;
}

interface Within {
  readonly entities: ReadonlySet<Class>;
  readonly above: readonly GraphQLObjectType[];
}

function plain(type: GraphQLOutputType, within: Within): Plain {
  const inner = getNullableType(type);
  if (isListType(inner)) return listOf(plain(inner.ofType as GraphQLOutputType, within));
  if (isLeafType(inner)) return leaf(inner);
  if (!isObjectType(inner))
    throw new Error(`answers ${String(inner)}, of which it is not known what it will be: answer an object type`);
  if (within.above.includes(inner)) throw new Error(`answers ${inner.name}, which contains itself: answer ids`);
  if (entityOf(inner, within.entities))
    throw new Error(
      `answers ${inner.name} in a list or deep within: answer its id, or have it directly in the payload`,
    );
  return object(inner, within);
}

/** As it goes out, and back as an input would come in: by the convention of GraphQL the two undo one another. */
const leaf = (type: GraphQLLeafType): Plain => ({
  freeze: value => (value == null ? null : type.serialize(value)),
  thaw: kept => (kept == null ? null : type.parseValue(kept)),
});

const listOf = ({ freeze, thaw }: Plain): Plain => ({
  freeze: value => (value == null ? null : Array.from(value as Iterable<unknown>, freeze)),
  thaw: kept => (kept == null ? null : (kept as unknown[]).map(thaw)),
});

function object(type: GraphQLObjectType, { entities, above }: Within): Plain {
  const parts = fieldsOf(type).map(({ property, type: inner }): [string, Plain] => [
    property,
    plain(inner, { entities, above: [...above, type] }),
  ]);
  return {
    freeze: value =>
      value == null ? null : mapped(parts, (part, property) => part.freeze((value as Values)[property])),
    thaw: kept => (kept == null ? null : mapped(parts, (part, property) => part.thaw((kept as Values)[property]))),
  };
}

interface Kept {
  name: string;
  property: string;
  type: GraphQLOutputType;
}

/** What another plugin adds is computed from what is here; a computed field of its own could need what is not. */
function fieldsOf(type: GraphQLObjectType): Kept[] {
  return Object.values(type.getFields()).flatMap(({ name, type: of, extensions }) => {
    const {
      property = name,
      computed,
      foreign,
    } = extensions as { property?: string; computed?: boolean; foreign?: boolean };
    if (computed && foreign) return [];
    if (computed) throw new Error(`answers ${type.name}, whose field '${name}' is computed: make it a plain field`);
    return [{ name, property, type: of }];
  });
}
