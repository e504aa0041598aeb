import type { EntityManager } from '@mikro-orm/postgresql';
import { Beside } from './beside.ts';
import { encode, joinsOf, sql, Sql } from './where.ts';

/**
 * The rows of a statement that was put together by `sql`, read by `em`; `row` is what `sql.row` stands for in it. For what the
 * read lane has no words for, as values of facts: those need `sql.besides` behind the table of the row. A `?` of PostgreSQL's own operators must be written as `\?`.
 */
export function select<T extends object>(em: EntityManager, statement: Sql, row = ''): Promise<T[]> {
  const values: (string | null)[] = [];
  const textOf = ({ strings, values: parts }: Sql): string =>
    strings.reduce((text, next, index) => text + partOf(parts[index - 1]) + next);
  const partOf = (part: unknown): string => {
    if (part === sql.row) return row;
    if (part === sql.besides) return joinsOf(statement, row);
    if (part instanceof Beside) return part.alias;
    if (part instanceof Sql) return textOf(part);
    values.push(encode(part));
    return '?';
  };
  return em.execute<T[]>(textOf(statement), values);
}
