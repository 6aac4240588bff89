/**
 * The message being written: its draft, which survives a reload, and whether it may be sent.
 *
 * @module
 */

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Memory } from "./browser.ts";
import type { Surroundings } from "../surroundings.ts";

/** How long after the last key the draft is remembered. */
const KEPT_AFTER_MS = 300;
/** From this part of the limit on, what is left is counted: from 3,600 of 4,096. */
const COUNTED_FROM = 3600 / 4096;

/** What {@linkcode Composition} takes. */
export interface CompositionOptions {
  readonly surroundings: Pick<Surroundings, "after">;
  readonly memory: Memory;
  /** The longest message, in UTF-16 units after trimming. */
  readonly limit: number;
}

/** The state of the composer. */
export class Composition {
  readonly #options: CompositionOptions;
  readonly #draft = signal("");
  #cancelTimer: () => void = () => {};

  /** The longest message, in UTF-16 units after trimming. */
  readonly limit;
  /** How long the draft is. */
  readonly length: ReadonlySignal<number> = computed(() => this.#draft.value.trim().length);
  /** Whether the length is worth showing. */
  readonly isCounted: ReadonlySignal<boolean> = computed(() =>
    this.length.value >= this.limit.value * COUNTED_FROM
  );
  /** Whether the server would take it. */
  readonly isSendable: ReadonlySignal<boolean> = computed(() =>
    this.length.value > 0 && this.length.value <= this.limit.value
  );

  constructor(options: CompositionOptions) {
    this.#options = options;
    this.limit = signal(options.limit);
  }

  /** What has been written. */
  get draft(): ReadonlySignal<string> {
    return this.#draft;
  }

  /**
   * Fetches the draft of before the reload.
   *
   * @param typed What has been typed into the field while the page was not running yet; it goes before.
   */
  recall(typed: string): void {
    this.#draft.value = typed || this.#options.memory.draft;
  }

  /** Takes what has been written. */
  write(text: string): void {
    this.#draft.value = text;
    this.#cancelTimer();
    this.#cancelTimer = this.#options.surroundings.after(KEPT_AFTER_MS, () => this.keep());
  }

  /** Remembers the draft at once. */
  keep(): void {
    this.#cancelTimer();
    this.#options.memory.draft = this.#draft.value;
  }

  /** Gives the message and begins anew; nothing where the server would not take it. */
  take(): string | undefined {
    if (!this.isSendable.value) return undefined;
    const text = this.#draft.value.trim();
    this.#draft.value = "";
    this.keep();
    return text;
  }
}
