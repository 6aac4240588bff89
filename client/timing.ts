/**
 * The knobs of the connection, all in one place, and the wait before it is tried again. Pure.
 *
 * @module
 */

/** Times in ms. */
export const TIMING = {
  /** No frame for so long, ticks included: the link is dead. */
  deadAfterMs: 3000,
  /** How often the watchdog looks. */
  watchEveryMs: 500,
  /** Something that others have, and that has not come for so long, is missing. */
  missingAfterMs: 1000,
  /** A timer that fires so late was kept from it. */
  lateMs: 250,
  /** A connection that has lasted for so long was a good one. */
  steadyAfterMs: 3000,
  /** The most of the wait after a good one. */
  quicklyMs: 500,
  /** The bounds of the wait before the next try. */
  retryLeastMs: 500,
  retryMostMs: 30_000,
  /** How long after a loss a try may still find the session: less than the server keeps it unless it is told. */
  resumableMs: 8000,
  /** How long an attempt may take until `welcome`, and where that would cost the session. */
  welcomeWithinMs: 10_000,
  resumeWithinMs: 4000,
  /** An attempt that has taken so long is given up for a new one where there is reason to believe that it goes better. */
  hangsAfterMs: 1500,
  /** The bounds of a wait that the server names. */
  namedLeastMs: 100,
  namedMostMs: 60_000,
  /** How long it is remembered that a connection was given up for something missing. */
  mendsRememberedMs: 60_000,
  /**
   * How long after a loss the server may still hold one's own name for a session that is not known here, as its welcome was
   * lost, or that it cannot resume, as its database is away: until it misses the answer to a ping.
   */
  nameHeldMs: 45_000,
} as const;

/**
 * How long to wait before trying again where the server has said so, in ms: a mistake of one must not be a storm, be it that
 * it says something else than a number.
 */
export function namedWaitMs(wishedMs: number): number {
  const { namedLeastMs, namedMostMs } = TIMING;
  return Math.min(namedMostMs, Math.max(namedLeastMs, wishedMs)) || namedLeastMs;
}

/**
 * How long to wait before trying again: exponential backoff with full jitter, in ms.
 *
 * @param attempts How many attempts have failed in a row before this one.
 * @param more `random`: from 0 to 1; `mostMs`: the longest wait.
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backoffMs(
  attempts: number,
  { random, mostMs = TIMING.retryMostMs }: { readonly random: number; readonly mostMs?: number },
): number {
  const { retryLeastMs } = TIMING;
  const ceiling = Math.min(mostMs, retryLeastMs * 2 ** (attempts + 1));
  return retryLeastMs + random * (ceiling - retryLeastMs);
}
