import type { GraphQLSchema } from 'graphql';
import { connectionConfig } from '../database/connection.ts';
import type { Database } from '../database/database.ts';
import { Catalog } from './catalog.ts';
import { checkDeclarations } from './check.ts';
import type { Reader, ReadLane } from './lane.ts';
import { Pipelines } from './pipelines.ts';
import { PlannedLane } from './planned-lane.ts';
import { Plans } from './plans.ts';
import { Runner } from './runner.ts';

/** Tables, plans and connections of one process; every context has its lane from here. */
export interface ReadEngine {
  laneFor(reader: Reader): ReadLane;
  /** Statements that were run so far, inside and outside of transactions. */
  readonly statements: number;
  /** Reads that wait for their answer. */
  readonly underWay: number;
  /** Lets what is under way come to its end. */
  close(): Promise<void>;
}

export interface ReadEngineOptions {
  database: Pick<Database, 'orm' | 'url'>;
  schema: GraphQLSchema;
}

/** Refuses a relation or computed field that names what is not stored. */
export function createReadEngine({ database, schema }: ReadEngineOptions): ReadEngine {
  const catalog = new Catalog(database.orm);
  checkDeclarations(schema, catalog);
  const plans = new Plans(catalog);
  const config = connectionConfig(database.url, 'app');
  const pipelines = new Pipelines({ ...config, options: `${config.options} -c default_transaction_read_only=on` });
  const runner = new Runner(pipelines);
  return {
    laneFor: reader => new PlannedLane(plans, runner, reader),
    get statements() {
      return runner.statements;
    },
    get underWay() {
      return pipelines.underWay;
    },
    close: () => pipelines.close(),
  };
}
