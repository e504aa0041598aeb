/** Where the platform takes the time from; tests give one that they can set. */
export interface Clock {
  now(): Date;
}

/** Of the machine. */
export const systemClock: Clock = { now: () => new Date() };

/** Milliseconds between two looks at the database's clock. */
const every = 30_000;
/** Milliseconds of a round trip above which its answer is too vague: the clock may be wrong by half of it. */
const tooLong = 2_000;

export interface SharedClock extends Clock {
  stop(): void;
}

/**
 * The time of the database, which all processes share. Their own clocks may be minutes apart, and then one would send a
 * reminder before its time, and take the leases of another for expired and send its mails once more. Between two looks it
 * goes on by a clock that nobody sets.
 */
export async function createSharedClock(ask: () => Promise<Date>): Promise<SharedClock> {
  // Until it is known: a database that is away when a process starts keeps nothing else waiting.
  let ahead = Date.now() - performance.now();
  let known = false;
  const look = async (): Promise<void> => {
    const begun = performance.now();
    const there = await ask();
    const ended = performance.now();
    if (known && ended - begun > tooLong) return;
    ahead = there.getTime() - (begun + ended) / 2;
    known = true;
  };
  // A database that is away says so everywhere else; meanwhile the last look holds.
  const tryToLook = (): Promise<void> => look().catch(() => {});
  await tryToLook();
  const timer = setInterval(() => void tryToLook(), every).unref();
  return {
    now: () => new Date(ahead + performance.now()),
    stop: () => clearInterval(timer),
  };
}
