import { MetadataStorage } from '@mikro-orm/postgresql';
import { Args, Extensions, Field, FieldResolver } from 'type-graphql';
import type { Class } from '../plugin.ts';
import type { List, Related as Relation } from '../read/list.ts';
import type { OrderBy } from '../read/order.ts';

/** Of a connection that starts at each thing of a type: `patient.visits(first: 5)`. */
export interface RelatedOptions<T> {
  /** The property of the listed type that points here: `patient`. */
  inverse: keyof T & string;
  /** `Its visits.` for the field `visits` if left out. */
  description?: string;
  /** As a field must be that not every actor may see. */
  nullable?: boolean;
}

export interface RelatedAllOptions<T> extends RelatedOptions<T> {
  /** The most that are ever answered, 1 to 500. */
  limit: number;
  orderBy?: OrderBy<T>;
}

/**
 * A connection with arguments, planned in the same statement as what it belongs to. In the class of the type itself,
 * after its `id`, or in a `@Resolver(() => Patient)` of a plugin, which so adds the field to a type of another.
 *
 *     @Related(() => VisitList, { inverse: 'patient', description: 'Past and present visits.' })
 *     visits: Page<Visit>;
 */
export function Related<T extends object>(list: () => List<T>, options: RelatedOptions<T>): PropertyDecorator {
  const { inverse, ...described } = options;
  const declare = fieldOf(() => list().Connection, { kind: 'page', list, inverse }, described);
  return (prototype, key) => {
    declare(prototype, key);
    Args(() => list().Arguments)(prototype, key as string, 0);
  };
}

/** A plain list where there can only be a few: `contactPoints`. Without arguments, and never longer than `limit`. */
export function RelatedAll<T extends object>(type: () => Class<T>, options: RelatedAllOptions<T>): PropertyDecorator {
  const { inverse, limit, orderBy, ...described } = options;
  if (!Number.isInteger(limit) || limit < 1 || limit > 500)
    throw new Error(`A plain list needs a limit from 1 to 500, not ${limit}.`);
  return fieldOf(() => [type()], { kind: 'all', type, inverse, limit, orderBy }, described);
}

/** The one thing that points here, or null: at most one may, by a unique key of the database. */
export function RelatedOne<T extends object>(type: () => Class<T>, options: RelatedOptions<T>): PropertyDecorator {
  const { inverse, ...described } = options;
  return fieldOf(type, { kind: 'one', type, inverse }, { ...described, nullable: true });
}

/**
 * The stored properties that a computed field is made from; it finds them in its `@Root()`, instants as `Date`.
 * A field without it gets the id and the foreign keys.
 */
export const Needs = (...properties: string[]): MethodDecorator & PropertyDecorator =>
  Extensions({ needs: properties });

type FieldOptions = { description?: string; nullable?: boolean };

function fieldOf(type: () => any, related: Relation, options: FieldOptions): PropertyDecorator {
  return (prototype, key) => {
    const own = { description: `Its ${wordsOf(key as string)}.`, ...options };
    const declare = isEntity(prototype.constructor) ? Field : FieldResolver;
    declare(type, own)(prototype, key, undefined as never);
    Extensions({ related })(prototype, key as string);
  };
}

const wordsOf = (name: string): string => name.replace(/[A-Z]/g, ' $&').toLowerCase();

// MikroORM marks a class at its first decorated property; a resolver class that adds a field to another has none.
const isEntity = (constructor: Function): boolean => MetadataStorage.PATH_SYMBOL in constructor;
