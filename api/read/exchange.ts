import type { Connection, Submittable } from 'pg';
import type { Statement } from './pipeline.ts';
import type { PreparedStatements } from './prepared.ts';

/** Sets the scope for the rest of the exchange, and only for it. */
const setScope = "select set_config('app.clinic_id', $1, true), set_config('app.patient_ids', $2, true)";
const setPlan = ", set_config('plan_cache_mode', 'force_generic_plan', true)";
const setTime = ", set_config('statement_timeout', $3, true)";

const preambles = [
  [setScope, setScope + setTime],
  [setScope + setPlan, setScope + setPlan + setTime],
] as const;

type Values = readonly (string | null)[];

/** The messages of PostgreSQL's protocol as `pg` writes them; its types ask for arguments that it does not take. */
interface Wire {
  parse(message: { name: string; text: string }): void;
  bind(message: { statement: string; values: Values }): void;
  execute(message: undefined): void;
  close(message: { type: 'S'; name: string }): void;
  sync(): void;
}

/**
 * One read: the scope, the statement, and the end of both, written at once.
 *
 * What lies between two syncs of the extended protocol is one transaction, so this needs neither `begin` nor `commit`: the
 * scope, which is local to a transaction, ends with the read, whether it succeeds or fails. After an error PostgreSQL skips
 * to the sync, so a failed read has no effect on those that wait behind it on the same connection.
 */
export class Exchange implements Submittable {
  readonly startedAt = performance.now();
  readonly #prepared: PreparedStatements;
  readonly #preamble: string;
  readonly #scope: Values;
  readonly #text: string;
  readonly #values: Values;
  readonly #done: (error: unknown, json: string | null) => void;
  #executed = 0;
  #json: string | null = null;
  #parsed: string[] = [];

  constructor(
    prepared: PreparedStatements,
    { scope, text, values, steady = false, timeLimit }: Statement,
    done: (error: unknown, json: string | null) => void,
  ) {
    this.#prepared = prepared;
    this.#preamble = preambles[steady ? 1 : 0][timeLimit === undefined ? 0 : 1];
    this.#scope = timeLimit === undefined ? scope : [...scope, String(timeLimit)];
    this.#text = text;
    this.#values = values;
    this.#done = done;
  }

  submit(connection: Connection): void {
    const wire = connection as unknown as Wire;
    for (const name of this.#prepared.takeUnused()) wire.close({ type: 'S', name });
    this.#run(wire, this.#preamble, this.#scope);
    this.#run(wire, this.#text, this.#values);
    wire.sync();
  }

  /** Without `describe`: the answer is known to be one column of text. */
  #run(wire: Wire, text: string, values: Values): void {
    const { name, isNew } = this.#prepared.nameOf(text);
    if (isNew) {
      this.#parsed.push(text);
      wire.parse({ name, text });
    }
    wire.bind({ statement: name, values });
    wire.execute(undefined);
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    if (this.#executed === 1) this.#json = fields[0] ?? null;
  }

  handleCommandComplete(): void {
    this.#executed++;
  }

  handleReadyForQuery(): void {
    this.#done(undefined, this.#json);
  }

  handleError(error: unknown): void {
    for (const text of this.#parsed) this.#prepared.forget(text);
    this.#done(error, null);
  }

  handleRowDescription(): void {}
  handlePortalSuspended(): void {}
  handleEmptyQuery(): void {}
}
