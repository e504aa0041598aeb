import type { GraphQLResolveInfo } from 'graphql';

const asked = new WeakSet<GraphQLResolveInfo>();
const texts = new WeakMap<object, string>();

/** A resolver looked into what it was meant to hand on. */
export class SealBroken extends Error {}

/** Lets the lane answer a root field with text, where the resolver only hands on what it read. */
export const askSealed = (info: GraphQLResolveInfo): unknown => asked.add(info);

export const isSealedAsked = (info: GraphQLResolveInfo): boolean => asked.has(info);

/**
 * What was read, as the JSON in which the client gets it: neither parsed here, nor taken apart by an executor, nor written
 * again. A resolver that looks into it gets an error, upon which the operation is executed as any other.
 */
export function seal(text: string): object {
  const sealed = new Proxy({}, unreadable);
  texts.set(sealed, text);
  return sealed;
}

export const textOf = (value: object): string | undefined => texts.get(value);

const broken = (): never => {
  throw new SealBroken('A resolver looked into what it read.');
};

const unreadable: ProxyHandler<object> = {
  // Whoever waits for a value asks first whether it is to be waited for.
  get: (_, name) => (name === 'then' ? undefined : broken()),
  has: broken,
  ownKeys: broken,
  set: broken,
  getOwnPropertyDescriptor: broken,
};
