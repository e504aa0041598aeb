type Empty<V> = Extract<V, null | undefined>;

/** Properties of `T` that point at one other thing. */
export type RelationOf<T> = {
  [K in keyof T & string]-?: NonNullable<T[K]> extends { id: string } ? K : never;
}[keyof T & string];

/**
 * What the read lane gives for one thing of type `T`: plain data, only the fields that were selected, and always `id`.
 *
 * A computed field (`@Root() visit: Row<Visit>`) also finds the foreign keys, as `patientId`, and what its `@Needs`
 * names; an instant that it needs is a `Date`. Elsewhere an instant is PostgreSQL's text, which `DateTime` writes out.
 */
export type Row<T> = {
  readonly [K in keyof T as T[K] extends (...rest: any[]) => unknown ? never : K]: NonNullable<T[K]> extends {
    id: string;
  }
    ? Row<NonNullable<T[K]>> | Empty<T[K]>
    : T[K];
} & { readonly [K in RelationOf<T> as `${K}Id`]: string | Empty<T[K]> };
