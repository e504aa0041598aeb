import {
  BREAK,
  execute,
  getNamedType,
  getOperationAST,
  GraphQLError,
  isInputObjectType,
  typeFromAST,
  visit,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLInputObjectType,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { compileQuery, isCompiledQuery, type CompiledQuery, type CompilerOptions } from 'graphql-jit';
import type { PlatformContext } from '../context.ts';
import { RapportError } from '../errors.ts';
import { guardLiterals, guardStrings } from './scalars.ts';

export interface Run {
  /** Parsed and valid. */
  document: DocumentNode;
  operationName?: string | null;
  variables?: Record<string, unknown> | null;
  context: PlatformContext;
}

export type Execute = (run: Run) => Promise<ExecutionResult>;

interface Known {
  uses: number;
  /** Null where it must not, or could not, be compiled. */
  compiled?: CompiledQuery | null;
}

/** A document is compiled at its second use: one that is sent once is not worth it. */
const worthCompiling = 2;
// An error of a field is thrown by a resolver, whose stack it has already.
const compiler: Partial<CompilerOptions> = { disablingCapturingStackErrors: true };

/**
 * Executes documents, those that come again by compiled code. Kept from the compiler: anything but queries; variables
 * whose input type contains itself, on which it would compile until the memory is gone; and conditions, as its code
 * answers fields that a `@skip` or `@include` around them leaves out.
 */
export function createExecutor(schema: GraphQLSchema): Execute {
  const endless = recursiveInputs(schema);
  // By the parsed document: what the document store forgets is forgotten here too.
  const documents = new WeakMap<DocumentNode, Map<string, Known>>();

  const isCompilable = ({ operation, variableDefinitions = [] }: OperationDefinitionNode): boolean =>
    operation === 'query' &&
    !variableDefinitions.some(({ type }) => {
      const input = typeFromAST(schema, type as never);
      return input !== undefined && endless.has(getNamedType(input).name);
    });

  const compile = ({ document, operationName }: Run): CompiledQuery | null => {
    const operation = getOperationAST(document, operationName);
    if (!operation || !isCompilable(operation) || hasConditions(document)) return null;
    try {
      const compiled = compileQuery(schema, document, operationName ?? '', compiler);
      return isCompiledQuery(compiled) ? compiled : null;
    } catch {
      return null;
    }
  };

  const knownOf = (run: Run): Known => {
    let operations = documents.get(run.document);
    if (!operations) {
      guardLiterals(run.document);
      documents.set(run.document, (operations = new Map()));
    }
    const name = run.operationName ?? '';
    let known = operations.get(name);
    if (!known) operations.set(name, (known = { uses: 0 }));
    return known;
  };

  return async run => {
    const { document, operationName, context } = run;
    const variables = run.variables ?? {};
    const interpret = (): Promise<ExecutionResult> =>
      Promise.resolve(execute({ schema, document, operationName, variableValues: variables, contextValue: context }));
    try {
      refuseSubscription(run);
      guardStrings(variables);
      const known = knownOf(run);
      if (known.compiled === undefined && ++known.uses >= worthCompiling) known.compiled = compile(run);
      if (!known.compiled) return await interpret();
      const result = await known.compiled.query(undefined, context, variables);
      // No data means that variables could not be read, before any resolver ran: graphql-js says why in better words.
      if (result.errors && result.data === undefined) return await interpret();
      return result.errors ? { ...result, errors: result.errors.map(repaired) } : result;
    } catch (error) {
      return {
        errors: [
          error instanceof GraphQLError
            ? error
            : new GraphQLError((error as Error).message, { originalError: error as Error }),
        ],
      };
    }
  };
}

/** Executed like a query it would run the resolver of its events without an event. */
function refuseSubscription({ document, operationName }: Run): void {
  if (getOperationAST(document, operationName)?.operation !== 'subscription') return;
  throw new RapportError(
    'BAD_USER_INPUT',
    'A subscription is followed over WebSocket, by the protocol `graphql-transport-ws`.',
  );
}

/** Whether what is selected depends on the variables. */
export function hasConditions(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Directive({ name }) {
      found ||= name.value === 'skip' || name.value === 'include';
      return found ? BREAK : undefined;
    },
  });
  return found;
}

/** Errors of compiled code come without extensions, from which their code would be lost. */
function repaired(error: GraphQLError): GraphQLError {
  if (error.extensions) return error;
  const { message, path, nodes, locations, originalError } = error;
  const whole = new GraphQLError(message, { path, nodes, originalError: originalError ?? error });
  return Object.defineProperty(whole, 'locations', { value: locations, enumerable: true });
}

/** Input types that contain themselves, at whatever distance, and those that contain such a one. */
function recursiveInputs(schema: GraphQLSchema): ReadonlySet<string> {
  const inputs = Object.values(schema.getTypeMap()).filter(isInputObjectType);
  const reach = new Map(inputs.map(type => [type.name, reachableFrom(type)]));
  const recursive = new Set(inputs.filter(({ name }) => reach.get(name)!.has(name)).map(({ name }) => name));
  return new Set(
    inputs
      .map(({ name }) => name)
      .filter(name => recursive.has(name) || [...reach.get(name)!].some(other => recursive.has(other))),
  );
}

function reachableFrom(start: GraphQLInputObjectType): ReadonlySet<string> {
  const reached = new Set<string>();
  const open = [start];
  for (let type = open.pop(); type; type = open.pop()) {
    for (const field of Object.values(type.getFields())) {
      const inner = getNamedType(field.type);
      if (!isInputObjectType(inner) || reached.has(inner.name)) continue;
      reached.add(inner.name);
      open.push(inner);
    }
  }
  return reached;
}
