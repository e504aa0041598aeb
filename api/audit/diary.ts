import type { EntityManager } from '@mikro-orm/postgresql';
import type { Scope } from '../database/tenancy.ts';
import type { Actor } from '../plugin.ts';
import type { Reading } from '../read/lane.ts';
import { actOf } from './act.ts';
import { watchingChanges } from './changes.ts';
import { entryOf, writeEntries, type Act, type Deed, type Doer, type PatientColumns } from './entry.ts';
import type { Reads } from './reads.ts';

/** Those who are somebody: what jobs and handlers read for them is no reading. */
const people: ReadonlySet<Actor['kind']> = new Set(['user', 'key', 'link']);

/** Writes down what one context reads and changes. */
export class Diary {
  readonly #reads: Reads;
  readonly #doer: Doer & { readonly scope: Scope };

  constructor(reads: Reads, doer: Doer & { readonly scope: Scope }) {
    this.#reads = reads;
    this.#doer = doer;
  }

  /**
   * What `work` changes is written in its transaction: it is there exactly if the change is. A mutation counts also where it
   * has changed no entity. A page that someone opened does too, and is written afterwards, as it may not write.
   */
  async watch<T>(act: Act | undefined, em: EntityManager, work: () => Promise<T>): Promise<T> {
    const { scope, actor } = this.#doer;
    const deeds: Deed[] = [];
    const result = await watchingChanges(deeds, work);
    // A call from outside that names no clinic changes none.
    if (scope.clinicId === '') return result;
    const named = act ?? { action: actor.id };
    if (act && deeds.length === 0) deeds.push({ kind: 'ACT' });
    const entries = deeds.map(deed => entryOf(this.#doer, named, deed));
    if (entries.length > 0) await writeEntries(em, scope, entries);
    else if (people.has(actor.kind))
      await this.#reads.record(scope.clinicId, entryOf(this.#doer, named, { kind: 'ACT' }));
    return result;
  }

  /** A mutation and its answer are one entry; of what subscribers get, nobody knows which of them looks at it. */
  noteRead({ table, info, id, rows }: Reading): Promise<void> | undefined {
    const { scope, actor } = this.#doer;
    if (!people.has(actor.kind) || info.operation.operation !== 'query') return undefined;
    const subjectType = nameOf(table);
    const isPatient = table.patient !== undefined && table.patient === table.columns.get('id');
    const deed: Deed = {
      kind: 'READ',
      subjectType,
      subjectId: id,
      patientId: isPatient ? id : undefined,
      rowCount: rows,
    };
    const entry = entryOf(this.#doer, actOf(info.parentType.getFields()[info.fieldName]!), deed);
    return this.#reads.record(scope.clinicId, entry, id && !isPatient ? patientOf(table) : undefined);
  }

  /** What the read lane does not read, whatever kind of operation shows it. */
  noteSeen(act: Act, deed: Deed): Promise<void> | undefined {
    const { scope, actor } = this.#doer;
    return people.has(actor.kind) ? this.#reads.record(scope.clinicId, entryOf(this.#doer, act, deed)) : undefined;
  }
}

const nameOf = ({ name }: Reading['table']): string => name.replaceAll('"', '');

const columns = new WeakMap<Reading['table'], PatientColumns | undefined>();

/** A thing that was read by its id is about a patient whom its row names. */
function patientOf(table: Reading['table']): PatientColumns | undefined {
  if (!columns.has(table)) {
    const isNamed = table.patient !== undefined && table.columns.get('id')?.kind === 'uuid';
    columns.set(table, isNamed ? new Map([[nameOf(table), table.name]]) : undefined);
  }
  return columns.get(table);
}
