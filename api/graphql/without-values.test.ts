import { buildSchema, execute, parse, validate } from 'graphql';
import { withoutValues } from './without-values.ts';

const canary = 'F131104093';
const schema = buildSchema(`
  enum Kind { A B }
  input Part { kind: Kind!, value: String!, count: Int }
  type Query { find(input: Part!, inputs: [Part!], kind: Kind): String }
`);

/** What graphql-js says of a document with these variables. */
function messageOf(document: string, variables: Record<string, unknown> = {}): string {
  try {
    const parsed = parse(document);
    const errors = validate(schema, parsed);
    if (errors[0]) return errors[0].message;
    const answer = execute({ schema, document: parsed, variableValues: variables });
    return (answer as { errors?: { message: string }[] }).errors![0]!.message;
  } catch (error) {
    return (error as Error).message;
  }
}

const find = 'query ($input: Part!) { find(input: $input) }';

test.each([
  [
    find,
    { input: { value: canary } },
    'Variable "$input" is not valid: Field "kind" of required type "Kind!" was not provided.',
  ],
  [
    find,
    { input: { kind: 'A', value: canary, x: 1 } },
    'Variable "$input" is not valid: Field "x" is not defined by type "Part".',
  ],
  [find, { input: { kind: canary, value: 'x' } }, 'Variable "$input" is not valid: A value is of another type.'],
  [find, { input: { kind: 'A', value: [canary] } }, 'Variable "$input" is not valid: A value is of another type.'],
  [find, { input: canary }, 'Variable "$input" is not valid: Expected type "Part" to be an object.'],
  [
    'query ($inputs: [Part!]) { find(input: { kind: A, value: "x" }, inputs: $inputs) }',
    { inputs: [{ value: `; Field "kind" ${canary}`, kind: null }] },
    'Variable "$inputs" is not valid at "inputs[0].kind": Expected non-nullable type "Kind!" not to be null.',
  ],
  [`{ find(input: "${canary}") }`, {}, 'Expected a value of type "Part!", found another.'],
  [`{ find(input: { kind: "${canary}", value: "x" }) }`, {}, 'Enum "Kind" cannot represent non-enum value.'],
  [`{ find(input: { kind: ${canary}, value: "x" }) }`, {}, 'This value does not exist in "Kind" enum.'],
  [`{ find(input: { kind: A, value: "x", count: "${canary}" }) }`, {}, 'Int cannot represent non-integer value.'],
  [`{ find(input "${canary}") }`, {}, 'Syntax Error: Expected ":", found String.'],
  [`{ find(input: 1) ${'880142357196'} }`, {}, 'Syntax Error: Expected Name, found Int.'],
])('%s %j', (document, variables, expected) => {
  const message = messageOf(document, variables);
  expect(message).not.toBe(expected);
  expect(withoutValues(message)).toBe(expected);
});

test.each([
  'Cannot query field "nothing" on type "Query". Did you mean "notice"?',
  'Syntax Error: Unexpected Name "find".',
  'Variable "$input" of required type "Part!" was not provided.',
])('what quotes no value stays: %s', message => expect(withoutValues(message)).toBe(message));
