import { describe } from '../graphql/format-error.ts';

/** What is kept of a failure beside its row, for people to read; no values of a statement, as those are of patients. */
export function reasonOf(error: unknown): string {
  const { name, code, message } = describe(error);
  return `${String(name)}${code === undefined ? '' : ` ${String(code)}`}: ${String(message ?? 'see the log')}`.slice(
    0,
    500,
  );
}
