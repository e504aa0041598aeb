import type { EntityManager } from '@mikro-orm/core';
import { MikroORM, type EntityMetadata } from '@mikro-orm/postgresql';
import type pg from 'pg';
import { changeWatcher } from '../audit/changes.ts';
import type { Plugin } from '../plugin.ts';
import { PooledClient } from './pooled-client.ts';

/** Which migrations the database has seen. */
export const migrationTable = 'rapport_migration';

/** MikroORM over the entities of the plugins, for writes; lists are read by the read lane. */
export async function createOrm(connection: pg.ClientConfig, plugins: readonly Plugin[]): Promise<MikroORM> {
  return MikroORM.init({ ...ormOptions(connection), entities: plugins.flatMap(plugin => plugin.entities ?? []) });
}

/** What every use of MikroORM has in common; its connection is made by the `pg` options alone. */
export function ormOptions({ connectionString, ...driverOptions }: pg.ClientConfig) {
  return {
    clientUrl: connectionString,
    driverOptions: { ...driverOptions, connectionString, Client: PooledClient },
    ensureDatabase: false,
    forceUtcTimezone: true,
    // The clinic of a relation is held by its composite foreign key; joining each one to see it would only cost.
    autoJoinRefsForFilters: false,
    discovery: { warnWhenNoEntities: false, onMetadata: bindToClinic },
    metadataCache: { enabled: false },
    subscribers: [changeWatcher],
    // Statements hold what people wrote, and their errors reach the log of the platform anyway.
    logger: () => undefined,
  };
}

/**
 * An entity with a `clinicId` is found only in the clinic of its entity manager, and a new one gets it from there. For
 * PostgreSQL's policies this would not be needed; it lets indexes be used where a policy's expression cannot be.
 */
function bindToClinic(meta: EntityMetadata): void {
  const clinicId = meta.properties['clinicId'];
  if (!clinicId) return;
  clinicId.onCreate = (_: object, em: EntityManager) => em.getFilterParams('clinic')?.['clinicId'];
  meta.filters = {
    ...meta.filters,
    clinic: { name: 'clinic', default: true, cond: (params: { clinicId: string }) => ({ clinicId: params.clinicId }) },
  };
}
