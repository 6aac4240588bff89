/**
 * The chat of the room in its order: what others say, what oneself says and what became of it, who comes and goes, and
 * where something may be missing.
 *
 * Invariant: at most {@linkcode ITEMS_KEPT} items; chats stand in the order of their offsets, one's own from their `ack` on.
 *
 * @module
 */

import { batch, type ReadonlySignal, signal } from "@preact/signals";
import type { ServerMessageOf, User } from "../../lib/protocol.ts";
import type { OutgoingChat } from "../outbox.ts";
import { Order } from "./order.ts";
import { Movement } from "./movement.ts";
import type { Moves } from "./people.ts";
import { type ChatItem, inOrder, ownItem, type TalkItem } from "./talk_items.ts";

/** How many items are kept, older ones that were fetched among them: twice what the server keeps unless it is told. */
export const ITEMS_KEPT = 2000;

/** The state of the talk. */
export class Talk {
  #items: TalkItem[];
  readonly #shown;
  readonly #isCurrent = signal(true);
  readonly #gaps = signal(0);
  readonly #failure = signal<ChatItem | undefined>(undefined);
  readonly #order: Order;
  #ownIds: ReadonlySet<string> = new Set();
  #era = 0;
  #epoch: string | undefined;
  #begin = 0;
  #shownBegin = 0;
  #count = 0;
  #changed = false;
  /** Whether what is missing is being fetched. */
  #isFilling = false;
  /** Of the newest line of who came and went. */
  #movement: Movement | undefined;

  constructor(messages: readonly ServerMessageOf<"chat">[]) {
    this.#items = messages.slice(-ITEMS_KEPT).map((message) => this.#heardItem(message));
    this.#order = new Order(messages.at(-1)?.offset);
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

  /** How many times something was found missing. */
  get gaps(): ReadonlySignal<number> {
    return this.#gaps;
  }

  /** The chat of one's own that failed last, unless something was done about it. */
  get failure(): ReadonlySignal<ChatItem | undefined> {
    return this.#failure;
  }

  /** Up to this offset everything has come by; `undefined` where nothing is known. */
  get position(): number | undefined {
    return this.#order.position;
  }

  /** Whether an epoch is the one of the order at hand. */
  isOfEpoch(epoch: string): boolean {
    return this.#epoch === undefined || this.#epoch === epoch;
  }

  /** Marks as one's own what these connections said. */
  claim(ownIds: ReadonlySet<string>): void {
    this.#ownIds = ownIds;
    this.#replace(
      this.#items.map((item) =>
        item.kind === "chat" && this.#isOwn(item.clientId) ? { ...item, isMine: true } : item
      ),
    );
  }

  /**
   * Takes the greeting of a connection that was not resumed: what was said meanwhile is missing. What was said between the
   * rendering of the page and its first connection may still be fetched, and is missing only if it is not.
   *
   * @returns Whether anything was.
   */
  welcomed({ epoch, offset }: ServerMessageOf<"welcome">, now: number): boolean {
    // Of the order that the page came with, the epoch is not known; it has begun anew if it is shorter now.
    const isSameOrder = this.isOfEpoch(epoch) && offset >= this.#order.newest;
    const isFirst = this.#epoch === undefined && isSameOrder;
    const known = isSameOrder ? this.#order.position : 0;
    const isMissing = known !== undefined && offset > known && !isFirst;
    if (isMissing) this.#addGap(this.#items.length, now);
    if (!isSameOrder) this.#era++;
    this.#epoch = epoch;
    if (isFirst) this.#order.known(offset, now);
    else this.#order.begin(offset);
    this.#changed = true;
    return isMissing;
  }

  /**
   * Takes what somebody said. One that is there already is not taken twice.
   *
   * @returns The key of the new item.
   */
  heard(message: ServerMessageOf<"chat">, now: number): string | undefined {
    const item = this.#heardItem(message);
    const isLate = message.offset <= this.#order.newest;
    if (isLate && this.#items.some((known) => known.key === item.key)) return undefined;
    if (isLate) this.#items = inOrder(this.#items, { chat: item });
    else this.#items.push(item);
    this.#drop();
    this.#changed = true;
    this.#order.came(message.offset, now);
    this.#lookForGap(now);
    return item.key;
  }

  /** Takes the newest offset of the server's order: it should have come by in a moment. */
  ticked({ epoch, offset }: ServerMessageOf<"time">, now: number): void {
    if (epoch !== this.#epoch) return;
    this.#order.known(offset, now);
    this.#lookForGap(now);
  }

  /** Takes chats from before the first, oldest first; as many of the newest as there is room for. */
  precede(messages: readonly ServerMessageOf<"chat">[]): void {
    const room = ITEMS_KEPT - this.#items.length;
    const older = room > 0 ? messages.slice(-room).map((message) => this.#heardItem(message)) : [];
    this.#begin -= older.length;
    this.#replace([...older, ...this.#items]);
    this.publish();
  }

  /** What is missing is being fetched: until it is filled in, nothing counts as missing. */
  beginFilling(): void {
    this.#isFilling = true;
  }

  /** Takes what was fetched of what was missing, oldest first. */
  fill(messages: readonly ServerMessageOf<"chat">[], now: number): void {
    this.#isFilling = false;
    const known = new Set(this.#items.map(({ key }) => key));
    const news = messages.map((message) => this.#heardItem(message))
      .filter(({ key }) => !known.has(key));
    this.#items.splice(this.#placeOf(messages[0]?.offset ?? 0), 0, ...news);
    this.#drop();
    this.#changed = true;
    for (const { offset } of messages) this.#order.came(offset, now);
    this.#lookForGap(now);
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
    // Also of one that was given up on its way: its offset is no gap.
    if (delivery.at !== "sent") return;
    this.#order.came(delivery.ack.offset, now);
    this.#lookForGap(now);
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

  #isOwn(clientId: string | undefined): boolean {
    return clientId !== undefined && this.#ownIds.has(clientId);
  }

  /** Says where offsets have been missing for too long. */
  #lookForGap(now: number): void {
    const missing = this.#isFilling ? undefined : this.#order.missing(now);
    if (missing !== undefined) this.#addGap(this.#placeOf(missing), now);
  }

  /** Where a chat of the present order belongs: behind the last that comes before it. */
  #placeOf(offset: number): number {
    const isBefore = (item: TalkItem) =>
      item.kind === "chat" && (item.era < this.#era || (item.offset ?? Infinity) < offset);
    return this.#items.findLastIndex(isBefore) + 1;
  }

  #wentItem(known: ChatItem, at: number, delivery: OutgoingChat["state"]): void {
    if (delivery.at === "failed" && delivery.why === "discarded") return this.remove(known.key);
    if (delivery.at !== "sent") {
      const changed = { ...known, delivery };
      if (delivery.at === "failed") this.#failure.value = changed;
      return this.#replace(this.#items.with(at, changed));
    }
    const { offset, timestamp } = delivery.ack;
    const sent = { ...known, delivery, offset, era: this.#era, at: Date.parse(timestamp) };
    this.#replace(inOrder(this.#items.toSpliced(at, 1), { chat: sent, at }));
  }

  #addGap(index: number, now: number): void {
    this.#gaps.value++;
    this.#items.splice(index, 0, { kind: "gap", key: `gap-${this.#count++}`, at: now });
    this.#drop();
    this.#changed = true;
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
      isMine: this.#isOwn(message.client_id),
      delivery: undefined,
    };
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
