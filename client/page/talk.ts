/**
 * The chat of the room in its order: what others say, what oneself says and what became of it, who comes and goes, and
 * where something may be missing.
 *
 * Invariant: at most {@linkcode ITEMS_KEPT} items; chats stand in the order of their offsets, one's own from their `ack` on,
 * and each stands there once.
 *
 * @module
 */

import { batch, type ReadonlySignal, signal } from "@preact/signals";
import type { ServerMessageOf, User } from "../../lib/protocol.ts";
import type { OutgoingChat } from "../outbox.ts";
import { Movement } from "./movement.ts";
import type { Moves } from "./people.ts";
import type { RoomProps } from "./room_props.ts";
import {
  type ChatItem,
  heardItem,
  inOrder,
  keyOf,
  ownItem,
  placedKeyOf,
  type TalkItem,
} from "./talk_items.ts";

/** How many items are kept, older ones that were fetched among them: twice what the server keeps unless it is told. */
export const ITEMS_KEPT = 2000;

/** What {@linkcode Talk} takes. */
export interface TalkOptions {
  /** What the page came with. */
  readonly props: Pick<RoomProps, "messages" | "epoch" | "offset">;
  /** Called where something may be missing. */
  readonly missed: () => void;
}

/** The state of the talk. */
export class Talk {
  #items: TalkItem[];
  readonly #shown;
  readonly #isCurrent = signal(true);
  readonly #missed: () => void;
  readonly #failure = signal<ChatItem | undefined>(undefined);
  #ownIds: ReadonlySet<string> = new Set();
  #era = 0;
  #epoch: string;
  #position: number;
  #begin = 0;
  #shownBegin = 0;
  #count = 0;
  #changed = false;
  /** Of the newest line of who came and went. */
  #movement: Movement | undefined;

  constructor({ props: { messages, epoch, offset }, missed }: TalkOptions) {
    this.#missed = missed;
    this.#items = messages.slice(-ITEMS_KEPT).map((message) => this.#heardItem(message));
    this.#epoch = epoch;
    this.#position = offset;
    this.#shown = signal<readonly TalkItem[]>(this.#items);
  }

  /** What is shown, oldest first. */
  get items(): ReadonlySignal<readonly TalkItem[]> {
    return this.#shown;
  }

  /** The running number of the first item shown: it counts what was dropped before it, less what was put there. */
  get begin(): number {
    return this.#shownBegin;
  }

  /** Whether the first chat belongs to the order that the server keeps now. */
  get isCurrent(): ReadonlySignal<boolean> {
    return this.#isCurrent;
  }

  /** The chat of one's own that failed last, unless something was done about it. */
  get failure(): ReadonlySignal<ChatItem | undefined> {
    return this.#failure;
  }

  /** The epoch of the order that it follows. */
  get epoch(): string {
    return this.#epoch;
  }

  /** Up to this offset everything is here, is being fetched, or is said to be missing. */
  get position(): number {
    return this.#position;
  }

  /** Whether a connection of this tab is the one that a chat came from. */
  isOwn(clientId: string | undefined): boolean {
    return clientId !== undefined && this.#ownIds.has(clientId);
  }

