/**
 * Where a message of a stream stands, as the broker writes it.
 *
 * Invariant: a message has the same place however it was read.
 *
 * @module
 */

/** Where a delivered message stands. */
export interface StreamPlace {
  readonly offset: number;
  /** ISO 8601, UTC, ms. */
  readonly timestamp: string;
  /** The how manyth of its consumer it is, from 1. */
  readonly delivered: number;
  /** How many more the consumer has to deliver. */
  readonly pending: number;
}

/** Reads it of a delivery's reply, `$JS.ACK.` and, in newer brokers, two more words before the rest; `undefined` of another. */
export function readPlace(reply = ""): StreamPlace | undefined {
  const words = reply.split(".");
  const [, offset, delivered, nanos, pending] = words.slice(words.length === 9 ? 4 : 6);
  const isPlace = [offset, delivered, nanos, pending].every((word) =>
    /^\d{1,19}$/.test(word ?? "")
  );
  if (nanos === undefined || !isPlace) return undefined;
  return {
    offset: Number(offset),
    delivered: Number(delivered),
    // As text: nanoseconds are beyond what a number holds exactly, and reading anew must give the same.
    timestamp: new Date(Number(nanos.slice(0, -6))).toISOString(),
    pending: Number(pending),
  };
}

/** `2026-11-20T14:30:25.1234567Z` with ms, neither more nor less. */
export function toMs(timestamp: string): string {
  const [seconds = "", fraction = ""] = timestamp.replace("Z", "").split(".");
  return `${seconds}.${fraction.padEnd(3, "0").slice(0, 3)}Z`;
}
