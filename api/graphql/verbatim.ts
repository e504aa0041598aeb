import {
  getArgumentValues,
  getNullableType,
  getOperationAST,
  getVariableValues,
  type GraphQLError,
  isLeafType,
  isNonNullType,
  Kind,
  locatedError,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { askSealed, SealBroken, textOf } from '../read/sealed.ts';
import { collect } from '../read/selection.ts';
import { hasConditions, type Run } from './execute.ts';
import { guardStrings } from './scalars.ts';

/** The member `data` of an answer as text, and the errors of fields that failed. */
export interface VerbatimResult {
  readonly data: string;
  readonly errors: readonly GraphQLError[];
}

/** Undefined where the operation has to be executed by code, which is the same for all readers with the same rights. */
export type AnswerVerbatim = (run: Run) => Promise<VerbatimResult | undefined>;

interface Root {
  readonly name: string;
  readonly field: GraphQLField<unknown, unknown>;
  readonly nodes: readonly FieldNode[];
}

interface Known {
  readonly operation: OperationDefinitionNode;
  readonly fragments: Record<string, FragmentDefinitionNode>;
  readonly roots: readonly Root[];
  /** Numbers of the rights with which it did not work. */
  readonly declined: Set<number>;
}

/**
 * Answers queries whose every root field is read by the lane and handed on by its resolver as it is: PostgreSQL writes them
 * as the client gets them. The resolvers run as always, with all their guards. That one is of another kind shows when it
 * runs, and is remembered: its first answer costs two reads.
 */
export function createVerbatim(schema: GraphQLSchema): AnswerVerbatim {
  const documents = new WeakMap<DocumentNode, Map<string, Known | null>>();

  const knownOf = ({ document, operationName }: Run): Known | null => {
    let operations = documents.get(document);
    if (!operations) documents.set(document, (operations = new Map()));
    const name = operationName ?? '';
    let known = operations.get(name);
    if (known === undefined) operations.set(name, (known = examine(document, operationName, schema)));
    return known;
  };

  return async run => {
    const known = knownOf(run);
    if (!known || known.declined.has(run.context.guardSet)) return undefined;
    const variables = run.variables ?? {};
    guardStrings(variables);
    const read = getVariableValues(schema, known.operation.variableDefinitions ?? [], variables, { maxErrors: 1 });
    const prepared = read.coerced && known.roots.map(root => prepare(root, read.coerced, known, schema));
    if (!prepared?.every(call => call !== undefined)) return undefined;
    const answers = await Promise.all(prepared.map(call => answerOf(call, run.context)));
    if (answers.every(answer => answer !== undefined)) return joined(answers, known.roots);
    known.declined.add(run.context.guardSet);
    return undefined;
  };
}

function examine(
  document: DocumentNode,
  operationName: string | null | undefined,
  schema: GraphQLSchema,
): Known | null {
  const operation = getOperationAST(document, operationName);
  const type = schema.getQueryType()!;
  if (operation?.operation !== 'query' || hasConditions(document)) return null;
  const fragments = Object.fromEntries(
    document.definitions.flatMap(node => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node]] : [])),
  );
  const selecting = { fragments, schema, variableValues: {} };
  const roots: Root[] = [];
  for (const [name, nodes] of collect(type, [operation as unknown as FieldNode], selecting)) {
    const field = type.getFields()[nodes[0]!.name.value];
    if (!field?.resolve || isLeafType(getNullableType(field.type))) return null;
    roots.push({ name, field, nodes });
  }
  return { operation, fragments, roots, declined: new Set() };
}

interface Call {
  readonly field: GraphQLField<unknown, unknown>;
  readonly args: Record<string, unknown>;
  readonly info: GraphQLResolveInfo;
}

/** Undefined where the arguments cannot be read: an executor says why. */
function prepare(
  { name, field, nodes }: Root,
  variableValues: Record<string, unknown>,
  { operation, fragments }: Known,
  schema: GraphQLSchema,
): Call | undefined {
  try {
    const args = getArgumentValues(field, nodes[0]!, variableValues);
    const parentType = schema.getQueryType()!;
    const path = { prev: undefined, key: name, typename: parentType.name };
    const { name: fieldName, type: returnType } = field;
    const info: GraphQLResolveInfo = {
      fieldName,
      fieldNodes: nodes,
      returnType,
      parentType,
      path,
      schema,
      fragments,
      rootValue: undefined,
      operation,
      variableValues,
    };
    askSealed(info);
    return { field, args, info };
  } catch {
    return undefined;
  }
}

/** Undefined where the resolver answered something else than what the lane had read. */
async function answerOf(
  { field, args, info }: Call,
  context: Run['context'],
): Promise<string | GraphQLError | undefined> {
  try {
    const value = (await field.resolve!(undefined, args, context, info)) as object | null | undefined;
    if (value == null) return isNonNullType(field.type) ? undefined : 'null';
    return textOf(value);
  } catch (error) {
    if (isBroken(error)) return undefined;
    return locatedError(error, info.fieldNodes, [info.path.key]);
  }
}

/** A plugin's fault is wrapped in an error that names it. */
const isBroken = (error: unknown): boolean =>
  error instanceof SealBroken || (error instanceof Error && error.cause instanceof SealBroken);

function joined(answers: readonly (string | GraphQLError)[], roots: readonly Root[]): VerbatimResult {
  const errors = answers.filter(answer => typeof answer !== 'string');
  if (answers.some((answer, index) => typeof answer !== 'string' && isNonNullType(roots[index]!.field.type)))
    return { data: 'null', errors };
  const members = answers.map(
    (answer, index) => `"${roots[index]!.name}":${typeof answer === 'string' ? answer : 'null'}`,
  );
  return { data: `{${members.join(',')}}`, errors };
}
