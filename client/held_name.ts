/**
 * The name that a lost connection of one's own may still hold at the server: to come back by it, or by it written in another
 * way, one has to wait and not to choose another.
 *
 * @module
 */

import { parseName } from "../lib/names.ts";
import type { Surroundings } from "./surroundings.ts";
import { TIMING } from "./timing.ts";

/** The held name of one {@linkcode Connection}: the one that was lost last. */
export class HeldName {
  readonly #env: Pick<Surroundings, "elapsed">;
  #key: string | undefined;
  #until = -Infinity;

  constructor(surroundings: Pick<Surroundings, "elapsed">) {
    this.#env = surroundings;
  }

  /**
   * A connection by this name was lost without a goodbye. So was an attempt where it was not `wasOnline`: nobody knows whether
   * the server has taken it, and it may hold the name too if that is the one that was lost.
   */
  lost(name: string, wasOnline: boolean): void {
    const key = keyOf(name);
    if (!wasOnline && key !== this.#key) return;
    this.#key = key;
    this.#until = this.#env.elapsed() + TIMING.nameHeldMs;
  }

  /** There is a connection by this name: a goodbye gives it free. */
  welcomed(name: string): void {
    if (keyOf(name) === this.#key) this.#key = undefined;
  }

  /** Whether a name is the held one; who comes in by a token tells none, and has but one. */
  has(name: string | undefined): boolean {
    const isHeld = this.#key !== undefined && this.#env.elapsed() < this.#until;
    return isHeld && (name === undefined || keyOf(name) === this.#key);
  }
}

/** By what names are compared. */
function keyOf(name: string): string {
  const parsed = parseName(name);
  return parsed.ok ? parsed.value.key : name;
}
