/**
 * The chat of the room in its order: what others say, what oneself says and what became of it, who comes and goes, and
 * where something may be missing.
 *
 * Invariant: at most {@linkcode ITEMS_KEPT} items; chats stand in the order of their offsets, one's own from their `ack` on.
 *
 * @module
 */

import { type ReadonlySignal, signal } from "@preact/signals";
import type { ServerMessageOf, User } from "../../lib/protocol.ts";
import type { OutgoingChat } from "../outbox.ts";
import type { Moves } from "./people.ts";

/** How many items are kept. */
export const ITEMS_KEPT = 500;
/** For so long, who comes and goes is told in one line. */
const MOVES_MERGED_MS = 60_000;
const NAMES_MERGED = 1000;

/** What somebody said. */
export interface ChatItem {
  readonly kind: "chat";
  readonly key: string;
  readonly at: number;
  readonly name: string;
  readonly text: string;
  /** Its place in the order; none before the `ack`. */
  readonly offset: number | undefined;
  /** Offsets compare within one era; it ends when the server's order begins anew. */
  readonly era: number;
  readonly clientId: string | undefined;
  readonly isMine: boolean;
  /** What became of it, for one's own of this visit. */
  readonly delivery: OutgoingChat["state"] | undefined;
}

/** Who came and who went, one after the other; whoever did both is not told. */
export interface MovesItem {
  readonly kind: "moves";
  readonly key: string;
  readonly at: number;
  readonly joined: readonly string[];
  readonly left: readonly string[];
}

/** Here something may be missing. */
export interface GapItem {
  readonly kind: "gap";
  readonly key: string;
  readonly at: number;
}

/** One item of the talk. */
export type TalkItem = ChatItem | MovesItem | GapItem;

/** The state of the talk. */
export class Talk {
  #items: TalkItem[];
  readonly #shown;
  #era = 0;
  #epoch: string | undefined;
  /** The newest offset that has come by; `undefined` before the first. */
  #position: number | undefined;
  #count = 0;
  #changed = false;

  constructor(messages: readonly ServerMessageOf<"chat">[]) {
    this.#items = messages.slice(-ITEMS_KEPT).map((message) => this.#heardItem(message));
    this.#position = messages.at(-1)?.offset;
    this.#shown = signal<readonly TalkItem[]>(this.#items);
  }

  /** What is shown, oldest first. */
  get items(): ReadonlySignal<readonly TalkItem[]> {
    return this.#shown;
  }

  /** Marks as one's own what these connections said. */
  claim(ownIds: ReadonlySet<string>): void {
    this.#replace(
      this.#items.map((item) =>
        item.kind === "chat" && item.clientId !== undefined && ownIds.has(item.clientId)
          ? { ...item, isMine: true }
          : item
      ),
    );
  }

  /** Takes the greeting of a connection that was not resumed: what was said meanwhile is missing. */
  welcomed({ epoch, offset }: ServerMessageOf<"welcome">, now: number): void {
    const isSameOrder = this.#epoch === undefined || this.#epoch === epoch;
    const known = isSameOrder ? this.#position : 0;
    if (known !== undefined && offset > known) {
      this.#add({ kind: "gap", key: `gap-${this.#count++}`, at: now });
    }
    if (!isSameOrder) this.#era++;
    this.#epoch = epoch;
    this.#position = offset;
  }

  /**
   * Takes what somebody said. One that is there already is not taken twice.
   *
   * @returns The key of the new item.
   */
  heard(message: ServerMessageOf<"chat">): string | undefined {
    const item = this.#heardItem(message);
    if (this.#items.some((known) => known.key === item.key)) return undefined;
    this.#position = Math.max(this.#position ?? 0, message.offset);
    this.#add(item);
    return item.key;
  }

  /** Takes what became of a chat of one's own. */
  went(chat: OutgoingChat, name: string, now: number): void {
    const at = this.#items.findIndex((item) => item.key === chat.id);
    const known = this.#items[at];
    const delivery = chat.state;
    if (known === undefined || known.kind !== "chat") {
      if (delivery.at === "waiting") this.#add(this.#ownItem(chat, name, now));
      return;
    }
    if (delivery.at === "failed" && delivery.why === "discarded") return this.remove(chat.id);
    if (delivery.at !== "sent") {
      return this.#replace(this.#items.with(at, { ...known, delivery }));
    }
    const { offset, timestamp } = delivery.ack;
    this.#position = Math.max(this.#position ?? 0, offset);
    const sent = { ...known, delivery, offset, era: this.#era, at: Date.parse(timestamp) };
    this.#replace(inOrder(this.#items.toSpliced(at, 1), at, sent));
  }

  /** Takes who came and who went; oneself is not told. */
  moved(moves: Moves, ownName: string | undefined, now: number): void {
    const others = (users: readonly User[]) =>
      users.map((user) => user.username).filter((name) => name !== ownName);
    const last = this.#items.at(-1);
    const isMerged = last?.kind === "moves" && now - last.at < MOVES_MERGED_MS;
    const before = isMerged
      ? last
      : { key: `moves-${this.#count++}`, at: now, joined: [], left: [] };
    const joined = new Set(before.joined);
    const left = new Set(before.left);
    for (const name of others(moves.left)) if (!joined.delete(name)) left.add(name);
    for (const name of others(moves.joined)) if (!left.delete(name)) joined.add(name);
    if (isMerged) this.#items = this.#items.slice(0, -1);
    if (joined.size + left.size > 0) {
      const names = (set: Set<string>) => [...set].slice(0, NAMES_MERGED);
      const { key, at } = before;
      this.#add({ kind: "moves", key, at, joined: names(joined), left: names(left) });
    }
    this.#changed = true;
  }

  /** Takes an item away. */
  remove(key: string): void {
    this.#replace(this.#items.filter((item) => item.key !== key));
  }

  /** Shows what has been taken in. */
  publish(): void {
    if (!this.#changed) return;
    this.#changed = false;
    this.#shown.value = [...this.#items];
  }

  #heardItem(message: ServerMessageOf<"chat">): ChatItem {
    return {
      kind: "chat",
      key: `chat-${this.#era}-${message.offset}`,
      at: Date.parse(message.timestamp),
      name: message.username,
      text: message.message,
      offset: message.offset,
      era: this.#era,
      clientId: message.client_id,
      isMine: false,
      delivery: undefined,
    };
  }

  #ownItem({ id, text, state }: OutgoingChat, name: string, now: number): ChatItem {
    return {
      kind: "chat",
      key: id,
      at: now,
      name,
      text,
      offset: undefined,
      era: this.#era,
      clientId: undefined,
      isMine: true,
      delivery: state,
    };
  }

  #add(item: TalkItem): void {
    this.#items.push(item);
    if (this.#items.length > ITEMS_KEPT) this.#items.shift();
    this.#changed = true;
  }

  #replace(items: TalkItem[]): void {
    this.#items = items;
    this.#changed = true;
  }
}

/** Puts a chat back `at` its place, or where its offset belongs if others came in between. */
function inOrder(others: readonly TalkItem[], at: number, chat: ChatItem): TalkItem[] {
  const offsetOf = (item: TalkItem) =>
    item.kind === "chat" && item.era === chat.era ? item.offset : undefined;
  const { offset = 0 } = chat;
  const later = others.findIndex((item) => (offsetOf(item) ?? 0) > offset);
  const earlier = others.findLastIndex((item) => (offsetOf(item) ?? Infinity) < offset);
  if (later !== -1 && later < at) return others.toSpliced(later, 0, chat);
  return others.toSpliced(Math.max(at, earlier + 1), 0, chat);
}
