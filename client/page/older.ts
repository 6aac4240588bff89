/**
 * Chats that the page does not have, fetched from the server: those before the first, when they are asked for, and those
 * that were said before a connection that has not resumed.
 *
 * Invariant: what is fetched goes into the talk only where it belongs to the same order; older ones are asked for once at
 * a time.
 *
 * @module
 */

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { fetchBetween, fetchMissed, firstMissing } from "../kept_chats.ts";
import type { Place } from "../position.ts";
import { ITEMS_KEPT, type Talk } from "./talk.ts";

/** How many chats are asked for at a time. */
const ASKED_FOR = 50;

/** Whether there is more: none or not for this person, some to ask for, asked for, not to be had just now, or no longer kept. */
export type OlderState = "none" | "some" | "asked" | "failed" | "gone";

/** What {@linkcode Older} takes. */
export interface OlderOptions {
  readonly talk: Talk;
  readonly fetchJson: (path: string) => Promise<unknown>;
  readonly now: () => number;
  /** Whether the server would answer; may read signals. */
  readonly mayAsk: () => boolean;
}

/** The state of the older chats. */
export class Older {
  readonly #options: OlderOptions;
  readonly #phase = signal<"asked" | "failed" | undefined>(undefined);
  /** Before this the server has none. */
  readonly #goneBefore = signal(0);

  /** Whether there is more. */
  readonly state: ReadonlySignal<OlderState> = computed(() => {
    const { items, isCurrent } = this.#options.talk;
    const first = firstOffset(this.#options.talk);
    if (first <= 1 || !this.#options.mayAsk()) return "none";
    const isOver = first <= this.#goneBefore.value || items.value.length >= ITEMS_KEPT;
    if (isOver || !isCurrent.value) return "gone";
    return this.#phase.value ?? "some";
  });

  constructor(options: OlderOptions) {
    this.#options = options;
  }

  /** Asks for more, where there is some. Never throws. */
  async ask(): Promise<void> {
    const { talk } = this.#options;
    const first = firstOffset(talk);
    const canAsk = this.state.value === "some" || this.state.value === "failed";
    if (!canAsk) return;
    this.#phase.value = "asked";
    try {
      const after = Math.max(0, first - 1 - ASKED_FOR);
      const { epoch } = talk;
      const chats = await fetchBetween({ epoch, after, before: first }, this.#options.fetchJson);
      if (epoch === talk.epoch) {
        const oldest = chats[0]?.offset ?? first;
        if (oldest > after + 1) this.#goneBefore.value = oldest;
        talk.precede(chats);
      }
      this.#phase.value = undefined;
    } catch {
      this.#phase.value = "failed";
    }
  }

  /**
   * Fetches what the talk lacks up to a place, if that is not too much; of what cannot be had the talk says that it is
   * missing. Never rejects.
   *
   * @returns How much of it others said; `undefined` where something is missing.
   */
  async catchUp({ epoch, position: offset }: Place): Promise<number | undefined> {
    const { talk, now, fetchJson } = this.#options;
    talk.follow(epoch, now());
    const known = talk.position;
    talk.awaitUpTo(offset);
    const range = { epoch, after: known, before: offset + 1 };
    const chats = await fetchMissed(range, fetchJson);
    const missing = firstMissing(chats, range);
    if (epoch === talk.epoch && known < offset) talk.fill(chats, { missing, now: now() });
    if (missing !== undefined) return undefined;
    return chats.filter(({ client_id }) => !talk.isOwn(client_id)).length;
  }
}

/** The offset of the first chat, or of the next one where there is none. */
function firstOffset({ items, position }: Talk): number {
  for (const item of items.value) {
    if (item.kind === "chat" && item.offset !== undefined) return item.offset;
  }
  return position + 1;
}
