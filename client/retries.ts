/**
 * How long to wait before the next attempt: hardly at all after a good connection, longer and longer where attempts fail,
 * at least as long as a leaving server says, and not so long that the session is lost by it.
 *
 * Invariant: whatever a server does, attempts in a row become rarer, down to one in some seconds where it welcomes each time;
 * there is no loop without a wait.
 *
 * @module
 */

import type { Surroundings } from "./surroundings.ts";
import { backoffMs, namedWaitMs, TIMING } from "./timing.ts";

/** The waits of one connection. */
export class Retries {
  readonly #env: Pick<Surroundings, "elapsed" | "random">;
  #failures = 0;
  #mends = 0;
  #mendedAt = -Infinity;
  #onlineSince: number | undefined;
  /** When a connection was lost last: for some time a session may be resumed. */
  #lostAt = -Infinity;
  #namedMs: number | undefined;

  constructor(surroundings: Pick<Surroundings, "elapsed" | "random">) {
    this.#env = surroundings;
  }

  /** The next attempt is made by wish: those before it do not count. */
  begin(): void {
    this.#failures = 0;
  }

  /** An attempt is under way; returns how long it may take, in ms. */
  attempt(): number {
    this.#onlineSince = this.#namedMs = undefined;
    return this.#resumableMs > 0 ? TIMING.resumeWithinMs : TIMING.welcomeWithinMs;
  }

  /** The attempt has come to a welcome. */
  welcomed(): void {
    this.#onlineSince = this.#env.elapsed();
  }

  /** Takes how long the server says to wait, in ms. */
  named(ms: number | undefined): void {
    this.#namedMs = ms;
  }

  /** The wait after a loss, in ms. */
  afterLossMs(): number {
    const wasSteady = this.#lost();
    const isFirst = this.#failures === 0;
    const waitMs = wasSteady
      ? this.#env.random() * TIMING.quicklyMs
      : this.#backoffMs(this.#failures++);
    if (this.#namedMs === undefined) return waitMs;
    // One that names hardly any wait each time is not believed.
    return Math.max(namedWaitMs(this.#namedMs), isFirst ? 0 : waitMs);
  }

  /** The wait where the connection is given up so as to ask for what is missing, in ms; none unless that was lately. */
  beforeMendingMs(): number {
    this.#lost();
    const now = this.#env.elapsed();
    this.#mends = now - this.#mendedAt < TIMING.mendsRememberedMs ? this.#mends + 1 : 0;
    this.#mendedAt = now;
    return this.#mends === 0 ? 0 : this.#backoffMs(this.#mends - 1);
  }

  get #resumableMs(): number {
    return this.#lostAt + TIMING.resumableMs - this.#env.elapsed();
  }

  #backoffMs(attempts: number): number {
    const random = this.#env.random();
    const mostMs = this.#resumableMs;
    return backoffMs(attempts, mostMs > TIMING.retryLeastMs ? { random, mostMs } : { random });
  }

  /** Takes that an attempt has ended; returns whether it was a connection that lasted, before which no failure counts. */
  #lost(): boolean {
    if (this.#onlineSince === undefined) return false;
    this.#lostAt = this.#env.elapsed();
    const wasSteady = this.#lostAt - this.#onlineSince >= TIMING.steadyAfterMs;
    if (wasSteady) this.#failures = 0;
    return wasSteady;
  }
}
