/**
 * Who has changed of late, so that an answer that is older than the change does not undo it.
 *
 * Invariant: what is remembered is bounded by time and number.
 *
 * @module
 */

import type { Time } from "./clock.ts";

/** How long is remembered who has changed. */
const REMEMBER_MS = 10_000;
/** The most who are remembered. */
const REMEMBERED = 100_000;
/** What a node has told may reach the database only so much later. */
const SETTLE_MS = 2000;

interface Change {
  readonly at: number;
  readonly goneVersion: number;
}

/** The newest change of each who has changed. */
export class RecentChanges {
  readonly #time: Pick<Time, "elapsed">;
  /** By client_id; the newest last. */
  readonly #changes = new Map<string, Change>();
  /** All that is newer is remembered, however long ago it was. */
  #keepFrom = Infinity;

  constructor(time: Pick<Time, "elapsed">) {
    this.#time = time;
  }

  /** Remembers everything from now on, until it is called with `Infinity`. */
  keepFrom(at: number): void {
    this.#keepFrom = at;
  }

  /**
   * Somebody has changed.
   *
   * @param goneVersion Where they are gone by it: the version in which they went.
   */
  note(clientId: string, goneVersion = this.goneVersion(clientId)): void {
    const now = this.#time.elapsed();
    this.#changes.delete(clientId);
    this.#changes.set(clientId, { at: now, goneVersion });
    const from = Math.min(now - REMEMBER_MS, this.#keepFrom - SETTLE_MS);
    for (const [oldest, { at }] of this.#changes) {
      if (at >= from && this.#changes.size <= REMEMBERED) break;
      this.#changes.delete(oldest);
    }
  }

  /** Whether somebody has changed after a question was asked at `at`, or so shortly before that the answer may not show it. */
  isSince(clientId: string, at: number): boolean {
    return (this.#changes.get(clientId)?.at ?? -Infinity) >= at - SETTLE_MS;
  }

  /** The version in which somebody is gone; 0 where nothing is known. */
  goneVersion(clientId: string): number {
    return this.#changes.get(clientId)?.goneVersion ?? 0;
  }
}
