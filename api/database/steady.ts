import type { EntityManager, Kysely } from '@mikro-orm/postgresql';

const names = new Map<string, string>();

/** As what a statement is kept on each connection; undefined for one whose text is another each time. */
export const nameOfSteady = (text: string): string | undefined => names.get(text);

/**
 * A statement whose text is always the same, with `$1`: PostgreSQL reads and plans it once for each connection, where of one that
 * has its values within it takes as long to plan as to run. To be run in an open transaction.
 */
export function steady(
  name: string,
  text: string,
): (em: EntityManager, values: readonly (string | null)[]) => Promise<unknown> {
  names.set(text, name);
  return (em, parameters) =>
    em.getTransactionContext<Kysely<unknown>>()!.executeQuery({
      sql: text,
      parameters,
      query: { kind: 'RawNode', sqlFragments: [text], parameters: [] },
      queryId: { queryId: name },
    });
}
