/** Something that is done whenever it is due; rung by notifications and by the clock, and by tests. */
export interface Sweep {
  /** Does what is due at `now`, until nothing is or `signal` ends it; answers how many things it did. */
  runDue(now: Date, signal?: AbortSignal): Promise<number>;
  /** The channel on which others say that there may be something to do; that of work if not given. */
  readonly channel?: string;
  /** Its parts, which go on by themselves, so that a slow one holds up no other. */
  readonly lanes?: readonly Sweep[];
}

/** The lanes as one sweep. */
export const sweepOf = (lanes: readonly Sweep[], channel: string): Sweep => ({
  lanes,
  channel,
  async runDue(now, signal) {
    const done = await Promise.all(lanes.map(lane => lane.runDue(now, signal)));
    return done.reduce((sum, each) => sum + each, 0);
  },
});
