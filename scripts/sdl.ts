import { lexicographicSortSchema, printSchema } from 'graphql';
import type { Plugin } from 'clinic-rapport';
import { buildSchema } from '../api/graphql/build-schema.ts';

/** The API of composed plugins in the schema definition language, in an order that does not depend on theirs. */
export function printSdl(plugins: readonly Plugin[]): string {
  return printSchema(lexicographicSortSchema(buildSchema(plugins).schema)) + '\n';
}
