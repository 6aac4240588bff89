/**
 * How long to wait before the next attempt: hardly at all after a good connection, longer and longer where attempts fail,
 * and as long as a leaving server says.
 *
 * Invariant: whatever a server does, attempts in a row become rarer; there is no loop without a wait.
 *
 * @module
 */

import type { Surroundings } from "./surroundings.ts";
import { backoffMs, namedWaitMs, TIMING } from "./timing.ts";

/** The waits of one connection. */
export class Retries {
  readonly #env: Pick<Surroundings, "now" | "random">;
  #failures = 0;
  #mends = 0;
  #mendedAt = -Infinity;
  #onlineSince: number | undefined;
  #namedMs: number | undefined;

  constructor(surroundings: Pick<Surroundings, "now" | "random">) {
    this.#env = surroundings;
  }

  /** The next attempt is made by wish: those before it do not count. */
  begin(): void {
    this.#failures = 0;
  }

  /** An attempt is under way. */
  attempt(): void {
    this.#onlineSince = this.#namedMs = undefined;
  }

  /** The attempt has come to a welcome. */
  welcomed(): void {
    this.#onlineSince = this.#env.now();
  }

  /** Takes how long the server says to wait, in ms. */
  named(ms: number | undefined): void {
    this.#namedMs = ms;
  }

  /** The wait after a loss, in ms. */
  afterLossMs(): number {
    const wasSteady = this.#forgetIfSteady();
    if (this.#namedMs !== undefined) return namedWaitMs(this.#namedMs);
    const random = this.#env.random();
    return wasSteady ? random * TIMING.quicklyMs : backoffMs(this.#failures++, random);
  }

  /** The wait where the connection is given up so as to ask for what is missing, in ms; none unless that was lately. */
  beforeMendingMs(): number {
    this.#forgetIfSteady();
    const now = this.#env.now();
    this.#mends = now - this.#mendedAt < TIMING.mendsRememberedMs ? this.#mends + 1 : 0;
    this.#mendedAt = now;
    return this.#mends === 0 ? 0 : backoffMs(this.#mends - 1, this.#env.random());
  }
  /** Forgets the failures before a connection that lasted; returns whether it did. */
  #forgetIfSteady(): boolean {
    const since = this.#onlineSince ?? Infinity;
    const wasSteady = this.#env.now() - since >= TIMING.steadyAfterMs;
    if (wasSteady) this.#failures = 0;
    return wasSteady;
  }
}
