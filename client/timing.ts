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
  steadyAfterMs: 1000,
  /** The most of the wait after a good one. */
  quicklyMs: 500,
  /** The bounds of the wait before the next try. */
  retryLeastMs: 500,
  retryMostMs: 30_000,
  /** How long an attempt may take until `welcome`. */
  welcomeWithinMs: 10_000,
  /** An attempt that has taken so long is given up for a new one where there is reason to believe that it goes better. */
  hangsAfterMs: 1500,
  /** The bounds of the wait that a leaving server names. */
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

/** How long to wait before trying again where the server has said so, in ms: a mistake of one must not be a storm. */
export function namedWaitMs(wishedMs: number): number {
  return Math.min(TIMING.namedMostMs, Math.max(TIMING.namedLeastMs, wishedMs));
}

/**
 * How long to wait before trying again: exponential backoff with full jitter, in ms.
 *
 * @param attempts How many attempts have failed in a row before this one.
 * @param random From 0 to 1.
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backoffMs(attempts: number, random: number): number {
  const { retryLeastMs, retryMostMs } = TIMING;
  const ceiling = Math.min(retryMostMs, retryLeastMs * 2 ** (attempts + 1));
  return retryLeastMs + random * (ceiling - retryLeastMs);
}
