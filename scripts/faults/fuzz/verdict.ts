/** What is wrong with the errors of an answer, whatever was asked; undefined if nothing is. */
export function faultOf(
  errors: readonly { message: string; extensions?: { code?: unknown } }[] = [],
): string | undefined {
  for (const { message, extensions } of errors) {
    const code = String(extensions?.code);
    if (code === 'INTERNAL_SERVER_ERROR' || code === 'undefined') return `${code}: ${message}`;
    if (/^The plugin '[\w-]+' (failed|did not answer)/.test(message)) return `${code}: ${message}`;
    const words = leak.exec(message);
    if (words) return `${code} tells of the inside (${words[0]}): ${message}`;
  }
  return undefined;
}

/** Words of SQL, of its errors, and of a stack. */
const leak =
  /\b(select|insert into|delete from|update \w+ set|violates|relation "|column "|constraint|syntax error at|invalid input syntax|invalid byte sequence|SQLSTATE|pg_\w+|node_modules)\b|\n\s+at |\.ts:\d+/;