  /** Whether a chat of one's own is there as one that the server has. */
  hasOwn(id: string): boolean {
    return this.#items.some((item) =>
      item.kind === "chat" && item.isMine && item.id === id && item.key !== id
    );
  }

  /** The key of the first chat of others after an offset. */
  firstAfter(offset: number): string | undefined {
    return this.#items.find((item) =>
      item.kind === "chat" && item.era === this.#era && !item.isMine && (item.offset ?? 0) > offset
    )?.key;
  }

  /** Marks as one's own what these connections said. */
  claim(ownIds: ReadonlySet<string>): void {
    this.#ownIds = ownIds;
    this.#replace(
      this.#items.map((item) =>
        item.kind === "chat" && this.isOwn(item.clientId) ? { ...item, isMine: true } : item
      ),
    );
  }

  /** Takes which order it follows from now on. What was said last in another one cannot be had any more. */
  follow(epoch: string, now: number): void {
    if (epoch === this.#epoch) return;
    if (this.#items.length > 0) this.#addGap(this.#position + 1, now);
    this.#epoch = epoch;
    this.#era++;
    this.#position = 0;
  }

  /** Takes that everything up to an offset is being fetched. */
  awaitUpTo(offset: number): void {
    this.#position = Math.max(this.#position, offset);
  }

  /**
   * Takes what somebody said. One that is there already is not taken twice.
   *
   * @returns The key of the new item.
   */
  heard(message: ServerMessageOf<"chat">, now: number): string | undefined {
    const item = this.#heardItem(message);
    // From a server that is behind the one that the page came from.
    const isLate = message.offset <= this.#position;
    if (isLate && this.#items.some((known) => known.key === item.key)) return undefined;
    this.passed(message.offset, now);
    if (isLate) this.#items = inOrder(this.#items, { chat: item });
    else this.#items.push(item);
    this.#drop();
    this.#changed = true;
    return item.key;
  }

  /** Takes that an offset has come by; where it is not the next one, the connection has given up those before it. */
  passed(offset: number, now: number): void {
    if (offset > this.#position + 1) this.#addGap(this.#position + 1, now);
    this.awaitUpTo(offset);
  }

  /** Takes chats from before the first, oldest first; as many of the newest as there is room for. */
  precede(messages: readonly ServerMessageOf<"chat">[]): void {
    const room = ITEMS_KEPT - this.#items.length;
    const older = room > 0 ? messages.slice(-room).map((message) => this.#heardItem(message)) : [];
    this.#begin -= older.length;
    this.#replace([...older, ...this.#items]);
    this.publish();
  }

  /**
   * Takes what was fetched, oldest first.
   *
   * @param more `missing`: the first offset of those that could not be had, if any.
   */
  fill(
    messages: readonly ServerMessageOf<"chat">[],
    more: { readonly missing: number | undefined; readonly now: number },
  ): void {
    // Of one's own some may have got their places meanwhile.
    const there = new Map(this.#items.map((item) => [placedKeyOf(item), item]));
    const heard = messages.map((message) => this.#heardItem(message));
    const filled = new Set(heard.map((item) => there.get(item.key) ?? item));
    this.#items = this.#items.filter((item) => !filled.has(item));
    this.#items.splice(this.#placeOf(messages[0]?.offset ?? 0), 0, ...filled);
    if (more.missing !== undefined) this.#addGap(more.missing, more.now);
    this.#drop();
    this.#changed = true;
    this.publish();
  }

  /** Takes what became of a chat of one's own. */
  went(chat: OutgoingChat, name: string, now: number): void {
    const at = this.#items.findIndex((item) => item.key === chat.id);
    const known = this.#items[at];
    const delivery = chat.state;
    if (known?.kind === "chat") this.#wentItem(known, at, delivery);
    else if (delivery.at === "waiting" && !delivery.isTransmitted) {
      this.#add(ownItem(chat, { name, now, era: this.#era }));
    }
  }

  /** Takes who came and who went; oneself is not told. */
  moved(moves: Moves, ownName: string | undefined, now: number): void {
    const others = (users: readonly User[]) =>
      users.map((user) => user.username).filter((name) => name !== ownName);
    const last = this.#items.findLastIndex(({ kind }) => kind === "moves" || kind === "gap");
    const isMerged = this.#items[last]?.key === this.#movement?.key && this.#movement?.lasts(now);
    if (!isMerged) this.#movement = new Movement(`moves-${this.#count++}`, now);
    const told = this.#movement?.take(others(moves.joined), others(moves.left));
    if (isMerged) this.#replace(this.#items.toSpliced(last, 1, ...(told ? [told] : [])));
    else if (told !== undefined) this.#add(told);
  }

  /** Takes an item away. */
  remove(key: string): void {
    if (this.#failure.value?.key === key) this.#failure.value = undefined;
    this.#replace(this.#items.filter((item) => item.key !== key));
  }

  /** Shows what has been taken in. */
  publish(): void {
    if (!this.#changed) return;
    this.#changed = false;
    this.#shownBegin = this.#begin;
    const first = this.#items.find((item) => item.kind === "chat" && item.offset !== undefined);
    batch(() => {
      this.#isCurrent.value = first?.kind !== "chat" || first.era === this.#era;
      this.#shown.value = [...this.#items];
    });
  }

  /** Where what begins with an offset of the present order belongs: behind all that was before it. */
  #placeOf(offset: number): number {
    const isBefore = (item: TalkItem) =>
      item.kind !== "moves" && (item.era < this.#era || (item.offset ?? Infinity) < offset);
    const place = this.#items.findLastIndex(isBefore) + 1;
    // Who came and went until then stays before it too.
    const next = this.#items.findIndex((item, at) => at >= place && item.kind !== "moves");
    return next === -1 ? this.#items.length : next;
  }

  #wentItem(known: ChatItem, at: number, delivery: OutgoingChat["state"]): void {
    if (delivery.at === "failed" && delivery.why === "discarded") return this.remove(known.key);
    if (delivery.at !== "sent") {
      const changed = { ...known, delivery };
      if (delivery.at === "failed") this.#failure.value = changed;
      return this.#replace(this.#items.with(at, changed));
    }
    // Also one that has failed may get its place later.
    if (this.#failure.value?.key === known.key) this.#failure.value = undefined;
    const { offset, timestamp } = delivery.ack;
    const first = this.#items.find((item) => item.kind === "chat" && item.era === this.#era);
    // Said before all that the page came with, it is among the older ones.
    if (first?.kind === "chat" && offset + 1 < (first.offset ?? 0)) return this.remove(known.key);
    const sent = { ...known, delivery, offset, era: this.#era, at: Date.parse(timestamp) };
    // It may have come with the page already.
    const others = this.#items.toSpliced(at, 1)
      .filter(({ key }) => key !== keyOf({ era: this.#era, offset }));
    this.#replace(inOrder(others, { chat: sent, at }));
  }

  #addGap(offset: number, now: number): void {
    this.#missed();
    const place = this.#placeOf(offset);
    // Right behind another one it says nothing new.
    if (this.#items[place - 1]?.kind === "gap") return;
    const gap = {
      kind: "gap",
      key: `gap-${this.#count++}`,
      at: now,
      era: this.#era,
      offset,
    } as const;
    this.#items.splice(place, 0, gap);
    this.#drop();
    this.#changed = true;
  }

  #heardItem(message: ServerMessageOf<"chat">): ChatItem {
    return heardItem(message, { era: this.#era, isMine: this.isOwn(message.client_id) });
  }

  #add(item: TalkItem): void {
    this.#items.push(item);
    this.#drop();
    this.#changed = true;
  }

  #drop(): void {
    const excess = Math.max(0, this.#items.length - ITEMS_KEPT);
    this.#items.splice(0, excess);
    this.#begin += excess;
  }

  #replace(items: TalkItem[]): void {
    this.#items = items;
    this.#changed = true;
  }
}
