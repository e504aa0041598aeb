import type { GraphQLResolveInfo } from 'graphql';
import { variablesOf } from '../database/tenancy.ts';
import { timeLimits } from '../database/connection.ts';
import { RapportError } from '../errors.ts';
import type { Class } from '../plugin.ts';
import type { AllOptions, Reader, ReadLane } from './lane.ts';
import type { List } from './list.ts';
import { Page, type PageArguments, type Raw } from './page.ts';
import type { Plans, Target } from './plans.ts';
import type { Row } from './row.ts';
import type { Runner } from './runner.ts';
import type { Input } from './template.ts';
import type { Where } from './where.ts';

/** The read lane of one context. */
export class PlannedLane implements ReadLane {
  readonly #plans: Plans;
  readonly #runner: Runner;
  readonly #reader: Reader;
  readonly #scope: readonly [string, string];

  constructor(plans: Plans, runner: Runner, reader: Reader) {
    this.#plans = plans;
    this.#runner = runner;
    this.#reader = reader;
    const variables = variablesOf(reader.scope);
    this.#scope = [variables['app.clinic_id'], variables['app.patient_ids']];
  }

  async one<T extends object>(
    type: Class<T>,
    info: GraphQLResolveInfo,
    where: Where<T>,
    at?: string,
  ): Promise<Row<T> | null> {
    return (await this.#read({ kind: 'one', type, at }, info, { where })) as Row<T> | null;
  }

  async page<T extends object>(
    list: List<T>,
    info: GraphQLResolveInfo,
    args: PageArguments,
    where?: Where<T>,
  ): Promise<Page<T>> {
    return this.pageOf(list, (await this.#read({ kind: 'page', list }, info, { args, where })) as Raw, args);
  }

  async all<T extends object>(
    type: Class<T>,
    info: GraphQLResolveInfo,
    options: AllOptions<T> = {},
  ): Promise<Row<T>[]> {
    return ((await this.#read({ kind: 'all', type }, info, options)) ?? []) as Row<T>[];
  }

  /** A page of rows that a statement has already read. */
  pageOf<T extends object>(list: List<T>, raw: Raw, args: PageArguments): Page<T> {
    return new Page<T>(raw, args, this.#plans.queryOf(list).order(args));
  }

  async #read(target: Target, info: GraphQLResolveInfo, input: Input): Promise<unknown> {
    const reader = this.#reader;
    const timeLimit = timeLeft(reader.deadline);
    const template = this.#plans.get(target, info, reader);
    const values: (string | null)[] = [reader.scope.clinicId];
    const text = template.fill({ reader, variables: info.variableValues, input, parameters: values });
    const json = await this.#runner.run({ scope: this.#scope, text, values, timeLimit }, reader.openTransaction);
    if (json === null) return null;
    const value: unknown = JSON.parse(json);
    template.revive?.(value);
    return value;
  }
}

/** Milliseconds that are left where PostgreSQL would go on for longer; throws where none are. */
function timeLeft(deadline: number | undefined): number | undefined {
  if (deadline === undefined) return undefined;
  const left = Math.floor(deadline - performance.now());
  if (left >= timeLimits.statement) return undefined;
  if (left >= 1) return left;
  throw new RapportError('DEADLINE_EXCEEDED', 'The request took too long and was given up.');
}
