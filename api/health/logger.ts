import { pino, type DestinationStream, type Logger } from 'pino';

/**
 * What an entry of the log may have beside its sentence: names, ids, counts and codes. Anything else is left out, so that
 * no new line of code, nor a library that is handed this logger, writes down a token, an address or what a patient said.
 */
const allowed: ReadonlySet<string> = new Set([
  ...['requestId', 'trace', 'operation', 'status', 'code', 'milliseconds', 'cost', 'retryable'],
  ...['plugin', 'kind', 'name', 'failed', 'attempts', 'state', 'reason', 'mail', 'delivery', 'clinicId', 'id', 'job'],
  ...['channel', 'count', 'removed', 'seconds', 'fault', 'verdict', 'until', 'signIns', 'timeZone'],
]);
const ofFault: ReadonlySet<string> = new Set(['name', 'code', 'stack']);

/**
 * Errors whose messages we wrote, or the engine did. A database, a mail server and a plugin quote in theirs what patients
 * wrote: of those the code and the places in the stack say where to look.
 */
const spoken: ReadonlySet<unknown> = new Set([
  ...['RapportError', 'TimeLimitError', 'SendError', 'ClaimLost'],
  ...['TypeError', 'ReferenceError', 'RangeError'],
]);

const faultOf = (fault: Record<string, unknown>): Record<string, unknown> => ({
  ...pick(fault, ofFault),
  ...(spoken.has(fault['name']) && { message: fault['message'] }),
});

const pick = (entry: Record<string, unknown>, names: ReadonlySet<string>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(entry).filter(([name]) => names.has(name)));

/** JSON lines on standard output. Access lines are many: they are written together, at the latest after `pause`. */
export interface OwnLogger {
  readonly logger: Logger;
  /** Writes out what waits. */
  stop(): void;
}

/** Milliseconds. */
const pause = 200;
/** Bytes that wait at most. */
const room = 8_192;

export function createLogger(level: string, destination?: DestinationStream): OwnLogger {
  const options = {
    level,
    base: { pid: process.pid },
    formatters: {
      log(entry: Record<string, unknown>) {
        const { fault, ...rest } = pick(entry, allowed);
        return typeof fault === 'object' && fault !== null
          ? { ...rest, fault: faultOf(fault as Record<string, unknown>) }
          : rest;
      },
    },
  };
  if (destination) return { logger: pino(options, destination), stop: () => {} };
  const buffered = pino.destination({ dest: 1, sync: false, minLength: room });
  const timer = setInterval(() => buffered.flush(), pause);
  timer.unref();
  return {
    logger: pino(options, buffered),
    stop() {
      clearInterval(timer);
      buffered.flush();
    },
  };
}
