import { AsyncLocalStorage } from 'node:async_hooks';
import {
  ChangeSetType,
  Reference,
  type ChangeSet,
  type EventSubscriber,
  type FlushEventArgs,
} from '@mikro-orm/postgresql';
import { patientTable } from '../database/refusals.ts';
import type { Deed, EntryKind } from './entry.ts';

const watched = new AsyncLocalStorage<Deed[]>();

/** Runs `work` and puts what it changes of entities into `deeds`: of every entity manager that it flushes, its own too. */
export const watchingChanges = <T>(deeds: Deed[], work: () => Promise<T>): Promise<T> => watched.run(deeds, work);

/** Hears of each flush. MikroORM knows what has changed: nobody has to say it, and nobody can forget to. */
export const changeWatcher: EventSubscriber = {
  async afterFlush({ uow }: FlushEventArgs) {
    watched.getStore()?.push(...uow.getChangeSets().map(deedOf));
  },
};

const kinds: Readonly<Record<ChangeSetType, EntryKind>> = {
  [ChangeSetType.CREATE]: 'CREATE',
  [ChangeSetType.UPDATE]: 'UPDATE',
  [ChangeSetType.UPDATE_EARLY]: 'UPDATE',
  [ChangeSetType.DELETE]: 'DELETE',
  [ChangeSetType.DELETE_EARLY]: 'DELETE',
};

/** Not worth a word: they say which row it is, or change with every other field. */
const silent = new Set(['id', 'clinicId', 'version', 'updatedAt']);

function deedOf({ type, meta, payload, entity }: ChangeSet<any>): Deed {
  const { tableName: subjectType, primaryKeys } = meta;
  const row = entity as Record<string, unknown>;
  const subjectId = primaryKeys
    .filter(key => key !== 'clinicId')
    .map(key => idOf(row[key as string]))
    .join(' ');
  const patientId = subjectType === patientTable ? subjectId : idOf(row['patient'] ?? row['patientId']);
  const fields = type.startsWith('delete') ? [] : Object.keys(payload).filter(name => !silent.has(name));
  return { kind: kinds[type], subjectType, subjectId, patientId, fields };
}

function idOf(value: unknown): string | undefined {
  const found: unknown = Reference.isReference(value) ? value.unwrap() : value;
  if (typeof found === 'object' && found !== null && 'id' in found) return String(found.id);
  return found == null ? undefined : String(found as string);
}
