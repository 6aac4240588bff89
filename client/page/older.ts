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
    if (first <= 1) return "none";
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
      const chats = await this.#fetchBetween({ epoch, after, before: first });
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
   * Fetches what the talk lacks up to an offset, if that is not too much; of what cannot be had the talk says that it is
   * missing. Never rejects.
   *
   * @returns How much of it others said; `undefined` where something is missing.
   */
  async catchUp(
    { epoch, offset }: Pick<ServerMessageOf<"welcome">, "epoch" | "offset">,
  ): Promise<number | undefined> {
    const { talk, now } = this.#options;
    talk.follow(epoch, now());
    const known = talk.position;
    talk.awaitUpTo(offset);
    const range = { epoch, after: Math.max(known, offset - GIVEN_AT_ONCE), before: offset + 1 };
    const chats = known < offset ? await this.#fetchBetween(range).catch(() => []) : [];
    const missing = firstMissing(chats, { after: known, before: offset + 1 });
    if (epoch === talk.epoch && known < offset) talk.fill(chats, { missing, now: now() });
    if (missing !== undefined) return undefined;
    return chats.filter(({ client_id }) => !talk.isOwn(client_id)).length;
  }

  /** The chats between two offsets. The server may give them in several parts. */
  async #fetchBetween(
    { epoch, after, before }: Range & { readonly epoch: string },
  ): Promise<ServerMessageOf<"chat">[]> {
    const chats: ServerMessageOf<"chat">[] = [];
    for (let from = after; from < before - 1;) {
      const page = readPage(await this.#options.fetchJson(pathOf(from, before - 1 - from)));
      if (page.epoch !== epoch) return [];
      const news = page.chats.filter(({ offset }) => offset > from && offset < before);
      if (news.length === 0) break;
      chats.push(...news);
      from = Math.max(...news.map(({ offset }) => offset));
    }
    return chats;
  }
}

/** The offsets between two others. */
interface Range {
  readonly after: number;
  readonly before: number;
}

function firstMissing(
  chats: readonly ServerMessageOf<"chat">[],
  { after, before }: Range,
): number | undefined {
  const offsets = new Set(chats.map(({ offset }) => offset));
  let first = after + 1;
  while (offsets.has(first)) first++;
  return first < before ? first : undefined;
}

/** The offset of the first chat, or of the next one where there is none. */
function firstOffset({ items, position }: Talk): number {
  for (const item of items.value) {
    if (item.kind === "chat" && item.offset !== undefined) return item.offset;
  }
  return position + 1;
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
