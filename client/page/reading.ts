/**
 * How far the talk has been read: whether its newest lines are in sight, what came while they were not, and how its
 * times and long texts are told.
 *
 * @module
 */

import { batch, type ReadonlySignal, signal } from "@preact/signals";
import type { Surroundings } from "../surroundings.ts";

/** For so long the line "14 new" stays after the newest have been reached. */
const LINE_STAYS_MS = 5000;

/** How many long texts may be unfolded. */
const UNFOLDED = 50;

/** The state of the reading. */
export class Reading {
  readonly #surroundings: Pick<Surroundings, "after">;
  readonly #isAtNewest = signal(true);
  readonly #unread = signal(0);
  readonly #unreadFrom = signal<string | undefined>(undefined);
  readonly #lineCount = signal(0);
  readonly #jumps = signal(0);
  readonly #from = signal<number | undefined>(undefined);
  readonly #isRelative = signal(false);
  readonly #unfolded = signal<readonly string[]>([]);
  #count = 0;
  #firstKey: string | undefined;
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
  get lineCount(): ReadonlySignal<number> {
    return this.#lineCount;
  }

  /** Counts up when the list is to go to its newest lines. */
  get jumps(): ReadonlySignal<number> {
    return this.#jumps;
  }

  /** The number of the item with which the list begins; `undefined` where it follows the newest. */
  get from(): ReadonlySignal<number | undefined> {
    return this.#from;
  }

  /** Whether times are told as "2 min ago". */
  get isRelative(): ReadonlySignal<boolean> {
    return this.#isRelative;
  }

  /** Tells times the other way. */
  toggleTimes(): void {
    this.#isRelative.value = !this.#isRelative.value;
  }

  /** The keys of the chats whose long texts are shown whole. */
  get unfolded(): ReadonlySignal<readonly string[]> {
    return this.#unfolded;
  }

  /** Folds a long text or unfolds it; of too many, the first is folded again. */
  toggleText(key: string): void {
    const others = this.#unfolded.value.filter((unfolded) => unfolded !== key);
    const isFolding = others.length < this.#unfolded.value.length;
    this.#unfolded.value = isFolding ? others : [...others, key].slice(-UNFOLDED);
  }

  /** Goes to the newest lines. */
  jump(): void {
    batch(() => {
      this.#from.value = undefined;
      this.#jumps.value++;
    });
  }

  /** The list stands still and begins with the item of this number; `undefined`: it follows the newest. */
  stand(from: number | undefined): void {
    this.#from.value = from;
  }

  /** Takes the key of a chat of somebody else. */
  came(key: string): void {
    if (this.#isAtNewest.value) return;
    if (this.#count === 0) this.#firstKey = key;
    this.#count++;
  }

  /** Takes whether the newest lines are in sight. */
  looked(isAtNewest: boolean): void {
    if (isAtNewest === this.#isAtNewest.value) return;
    batch(() => {
      this.publish();
      this.#isAtNewest.value = isAtNewest;
      if (isAtNewest) this.#unread.value = this.#count = 0;
    });
    if (isAtNewest) this.#endLine();
  }

  /** Marks for a while where what was missed begins, and says how much it is; out of sight, it is marked as unread anyway. */
  mark(key: string, count: number): void {
    if (!this.#isAtNewest.value) return;
    this.#unreadFrom.value = key;
    this.#lineCount.value = count;
    this.#endLine();
  }

  /** Shows what has been taken in. */
  publish(): void {
    if (this.#count === this.#unread.value) return;
    // A line that is about to go gives way to the next.
    if (this.#unread.value === 0) this.stop();
    this.#unreadFrom.value = this.#firstKey;
    this.#unread.value = this.#lineCount.value = this.#count;
  }

  /** Stops the timer. */
  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #endLine(): void {
    this.stop();
    this.#cancelTimer = this.#surroundings.after(LINE_STAYS_MS, () => {
      this.#unreadFrom.value = undefined;
    });
  }
}
