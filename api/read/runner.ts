import type { EntityManager } from '@mikro-orm/postgresql';
import { SpanKind } from '@opentelemetry/api';
import { spanned } from '../health/tracing.ts';
import type { Statement } from './pipeline.ts';
import type { Pipelines } from './pipelines.ts';
import { storageError } from './storage-error.ts';

/** Runs statements: in the transaction that is open, so that it sees what that has written, or else on the pipelines. */
export class Runner {
  /** How many were run so far. */
  statements = 0;
  readonly #pipelines: Pipelines;

  constructor(pipelines: Pipelines) {
    this.#pipelines = pipelines;
  }

  run(statement: Statement, transaction: EntityManager | undefined): Promise<string | null> {
    this.statements++;
    // The text has no value of a request in it: all of them are parameters.
    const attributes = { 'db.system.name': 'postgresql', 'db.query.text': statement.text };
    return spanned('read', { kind: SpanKind.CLIENT, attributes }, () =>
      transaction ? inTransaction(transaction, statement) : this.#pipelines.read(statement),
    );
  }
}

async function inTransaction(em: EntityManager, { text, values }: Statement): Promise<string | null> {
  await em.flush();
  try {
    const { rows } = await em.getKysely().executeQuery<Record<string, string | null>>(compiled(text, values));
    return rows[0] ? Object.values(rows[0])[0]! : null;
  } catch (error) {
    throw storageError(error);
  }
}

type Compiled = Parameters<ReturnType<EntityManager['getKysely']>['executeQuery']>[0];

// What Kysely makes of a raw query: its parameters stay parameters, where `em.execute` would write them into the text.
const compiled = (text: string, values: readonly unknown[]): Compiled => ({
  sql: text,
  parameters: values,
  query: { kind: 'RawNode', sqlFragments: [text], parameters: [] },
  queryId: { queryId: 'read' },
});
