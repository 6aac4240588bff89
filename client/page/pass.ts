/**
 * The token: whether the server asks for one, the one that the person has given, and why another one is wanted.
 *
 * Invariant: the token is in this tab's memory alone, and never in the address of the page.
 *
 * @module
 */

import { type ReadonlySignal, signal } from "@preact/signals";
import type { Memory } from "./browser.ts";

/** Why a token is asked for: there is none, it was not accepted, or its time is over. */
export type TokenWant = "missing" | "refused" | "over";

/** The state of the token. */
export class Pass {
  readonly #memory: Pick<Memory, "token">;
  readonly #wanted = signal<TokenWant | undefined>(undefined);
  readonly #isNeeded;
  readonly #isHeld = signal(false);

  /** @param isNeeded Whether the server has said that it asks for one. */
  constructor(memory: Pick<Memory, "token">, isNeeded: boolean) {
    this.#memory = memory;
    this.#isNeeded = signal(isNeeded);
  }

  /** Whether one comes in by a token: then the name is the token's. */
  get isNeeded(): ReadonlySignal<boolean> {
    return this.#isNeeded;
  }

  /** Why one is asked for now, if so. */
  get wanted(): ReadonlySignal<TokenWant | undefined> {
    return this.#wanted;
  }

  /** Whether there is one, accepted or not tried yet. */
  get isHeld(): ReadonlySignal<boolean> {
    return this.#isHeld;
  }

  /** The one that there is. */
  get token(): string | undefined {
    return this.#memory.token;
  }

  /** Begins: with the token of before, where the tab has one. Returns whether one is missing. */
  recall(): boolean {
    const isMissing = this.#isNeeded.value && this.token === undefined;
    if (isMissing) this.#wanted.value = "missing";
    this.#isHeld.value = this.token !== undefined;
    this.#isNeeded.value ||= this.#isHeld.value;
    return isMissing;
  }

  /** Takes that the server lets nobody in without another one than there is. */
  refused(isOver = false): void {
    const hadOne = this.token !== undefined;
    this.#memory.token = undefined;
    this.#isHeld.value = false;
    this.#isNeeded.value = true;
    this.#wanted.value = isOver ? "over" : hadOne ? "refused" : "missing";
  }

  /** Takes what the person has pasted; returns whether it may be a token. */
  give(pasted: string): boolean {
    const token = readToken(pasted);
    if (token === undefined) return false;
    this.#memory.token = token;
    this.#isHeld.value = true;
    this.#isNeeded.value = true;
    this.#wanted.value = undefined;
    return true;
  }
}

/** What was pasted, without what came along: line breaks, or the word before it in a header. */
export function readToken(pasted: string): string | undefined {
  const token = pasted.replace(/^\s*bearer\s/i, "").replace(/\s/g, "");
  return /^[\x21-\x7e]+$/.test(token) ? token : undefined;
}
