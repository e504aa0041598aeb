import { v7 as newId } from 'uuid';
import { importCompleted } from 'clinic-rapport/schema';
import type { PlatformContext } from '../../api/context.ts';
import { BrokenOff } from '../command.ts';
import { flagDuplicates, takeOver, type Candidate, type Taken } from './batch.ts';
import type { ImportingContext } from './insert.ts';
import type { Mapping } from './mapping.ts';
import type { Remark } from './report.ts';
import { rowsOf } from './rows.ts';

export interface ImportOptions {
  chunks: AsyncIterable<Buffer>;
  mapping: Mapping;
  clinic: ImportingContext['clinic'];
  /** A fresh context of the clinic, for one transaction. */
  context(): Promise<PlatformContext>;
  remark(remark: Remark): Promise<void>;
  onProgress?(done: ImportResult): void;
  /** Stops it after the batch that is under way; what is in stays in. */
  signal?: AbortSignal;
  batchSize?: number;
  /** Most rows of one file; a million if not given. */
  mostRows?: number;
}

export interface ImportResult {
  rows: number;
  imported: number;
  /** Patients who were not there before. */
  patients: number;
  unchanged: number;
  refused: number;
  /** Patients that share an id of the other system. */
  possibleDuplicates: number;
}

/**
 * Imports a file, in one transaction for each batch of rows: it can be broken off at any time and begun anew, and what is
 * in is passed over then. Publishes one event for all of it, and none for a row, so that nobody gets a reminder.
 */
export async function importFile(options: ImportOptions): Promise<ImportResult> {
  const { mapping, clinic, onProgress, signal, batchSize = 500, mostRows = 1_000_000 } = options;
  const run = new Run(options);
  let batch: Candidate[] = [];
  for await (const row of rowsOf(options.chunks, mapping, clinic)) {
    if (++run.result.rows > mostRows) throw new Error(`The file has more than ${mostRows} rows. Split it.`);
    if ('refused' in row) await run.refuse({ line: row.line, ...row.refused });
    else batch.push(row);
    if (batch.length < batchSize) continue;
    await run.take(batch);
    batch = [];
    onProgress?.(run.result);
    if (signal?.aborted)
      throw new BrokenOff('Broken off. What is imported stays; the same command goes on from there.');
  }
  await run.take(batch);
  await run.complete();
  onProgress?.(run.result);
  return run.result;
}

class Run {
  readonly result: ImportResult = {
    rows: 0,
    imported: 0,
    patients: 0,
    unchanged: 0,
    refused: 0,
    possibleDuplicates: 0,
  };
  readonly #options: ImportOptions;
  /** The first patient with each id that may be shared, and its line. */
  readonly #first = new Map<string, { externalId: string; line: number }>();
  readonly #shared = new Set<string>();

  constructor(options: ImportOptions) {
    this.#options = options;
  }

  async refuse(refused: Omit<Remark, 'kind'>): Promise<void> {
    this.result.refused++;
    await this.#options.remark({ ...refused, kind: 'refused' });
  }

  async take(rows: readonly Candidate[]): Promise<void> {
    if (rows.length === 0) return;
    const { imported, patients, unchanged, refused } = await this.#inTransaction(rows);
    this.result.imported += imported;
    this.result.patients += patients;
    this.result.unchanged += unchanged;
    for (const row of refused) await this.refuse(row);
    const lines = new Set(refused.map(({ line }) => line));
    for (const row of rows) if (!lines.has(row.line)) await this.#watchSharedId(row);
  }

  /** All rows at once; where the database refuses one, halves of them, until it is found. */
  async #inTransaction(rows: readonly Candidate[]): Promise<Taken> {
    try {
      return await this.#transaction(importing => takeOver(rows, importing));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (rows.length === 1) return { imported: 0, patients: 0, unchanged: 0, refused: [refusalOf(rows[0]!, error)] };
      const half = Math.ceil(rows.length / 2);
      const first = await this.#inTransaction(rows.slice(0, half));
      const second = await this.#inTransaction(rows.slice(half));
      return {
        imported: first.imported + second.imported,
        patients: first.patients + second.patients,
        unchanged: first.unchanged + second.unchanged,
        refused: [...first.refused, ...second.refused],
      };
    }
  }

  async #watchSharedId({ line, imported: { patient } }: Candidate): Promise<void> {
    const { sharedId, externalId } = patient;
    if (sharedId === undefined || this.#shared.has(externalId)) return;
    const first = this.#first.get(sharedId);
    if (!first) return void this.#first.set(sharedId, { externalId, line });
    if (first.externalId === externalId) return;
    this.#shared.add(first.externalId).add(externalId);
    const message = `Another patient has the same id of the other system (line ${first.line}): both are flagged.`;
    await this.#options.remark({ line, kind: 'note', code: 'POSSIBLE_DUPLICATE', message });
  }

  async complete(): Promise<void> {
    const { imported, unchanged, refused } = this.result;
    this.result.possibleDuplicates = this.#shared.size;
    await this.#transaction(async importing => {
      if (this.#shared.size > 0) await flagDuplicates([...this.#shared], importing);
      const { name: format } = this.#options.mapping;
      importing.context.publish(importCompleted, { importId: newId(), format, imported, unchanged, refused });
    });
  }

  async #transaction<T>(work: (importing: ImportingContext) => Promise<T>): Promise<T> {
    const { mapping, clinic } = this.#options;
    const context = await this.#options.context();
    return context.transaction(() => work({ source: mapping.name, clinic, context }));
  }
}

/** Bad data (class 22) and broken rules (23) are a row's own fault; anything else is not. */
const codeOf = (error: unknown): string | undefined => {
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return typeof code === 'string' ? code : cause ? codeOf(cause) : undefined;
};

const isRefusal = (error: unknown): boolean => /^2[23]/.test(codeOf(error) ?? '');

const refusalOf = ({ line }: Candidate, error: unknown) => {
  const rule = (error as { constraint?: string }).constraint ?? codeOf(error);
  return { line, code: 'REFUSED', message: `The database refuses the row (${rule}).` };
};
