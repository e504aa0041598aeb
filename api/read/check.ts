import { isObjectType, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import type { Class } from '../plugin.ts';
import type { Catalog, Table } from './catalog.ts';
import type { List } from './list.ts';
import { extensionsOf } from './shape.ts';

/** Refuses at boot what would fail at the first read: lists, relations and computed fields that name what is not stored. */
export function checkDeclarations(schema: GraphQLSchema, catalog: Catalog): void {
  for (const type of Object.values(schema.getTypeMap()).filter(isObjectType)) {
    const list = type.extensions['list'] as List<any> | undefined;
    if (list) checkList(list, catalog.get(list.type()));
    const table = catalog.find(type.extensions['class'] as Class);
    if (table) checkFields(type, table, catalog);
  }
}

function checkFields(type: GraphQLObjectType, table: Table, catalog: Catalog): void {
  for (const field of Object.values(type.getFields())) {
    const { needs = [], related } = extensionsOf(field);
    const name = `${type.name}.${field.name}`;
    for (const property of needs) demand(table, property, `${name} needs it`);
    if (!related) continue;
    const list = related.kind === 'page' ? related.list() : undefined;
    const target = catalog.get(list ? list.type() : (related as { type(): Class }).type());
    demand(target, related.inverse, `${name} has it as its inverse`);
    if (related.kind === 'all')
      for (const property in related.orderBy) demand(target, property, `${name} is sorted by it`);
  }
}

function checkList({ name, filters, sortable, defaultOrder, search }: List<any>, table: Table): void {
  for (const [argument, { properties }] of filters) {
    for (const property of properties)
      demand(table, property, `the filter '${argument}' of the list '${name}' asks for it`);
  }
  for (const property of [...sortable, ...Object.keys(defaultOrder)])
    demand(table, property, `the list '${name}' is sorted by it`);
  for (const property of search?.properties ?? [])
    demand(table, property, `the search of the list '${name}' looks at it`);
}

function demand(table: Table, property: string, why: string): void {
  if (!table.columns.has(property)) {
    throw new Error(`'${table.class.name}' does not store '${property}', but ${why}: correct the name, or store it.`);
  }
}
