/**
 * Every error code that the platform can raise, with what it means and whether the same request may succeed later.
 * The README's table is held to this list by a test; a retired code is never used again for something else.
 */
export const errorCodes = {
  UNAUTHENTICATED: { retryable: false, meaning: 'No credential, or one that is not valid (any more).' },
  FORBIDDEN: { retryable: false, meaning: 'The actor lacks the permission that the field or operation asks for.' },
  NOT_FOUND: { retryable: false, meaning: 'No such thing, or none that this actor may see: the two answer alike.' },
  BAD_USER_INPUT: { retryable: false, meaning: 'A value is malformed or out of range; `field` names it.' },
  CONFLICT: {
    retryable: false,
    meaning: 'The thing is in a state that does not allow this, or was changed meanwhile.',
  },
  SLOT_TAKEN: {
    retryable: false,
    meaning: 'The practitioner or the room is taken at that time; ask for free slots again.',
  },
  RATE_LIMITED: { retryable: true, meaning: 'Too much in too short a time; wait for `retryAfter` seconds.' },
  QUERY_TOO_COMPLEX: { retryable: false, meaning: 'The document is too large, too deep or asks for too much.' },
  IDEMPOTENCY_KEY_REUSED: { retryable: false, meaning: 'The idempotency key was used before with another input.' },
  CONSENT_REQUIRED: { retryable: false, meaning: 'The patient has not agreed to this purpose, or has withdrawn.' },
  COMPLIANCE_BLOCKED: { retryable: false, meaning: 'A rule of the clinic’s jurisdiction forbids this.' },
  PLUGIN_UNAVAILABLE: {
    retryable: true,
    meaning: 'A plugin failed, took too long or is not enabled; `plugin` names it.',
  },
  ISSUER_UNAVAILABLE: { retryable: true, meaning: 'The keys of the token’s issuer cannot be fetched at the moment.' },
  STORAGE_UNAVAILABLE: { retryable: true, meaning: 'The database cannot be reached or is full; nothing was written.' },
  DEADLINE_EXCEEDED: {
    retryable: true,
    meaning: 'The request took longer than it may, and was given up; nothing was written.',
  },
  RESYNC: {
    retryable: false,
    meaning: 'The cursor is too old or of another cluster; read the present state and follow anew.',
  },
  INTERNAL_SERVER_ERROR: {
    retryable: true,
    meaning: 'A fault of the server; details are in its log under `requestId`.',
  },
  GRAPHQL_PARSE_FAILED: { retryable: false, meaning: 'The document is not GraphQL.' },
  GRAPHQL_VALIDATION_FAILED: { retryable: false, meaning: 'The document does not fit the schema.' },
} as const satisfies Record<string, { retryable: boolean; meaning: string }>;

export type ErrorCode = keyof typeof errorCodes;

export interface ErrorDetails {
  /** Path of the input field that is at fault, as `input.startsAt`. */
  field?: string;
  /** The plugin that failed. */
  plugin?: string;
  /** Seconds after which the same may be asked again. */
  retryAfter?: number;
  cause?: unknown;
}

/** An error that its receiver may see: message, code and field go out as they are; any other error is masked. */
export class RapportError extends Error {
  override readonly name = 'RapportError';
  readonly code: ErrorCode;
  readonly field?: string;
  readonly plugin?: string;
  readonly retryAfter?: number;

  constructor(code: ErrorCode, message: string, { field, plugin, retryAfter, cause }: ErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.field = field;
    this.plugin = plugin;
    this.retryAfter = retryAfter;
  }
}

export const notFound = (what: string): RapportError => new RapportError('NOT_FOUND', `${what} was not found.`);
export const badInput = (field: string, message: string): RapportError =>
  new RapportError('BAD_USER_INPUT', message, { field });
export const conflict = (message: string): RapportError => new RapportError('CONFLICT', message);
