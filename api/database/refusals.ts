import type { EntityMetadata, MetadataStorage } from '@mikro-orm/postgresql';
import type { Plugin } from '../plugin.ts';

/** The core's tables are everyone's words: they carry no prefix. */
const corePlugin = 'core';
export const patientTable = 'patient';

/**
 * Throws where a table could not be told from those of another plugin, or where data of a patient is stored that nobody
 * could export or erase.
 */
export function refuseTables(plugins: readonly Plugin[], metadata: MetadataStorage): void {
  for (const { name, entities = [], subjectData } of plugins) {
    for (const entity of entities) {
      const { tableName, embeddable, abstract, props } = metadata.get(entity);
      if (embeddable || abstract) continue;
      const prefix = `${name.replaceAll('-', '_')}_`;
      if (name !== corePlugin && !tableName.startsWith(prefix)) {
        throw new Error(`'${name}' may not name a table '${tableName}': begin it with '${prefix}'.`);
      }
      if (!subjectData && props.some(pointsAtPatient)) {
        throw new Error(
          `The table '${tableName}' of '${name}' points at a patient, and '${name}' has no \`subjectData\`: say how it is exported, erased and held.`,
        );
      }
    }
  }
}

const pointsAtPatient = ({ fieldNames = [], targetMeta, owner, kind }: EntityMetadata['props'][number]): boolean =>
  fieldNames.includes(`${patientTable}_id`) || (targetMeta?.tableName === patientTable && (kind === 'm:1' || owner));
