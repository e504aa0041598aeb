/**
 * A table with at most one row for each patient, from which several expressions of one statement read: `sql` writes it as
 * its alias, and it is joined once. Made by `beside`.
 */
export class Beside {
  readonly #table: string;
  readonly #key: string;

  constructor(table: string, key: string) {
    this.#table = table;
    this.#key = key;
  }

  get alias(): string {
    return `${this.#table}_by_${this.#key}`;
  }

  /** Who has no row there stays, and all columns are null. */
  joinedTo(row: string): string {
    const { alias } = this;
    return `left join ${this.#table} ${alias} on ${alias}.clinic_id = ${row}.clinic_id and ${alias}.${this.#key} = ${row}.id`;
  }
}

/**
 * A table that has at most one row for each patient, whose id is in the column `key`. Facts that read from it share one join,
 * where each look-up of its own would be done for every patient.
 *
 *     const statistics = beside('patient_statistics', 'patient_id');
 *     defineFact('visit.last', { type: 'DATE', value: () => sql`${statistics}.last_visit_on`, … });
 */
export const beside = (table: string, key: string): Beside => new Beside(table, key);
