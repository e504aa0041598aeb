/** A document that is made to keep a server busy, as a bearer of a valid token sends it. */
export interface Attack {
  readonly name: string;
  readonly body: string;
  /** Of the answer, as is its first error's code. */
  readonly status: number;
  readonly code?: string;
}

const asked = (query: string, variables?: object): string => JSON.stringify({ query, variables });
export const times = (count: number, part: (index: number) => string): string =>
  Array.from({ length: count }, (_, i) => part(i)).join(' ');
const nested = (depth: number, inner: string, open = '{ a:', close = '}'): string =>
  open.repeat(depth) + inner + close.repeat(depth);

const mutation = (index: number): string => `m${index}: cancelAppointment(input: { appointmentId: "x" }) { id }`;
const deep = (levels: number): string => (levels === 0 ? 'id' : `visits { nodes { patient { ${deep(levels - 1)} } } }`);

export const attacks: readonly Attack[] = [
  {
    name: 'a thousand aliases',
    body: asked(`{ ${times(1000, i => `a${i}: __typename`)} }`),
    status: 400,
    code: 'GRAPHQL_PARSE_FAILED',
  },
  {
    name: 'thirty-one aliases',
    body: asked(`{ ${times(31, i => `a${i}: clinic { id }`)} }`),
    status: 400,
    code: 'QUERY_TOO_COMPLEX',
  },
  {
    name: 'fifty mutations in one',
    body: asked(`mutation { ${times(50, mutation)} }`),
    status: 400,
    code: 'QUERY_TOO_COMPLEX',
  },
  {
    name: 'six mutations in one, by fragments',
    body: asked(
      `mutation { ...A ...B ...A } fragment A on Mutation { ${times(3, mutation)} } fragment B on Mutation { ${times(3, i => mutation(i + 3))} }`,
    ),
    status: 400,
    code: 'QUERY_TOO_COMPLEX',
  },
  {
    name: 'fields seventeen deep',
    body: asked(`{ patients { nodes { ${deep(5)} } } }`),
    status: 400,
    code: 'QUERY_TOO_COMPLEX',
  },
  {
    name: 'fields seventeen deep, by fragments',
    body: asked(`{ patients { nodes { ...A } } } fragment A on Patient { visits { nodes { patient { ...B } } } } fragment B on Patient { visits { nodes { patient { ...C } } } }
      fragment C on Patient { visits { nodes { patient { ...D } } } } fragment D on Patient { ${deep(2)} }`),
    status: 400,
    code: 'QUERY_TOO_COMPLEX',
  },
  {
    name: 'lists in lists, a hundred thousand things',
    body: asked(
      '{ patients(first: 100) { nodes { visits(first: 100) { nodes { practitioner { id name } } } appointments(first: 100) { nodes { id } } } } }',
    ),
    status: 400,
    code: 'QUERY_TOO_COMPLEX',
  },
  {
    name: 'lists in lists, by a variable',
    body: asked(
      'query ($n: Int) { patients(first: $n) { nodes { visits(first: $n) { nodes { practitioner { id } } } } } }',
      { n: 100 },
    ),
    status: 400,
    code: 'QUERY_TOO_COMPLEX',
  },
  {
    name: 'three million of a list',
    body: asked('{ patients(first: 3000000) { nodes { id } } }'),
    status: 200,
    code: 'BAD_USER_INPUT',
  },
  {
    name: 'five hundred thousand tokens',
    body: asked(`{ ${'a '.repeat(500_000)} }`),
    status: 413,
    code: 'QUERY_TOO_COMPLEX',
  },
  {
    name: 'a hundred thousand tokens',
    body: asked(`{ ${'a '.repeat(100_000)} }`),
    status: 400,
    code: 'GRAPHQL_PARSE_FAILED',
  },
  {
    name: 'one field over and over',
    body: asked(`{ clinic { ${'id '.repeat(20_000)} } }`),
    status: 400,
    code: 'GRAPHQL_PARSE_FAILED',
  },
  {
    name: 'one field with a selection over and over',
    body: asked(`{ ${'clinic { id } '.repeat(390)} }`),
    status: 400,
    code: 'QUERY_TOO_COMPLEX',
  },
  {
    name: 'fragments that double each other a hundred times',
    body: asked(
      `{ ...F0 } ${times(100, i => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`)} fragment F100 on Query { clinic { id } }`,
    ),
    status: 400,
    code: 'QUERY_TOO_COMPLEX',
  },
  {
    name: 'fragments that double each other around pages',
    body: asked(
      `query ($n: Int) { patients(first: $n) { nodes { ...F0 } } } ${times(60, i => `fragment F${i} on Patient { ...F${i + 1} ... on Patient { ...F${i + 1} } }`)}
      fragment F60 on Patient { visits(first: $n) { totalCount } }`,
      { n: 2 },
    ),
    status: 400,
    code: 'QUERY_TOO_COMPLEX',
  },
  {
    name: 'a fragment that spreads itself',
    body: asked('{ ...A } fragment A on Query { clinic { id } ...A }'),
    status: 400,
    code: 'GRAPHQL_VALIDATION_FAILED',
  },
  {
    name: 'introspection in circles',
    body: asked(`{ __schema { types ${nested(20, '{ name }', '{ fields { type', '} }')} } }`),
    status: 400,
    code: 'GRAPHQL_VALIDATION_FAILED',
  },
  { name: 'a comment of 250 kB', body: asked(`{ __typename } # ${'x'.repeat(250_000)}`), status: 200 },
  {
    name: 'a comment of 900 kB',
    body: asked(`{ __typename } # ${'x'.repeat(900_000)}`),
    status: 413,
    code: 'QUERY_TOO_COMPLEX',
  },
  {
    name: 'a directive over and over',
    body: asked(`{ clinic { id ${'@skip(if: false) '.repeat(300)} } }`),
    status: 400,
    code: 'GRAPHQL_PARSE_FAILED',
  },
  {
    name: 'a list in a list, three hundred times',
    body: asked(`{ patients(filter: { id: ${nested(300, '1', '[', ']')} }) { totalCount } }`),
    status: 400,
  },
  {
    name: 'a variable as deep as the body allows',
    body: `{"query":"query ($f: PatientFilter) { patients(filter: $f) { totalCount } }","variables":{"f":{"language":${nested(60_000, '1', '[', ']')}}}}`,
    status: 400,
    code: 'BAD_USER_INPUT',
  },
  {
    name: 'a batch',
    body: `[${Array.from({ length: 100 }, () => asked('{ __typename }')).join()}]`,
    status: 400,
    code: 'BAD_USER_INPUT',
  },
  {
    name: 'the prototype as a variable',
    body: '{"query":"{ __typename }","variables":{"__proto__":{"admin":true}}}',
    status: 200,
  },
];
