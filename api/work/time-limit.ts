/** Thrown by `withTimeLimit`; what was waited for may still go on. */
export class TimeLimitError extends Error {
  override readonly name = 'TimeLimitError';
}

/** The process is to end: what runs is given this time from the signal on, in milliseconds, if it had more. */
export interface Ending {
  readonly signal: AbortSignal;
  readonly grace: number;
}

/**
 * The result of `work`, or a TimeLimitError after so many milliseconds. A promise cannot be ended: the caller sees to it
 * that a late result has no effect. Against a loop that never yields there is no help inside the process.
 */
export async function withTimeLimit<T>(
  milliseconds: number,
  what: string,
  work: () => Promise<T>,
  ending?: Ending,
): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const giveUp = (): void => reject(new TimeLimitError(`${what} took longer than ${milliseconds / 1_000} s.`));
  const cutOff = (): void => reject(new TimeLimitError(`${what} was cut off, as its process ended.`));
  const timers = [setTimeout(giveUp, milliseconds)];
  const hurry = (): unknown => timers.push(setTimeout(cutOff, ending?.grace));
  ending?.signal.addEventListener('abort', hurry, { once: true });
  try {
    return await Promise.race([work(), late]);
  } finally {
    ending?.signal.removeEventListener('abort', hurry);
    timers.forEach(clearTimeout);
  }
}
