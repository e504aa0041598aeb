/** Thrown by `withTimeLimit`; what was waited for may still go on. */
export class TimeLimitError extends Error {
  override readonly name = 'TimeLimitError';
}

/**
 * The result of `work`, or a TimeLimitError after so many milliseconds. A promise cannot be ended: the caller sees to it
 * that a late result has no effect. Against a loop that never yields there is no help inside the process.
 */
export async function withTimeLimit<T>(milliseconds: number, what: string, work: () => Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new TimeLimitError(`${what} took longer than ${milliseconds / 1_000} s.`)),
    milliseconds,
  );
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}
