/**
 * How far the talk has been read: whether its newest lines are in sight, and what came while they were not.
 *
 * @module
 */

import { type ReadonlySignal, signal } from "@preact/signals";
import type { Surroundings } from "../surroundings.ts";

/** For so long the line "14 new" stays after the newest have been reached. */
const LINE_STAYS_MS = 5000;

/** The state of the reading. */
export class Reading {
  readonly #surroundings: Pick<Surroundings, "after">;
  readonly #isAtNewest = signal(true);
  readonly #unread = signal(0);
  readonly #unreadFrom = signal<string | undefined>(undefined);
  readonly #jumps = signal(0);
  readonly #from = signal<string | undefined>(undefined);
  #lineCount = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(surroundings: Pick<Surroundings, "after">) {
    this.#surroundings = surroundings;
  }

  /** Whether the newest lines are in sight. */
  get isAtNewest(): ReadonlySignal<boolean> {
    return this.#isAtNewest;
  }

  /** How many came since they were not. */
  get unread(): ReadonlySignal<number> {
    return this.#unread;
  }

  /** The key of the first of them, and for a while after they have been reached. */
  get unreadFrom(): ReadonlySignal<string | undefined> {
    return this.#unreadFrom;
  }

  /** How many the line that marks the first of them says. */
  get lineCount(): number {
    return this.#lineCount;
  }

  /** Counts up when the list is to go to its newest lines. */
  get jumps(): ReadonlySignal<number> {
    return this.#jumps;
  }

  /** Goes to the newest lines. */
  jump(): void {
    this.#from.value = undefined;
    this.#jumps.value++;
  }

  /** The key of the item with which the list begins; `undefined` where it ends with the newest. */
  get from(): ReadonlySignal<string | undefined> {
    return this.#from;
  }

  /** Goes back to older lines: the list begins with the item of this key. */
  goBack(key: string): void {
    this.#from.value = key;
  }

  /** Takes the key of a chat of somebody else. */
  came(key: string): void {
    if (this.#isAtNewest.value) return;
    if (this.#unread.value === 0) {
      this.stop();
      this.#unreadFrom.value = key;
    }
    this.#lineCount = ++this.#unread.value;
  }

  /** Takes whether the newest lines are in sight. */
  looked(isAtNewest: boolean): void {
    if (isAtNewest === this.#isAtNewest.value) return;
    this.#isAtNewest.value = isAtNewest;
    if (!isAtNewest) return;
    this.#unread.value = 0;
    this.stop();
    this.#cancelTimer = this.#surroundings.after(LINE_STAYS_MS, () => {
      this.#unreadFrom.value = undefined;
    });
  }

  /** Stops the timer. */
  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }
}
