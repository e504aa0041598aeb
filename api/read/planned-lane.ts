import type { GraphQLResolveInfo } from 'graphql';
import { variablesOf } from '../database/tenancy.ts';
import { timeLimits } from '../database/connection.ts';
import { RapportError } from '../errors.ts';
import type { Class } from '../plugin.ts';
import type { AllOptions, Reader, ReadLane } from './lane.ts';
import type { List } from './list.ts';
import { extentOf, Page, rowsOf, type PageArguments, type Raw } from './page.ts';
import type { Plans, Target } from './plans.ts';
import type { Row } from './row.ts';
import type { Runner } from './runner.ts';
import { isSealedAsked, seal } from './sealed.ts';
import type { Input, Template } from './template.ts';
import { separators } from './verbatim-connection.ts';
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
    const row = await this.#read({ kind: 'one', type, at }, info, { where }, value => value);
    return row as Row<T> | null;
  }

  async page<T extends object>(
    list: List<T>,
    info: GraphQLResolveInfo,
    args: PageArguments,
    where?: Where<T>,
  ): Promise<Page<T>> {
    const page = (raw: unknown): Page<T> => this.pageOf(list, raw as Raw, args);
    return (await this.#read({ kind: 'page', list }, info, { args, where }, page)) as Page<T>;
  }

  async all<T extends object>(
    type: Class<T>,
    info: GraphQLResolveInfo,
    options: AllOptions<T> = {},
  ): Promise<Row<T>[]> {
    return (await this.#read({ kind: 'all', type }, info, options, rows => rows ?? [])) as Row<T>[];
  }

  /** A page of rows that a statement has already read. */
  pageOf<T extends object>(list: List<T>, raw: Raw, args: PageArguments): Page<T> {
    return new Page<T>(raw, args, this.#plans.queryOf(list).order(args));
  }

  async #read(
    target: Target,
    info: GraphQLResolveInfo,
    input: Input,
    made: (value: unknown) => unknown,
  ): Promise<unknown> {
    const verbatim = isSealedAsked(info) && this.#plans.verbatim(target, info, this.#reader);
    if (verbatim) {
      const text = await this.#run(verbatim.template, info, input).catch(error => unlessAbsent(error));
      if (text !== undefined) {
        const written = verbatim.write(text, input.args);
        await this.#note(verbatim.template, target, { info, input, rows: () => rowsIn(text, target) });
        return written === null ? null : seal(written);
      }
    }
    const template = this.#plans.get(target, info, this.#reader);
    const json = await this.#run(template, info, input);
    const value: unknown = json === null ? null : JSON.parse(json);
    if (value !== null) template.revive?.(value);
    await this.#note(template, target, { info, input, rows: () => (value === null ? 0 : rowsIn(value, target)) });
    return made(value);
  }

  /** What found nothing has read nothing. */
  #note(template: Template, target: Target, { info, input, rows }: Found): Promise<void> | undefined {
    const { noteRead } = this.#reader;
    if (!noteRead || !template.aboutPatients) return undefined;
    const { size } = target.kind === 'page' ? extentOf(input.args ?? {}) : { size: Infinity };
    const found = Math.min(rows(), size);
    if (found === 0) return undefined;
    const isOne = target.kind === 'one';
    const { id } = (input.where ?? {}) as { id?: unknown };
    return noteRead({
      table: this.#plans.catalog.get(target.kind === 'page' ? target.list.type() : target.type),
      info,
      id: isOne && typeof id === 'string' ? id : undefined,
      rows: isOne ? undefined : found,
    });
  }

  async #run(
    template: Template,
    { variableValues: variables }: GraphQLResolveInfo,
    input: Input,
  ): Promise<string | null> {
    const reader = this.#reader;
    const timeLimit = timeLeft(reader.deadline);
    const values: (string | null)[] = [reader.scope.clinicId];
    const filled = template.fill({ reader, variables, input, parameters: values });
    return this.#runner.run({ scope: this.#scope, ...filled, values, timeLimit }, reader.openTransaction);
  }
}

interface Found {
  readonly info: GraphQLResolveInfo;
  readonly input: Input;
  /** Counted only where somebody wants to know. */
  readonly rows: () => number;
}

/** Of an answer, either as PostgreSQL wrote it or as it was parsed; of a page one more than it shows. */
function rowsIn(answer: unknown, { kind }: Target): number {
  if (answer === null) return 0;
  if (kind === 'one') return 1;
  if (typeof answer !== 'string') return rowsOf(answer as Raw).length;
  return kind === 'page' ? answer.split(separators.row).length : (JSON.parse(answer) as unknown[]).length;
}

/** Something that must be there cannot be seen, as the statement says by a cast that fails: code answers then. */
function unlessAbsent(error: unknown): undefined {
  const { cause } = error as { cause?: { code?: string } };
  if (cause?.code !== absent) throw error;
}

/** PostgreSQL's code of a text that is no JSON. */
const absent = '22P02';

/** Milliseconds that are left where PostgreSQL would go on for longer; throws where none are. */
function timeLeft(deadline: number | undefined): number | undefined {
  if (deadline === undefined) return undefined;
  const left = Math.floor(deadline - performance.now());
  if (left >= timeLimits.statement) return undefined;
  if (left >= 1) return left;
  throw new RapportError('DEADLINE_EXCEEDED', 'The request took too long and was given up.');
}
