/** The result of `work`, or an error after so many milliseconds. What was started goes on; nobody waits for it. */
export async function withTimeLimit<T>(milliseconds: number, what: string, work: () => Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new TimeLimitError(`${what} took longer than ${milliseconds / 1000} s.`)), milliseconds);
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}

export class TimeLimitError extends Error {
  override readonly name = 'TimeLimitError';
}
