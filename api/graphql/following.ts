import {
  getArgumentValues,
  getOperationAST,
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLSchema,
  type SelectionNode,
} from 'graphql';
import { getVariableValues } from 'graphql/execution/values.js';
import type { PlatformContext } from '../context.ts';
import { RapportError } from '../errors.ts';
import type { Price } from '../limits/cost.ts';
import type { Permission } from '../plugin.ts';
import type { ReadDocument } from './document.ts';
import type { ExecutionRequest } from './execution.ts';
import { guardLiterals, guardStrings } from './scalars.ts';

/** A subscription that is checked and ready to be followed. */
export interface Following {
  readonly document: DocumentNode;
  readonly operationName?: string;
  readonly variables: Record<string, unknown>;
  /** Of the events. */
  readonly names: readonly string[];
  readonly clinicId: string;
  readonly after?: string;
  /** Of the one who asked first; others with the same key may see the same. */
  readonly context: PlatformContext;
  /** Equal for those who get the same answers. */
  readonly key: string;
}

/** Makes every check that can be made before the first event, and throws what is wrong. */
export const createFollowing =
  ({ schema, read, price }: { schema: GraphQLSchema; read: ReadDocument; price: Price }) =>
  ({ document: text, variables = {}, operationName, context }: ExecutionRequest): Following => {
    guardStrings(variables);
    const found = read(text);
    if ('errors' in found) throw found.errors[0]!;
    const { document } = found;
    guardLiterals(document);
    const operation = getOperationAST(document, operationName);
    if (operation?.operation !== 'subscription') {
      throw new RapportError('BAD_USER_INPUT', 'Only a subscription can be followed; send anything else by HTTP.');
    }
    price(document, operationName, variables);
    const { coerced, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
    if (errors) throw errors[0]!;
    const node = rootNode(document, operation.selectionSet.selections[0]!);
    const field = schema.getSubscriptionType()!.getFields()[node.name.value]!;
    const { guards, plugin, events } = field.extensions as unknown as Followed;
    const refusal = context.allowed(guards, plugin);
    if (refusal) throw refusal;
    return {
      document,
      operationName,
      variables,
      names: events,
      clinicId: context.clinicId,
      after: afterOf(field, node, coerced),
      context,
      key: keyOf(text, node, { variables, operationName, context }),
    };
  };

/** What the quarantine wrote on the field of a subscription. */
interface Followed {
  guards?: readonly Permission[];
  plugin?: string;
  events: readonly string[];
}

const afterOf = (
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
  variables: Record<string, unknown>,
): string | undefined => (getArgumentValues(field, node, variables) as { after?: string | null }).after ?? undefined;

/** The one root field, also where it stands in a fragment. */
function rootNode(document: DocumentNode, selection: SelectionNode): FieldNode {
  if (selection.kind === Kind.FIELD) return selection;
  const { selectionSet } =
    selection.kind === Kind.INLINE_FRAGMENT ? selection : fragmentOf(document, selection.name.value);
  return rootNode(document, selectionSet.selections[0]!);
}

const fragmentOf = (document: DocumentNode, name: string): FragmentDefinitionNode =>
  document.definitions.find(
    definition => definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === name,
  ) as FragmentDefinitionNode;

/**
 * Where each one starts is its own affair; everything that decides what it sees is not. Who it is, is not part of it: the
 * execution that they share does not know either.
 */
function keyOf(
  text: string,
  node: FieldNode,
  { variables = {}, operationName, context }: Pick<ExecutionRequest, 'variables' | 'operationName' | 'context'>,
): string {
  const after = node.arguments?.find(({ name }) => name.value === 'after')?.value;
  const shared = after?.kind === Kind.VARIABLE ? { ...variables, [after.name.value]: undefined } : variables;
  const { actor, scope, guardSet, locale } = context;
  return JSON.stringify([
    text,
    operationName ?? null,
    shared,
    scope.clinicId,
    scope.patientIds,
    actor.kind,
    actor.roles,
    guardSet,
    locale,
  ]);
}
