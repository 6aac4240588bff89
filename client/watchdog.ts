/**
 * Tells when a link is dead: nobody says so of one that breaks without a word.
 *
 * Invariant: it barks once, and not before it has had the time to listen.
 *
 * @module
 */

import type { Surroundings } from "./surroundings.ts";
import { TIMING } from "./timing.ts";

/** What {@linkcode Watchdog} takes. */
export interface WatchdogOptions {
  readonly surroundings: Pick<Surroundings, "now" | "after">;
  /** Called where nothing has been heard for too long. */
  readonly dead: () => void;
}

/** The watchdog of one {@linkcode Connection}. */
export class Watchdog {
  readonly #env: WatchdogOptions["surroundings"];
  readonly #dead: () => void;
  #limitMs = 0;
  #heardAt = 0;
  #patientFrom = 0;
  #cancelTimer: () => void = () => {};

  constructor({ surroundings, dead }: WatchdogOptions) {
    this.#env = surroundings;
    this.#dead = dead;
  }

  /** For how long nothing has been heard, in ms. */
  get silentMs(): number {
    return this.#env.now() - this.#heardAt;
  }

  /** Begins anew: from now on the link may be silent for `limitMs`. */
  watch(limitMs: number): void {
    this.#limitMs = limitMs;
    this.heard();
    this.#lookLater();
  }

  /** Something has been heard. */
  heard(): void {
    this.#heardAt = this.#env.now();
  }

  /** Watches no more. */
  rest(): void {
    this.#cancelTimer();
  }

  #lookLater(): void {
    this.#cancelTimer();
    const plannedAt = this.#env.now() + TIMING.watchEveryMs;
    this.#cancelTimer = this.#env.after(TIMING.watchEveryMs, () => {
      const now = this.#env.now();
      // The clock may have been set back. By one that cannot be, some devices would not notice that they slept.
      this.#heardAt = Math.min(this.#heardAt, now);
      this.#patientFrom = Math.min(this.#patientFrom, now);
      // A timer this late means that the process slept: what came in meanwhile is still to be read.
      if (now - plannedAt > 1000) this.#patientFrom = now - TIMING.deadAfterMs / 2;
      if (now - Math.max(this.#heardAt, this.#patientFrom) >= this.#limitMs) this.#dead();
      else this.#lookLater();
    });
  }
}
