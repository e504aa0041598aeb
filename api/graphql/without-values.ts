/** Why a variable is refused, as graphql-js says it behind the whole of its value; and where in it. */
const refusal =
  /(?: at "([\w.[\]]+)")?; (Field "\w+" (?:of required type "[\w![\]]+" was not provided|is not defined by type "\w+")|Expected (?:non-nullable )?type "[\w![\]]+" (?:not to be null|to be an object))\./g;

const quotations: readonly (readonly [RegExp, string])[] = [
  [/^((?:Enum "\w+"|\w+) cannot represent [^:]*): [\s\S]*$/, '$1.'],
  [/^Value "[\s\S]*" does not exist in/, 'This value does not exist in'],
  [/^Expected value of type ("[\w![\]]+"), found [\s\S]*$/, 'Expected a value of type $1, found another.'],
  [/((?:found|Unexpected) (?:String|BlockString|Int|Float)) "[\s\S]*"/, '$1'],
];

/**
 * What graphql-js has against a document or its variables, without what was in them: who forgets a field of an input is quoted
 * the whole of it, and a frontend writes the message into its log.
 */
export function withoutValues(message: string): string {
  const [, variable] = /^Variable "(\$\w+)" got invalid value /.exec(message) ?? [];
  if (!variable) return quotations.reduce((text, [quoted, kept]) => text.replace(quoted, kept), message);
  const [, at, reason = 'A value is of another type'] = [...message.matchAll(refusal)].at(-1) ?? [];
  return `Variable "${variable}" is not valid${at ? ` at "${at}"` : ''}: ${reason}.`;
}
