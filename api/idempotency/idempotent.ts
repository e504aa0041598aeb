import { Extensions } from 'type-graphql';

export interface IdempotentOptions {
  /** Fields of the payload that are shown once and never stored; a replay answers null for them. */
  secret?: readonly string[];
}

/** What `@Idempotent()` leaves on a mutation. */
export type Declared = Required<IdempotentOptions>;

/**
 * Beside `@Authorized`, on a mutation that takes an `input`: adds `idempotencyKey` to it. The same key and the same input of
 * one actor do their work once, and later calls answer what the first one did. A mutation that answers an entity stores its id
 * and reads it again; another answer is stored as it is, for a day, without the fields that are `secret`.
 *
 *     @Authorized(write)
 *     @Idempotent()
 *     @Mutation(() => Review, { description: 'Reviews a visit.' })
 */
export const Idempotent = ({ secret = [] }: IdempotentOptions = {}): MethodDecorator => {
  const idempotent: Declared = { secret };
  return Extensions({ idempotent }) as MethodDecorator;
};
