/**
 * Chats that the page does not have, fetched from the server: those before the first, when they are asked for, and those
 * that were said between the rendering of the page and its connection.
 *
 * Invariant: one request at a time, and what is fetched goes into the talk only where it belongs to the same order.
 *
 * @module
 */

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { ServerMessageOf } from "../../lib/protocol.ts";
import { isSound } from "./soundness.ts";
import { ITEMS_KEPT, type Talk } from "./talk.ts";

/** How many chats are asked for at a time. */
const ASKED_FOR = 50;
/** The most that the server gives at once, and of what was missed the most that is fetched: the newest. */
const GIVEN_AT_ONCE = 1000;

/** Whether there is more: none, some to ask for, asked for, not to be had just now, or no longer kept. */
export type OlderState = "none" | "some" | "asked" | "failed" | "gone";

/** What {@linkcode Older} takes. */
export interface OlderOptions {
  readonly talk: Talk;
  readonly fetchJson: (path: string) => Promise<unknown>;
  readonly now: () => number;
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
    if (first === undefined || first <= 1) return "none";
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
    if (first === undefined || !canAsk) return;
    this.#phase.value = "asked";
    try {
      const after = Math.max(0, first - 1 - ASKED_FOR);
      const chats = await this.#fetchBetween(after, first);
      const oldest = chats[0]?.offset ?? first;
      if (oldest > after + 1) this.#goneBefore.value = oldest;
      talk.precede(chats);
      this.#phase.value = undefined;
    } catch {
      this.#phase.value = "failed";
    }
  }

  /** Fetches what the talk lacks up to an offset, if not too much. Never throws: the talk says what is missing. */
  async catchUp(offset: number): Promise<void> {
    const { talk, now } = this.#options;
    const after = talk.position;
    if (after === undefined || after >= offset) return;
    talk.beginFilling();
    const from = Math.max(after, offset - GIVEN_AT_ONCE);
    const chats = await this.#fetchBetween(from, offset + 1).catch(() => []);
    talk.fill(chats, now());
  }

  /** The chats between two offsets. The server may give them in several parts. */
  async #fetchBetween(after: number, before: number): Promise<ServerMessageOf<"chat">[]> {
    const { talk, fetchJson } = this.#options;
    const chats: ServerMessageOf<"chat">[] = [];
    for (let from = after; from < before - 1;) {
      const page = readPage(await fetchJson(pathOf(from, before - 1 - from)));
      if (!talk.isOfEpoch(page.epoch)) return [];
      const news = page.chats.filter(({ offset }) => offset > from && offset < before);
      if (news.length === 0) break;
      chats.push(...news);
      from = Math.max(...news.map(({ offset }) => offset));
    }
    return chats;
  }
}

function firstOffset({ items }: Talk): number | undefined {
  for (const item of items.value) {
    if (item.kind === "chat" && item.offset !== undefined) return item.offset;
  }
  return undefined;
}

function pathOf(after: number, limit: number): string {
  return `/api/messages?after=${after}&limit=${Math.min(limit, GIVEN_AT_ONCE)}`;
}

interface Page {
  readonly epoch: string;
  readonly chats: readonly ServerMessageOf<"chat">[];
}

/** @throws {Error} If the answer is not a page of chats. */
function readPage(answer: unknown): Page {
  if (isRecord(answer) && typeof answer.epoch === "string" && Array.isArray(answer.messages)) {
    return { epoch: answer.epoch, chats: answer.messages.filter(isChat) };
  }
  throw new Error("Could not read the older messages: the answer is not a page of them");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isChat(value: unknown): value is ServerMessageOf<"chat"> {
  return isSound(value) && value.type === "chat";
}
