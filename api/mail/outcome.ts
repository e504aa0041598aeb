import { PluginFault } from './ask.ts';
import type { Claimed, Outcome } from './claim.ts';
import { SendError, type Verdict } from './transport.ts';

const mostAttempts = 10;
const firstPause = 30_000;
const longestPause = 3_600_000;

/** What becomes of a delivery whose attempt failed: tried again later, given up, or left alone as it may have arrived. */
export function judge({ id, attempts, stream }: Claimed, error: unknown, now: Date): Outcome {
  const reason = reasonOf(error);
  if (error instanceof PluginFault && error.retryAt)
    return { id, state: 'queued', reason, dueAt: error.retryAt, untried: true };
  const verdict: Verdict = error instanceof SendError ? error.verdict : 'again';
  if (verdict === 'unreachable') return { id, state: 'queued', reason, untried: true };
  if (verdict === 'never') return { id, state: 'failed', reason };
  // At most once, so that nobody gets an advertisement twice; a reminder is better sent twice than never.
  const isLast = attempts >= mostAttempts;
  if (verdict === 'unknown' && (isLast || stream === 'marketing')) return { id, state: 'uncertain', reason };
  if (isLast) return { id, state: 'failed', reason };
  return { id, state: 'queued', reason, dueAt: retryAfter(attempts, now) };
}

function reasonOf(error: unknown): string {
  if (error instanceof PluginFault) return `PLUGIN_UNAVAILABLE ${error.plugin}`;
  return error instanceof SendError ? error.message : 'NOT_PREPARED';
}

/** Half a minute, then twice as long each time, to an hour: grey-listing wants minutes, a broken relay hours. Spread out. */
function retryAfter(attempts: number, now: Date): Date {
  const wait = Math.min(longestPause, firstPause * 2 ** (attempts - 1));
  return new Date(now.getTime() + wait * (0.75 + Math.random() / 2));
}
