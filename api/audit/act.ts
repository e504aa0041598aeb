import type { GraphQLField } from 'graphql';
import type { Permission } from '../plugin.ts';
import type { Act } from './entry.ts';

const known = new WeakMap<object, Act>();

/** As what a root field counts in the audit: as the permission that it needs, or without one as itself. */
export function actOf(field: GraphQLField<any, any>): Act {
  let act = known.get(field);
  if (!act) {
    const [guard] = (field.extensions['guards'] ?? []) as readonly Permission[];
    known.set(field, (act = { action: guard?.name ?? field.name, operation: field.name }));
  }
  return act;
}
