import {
  getNamedType,
  isAbstractType,
  isObjectType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import type { Permission } from '../plugin.ts';

/**
 * @Authorized on a type guards every field that leads to it, a list of it as a whole: inside of a connection, `edges` and
 * `nodes` are never null, and a count says something too. Through an interface or a union, all that it may turn out to be counts.
 */
export function guardsByType(
  schema: GraphQLSchema,
): (type: GraphQLObjectType, field: GraphQLField<any, any>) => readonly Permission[] {
  const connections = Object.values(schema.getTypeMap()).filter(isConnection);
  const insides = new Set<GraphQLNamedType>(
    connections.flatMap(connection => [connection, inside(connection, 'edges')]),
  );
  const guardsOf = (type: GraphQLNamedType): readonly Permission[] => {
    if (isAbstractType(type)) return schema.getPossibleTypes(type).flatMap(guardsOf);
    if (isConnection(type)) return guardsOf(inside(type, 'nodes'));
    return (type.extensions['guardsOfType'] as readonly Permission[] | undefined) ?? [];
  };
  return (type, field) => (insides.has(type) ? [] : [...new Set(guardsOf(getNamedType(field.type)))]);
}

const isConnection = (type: GraphQLNamedType): type is GraphQLObjectType =>
  isObjectType(type) && type.extensions['list'] !== undefined;
const inside = (connection: GraphQLObjectType, field: 'edges' | 'nodes'): GraphQLNamedType =>
  getNamedType(connection.getFields()[field]!.type);
