/**
 * What a node has heard of one order of chats that is kept elsewhere, and whether what is kept there goes on with it.
 *
 * Invariant: the offset goes up only; what is held counts up by one. A place whose chat is gone, or that holds none, counts
 * and is nobody's.
 *
 * @module
 */

import { type JournalEntry, RecentEntries } from "./journal.ts";
import { parseEntry, type StoredMessage } from "./journal_entry.ts";
import { type Place, RecentIds } from "./recent_ids.ts";
import type { NatsStream, StreamState } from "./nats_stream.ts";
import { epochOf, type Order } from "./stream_order.ts";

/** What a node has heard of one order of chats: up to where, the newest ones, and where something was missing. */
export class StreamPosition {
  readonly order: Order;
  readonly recent: RecentEntries;
  readonly #ids: RecentIds;
  #offset: number;
  #newestGap = 0;
  #newestAt: string | undefined;

  /**
   * @param options `offset`: where it begins, without the chats up to there; `size`: how many of the newest are held.
   */
  constructor(options: { readonly order: Order; readonly offset: number; readonly size: number }) {
    this.order = options.order;
    this.#offset = options.offset;
    this.recent = new RecentEntries(options.size);
    this.#ids = new RecentIds(options.size);
  }

  /** Names the order. */
  get epoch(): string {
    return epochOf(this.order);
  }

  /** The newest offset. */
  get offset(): number {
    return this.#offset;
  }

  /** The newest offset whose chat is known to be gone or not to be one: nothing before it can be caught up with. */
  get newestGap(): number {
    return this.#newestGap;
  }

  /** When the newest got its place; `undefined` where it has not come by. */
  get newestAt(): string | undefined {
    return this.#newestAt;
  }

  /** Hears what comes next; gives the entry where it is one. */
  take(stored: StoredMessage): JournalEntry | undefined {
    this.skipTo(stored.offset - 1);
    const entry = parseEntry(stored);
    if (entry === undefined) this.skipTo(stored.offset);
    else {
      this.recent.push(entry);
      this.#ids.add(entry);
    }
    this.#offset = stored.offset;
    this.#newestAt = stored.timestamp;
    return entry;
  }

  /** The place of a chat that was sent before, where it was heard lately. */
  find(chat: Pick<Place, "clientId" | "id">): Place | undefined {
    return this.#ids.find(chat);
  }

  /** All up to an offset that has not come by never will. */
  skipTo(offset: number): void {
    if (offset <= this.#offset) return;
    // What is held counts up by one, for it to be found.
    this.recent.clear();
    this.#offset = offset;
    this.#newestAt = undefined;
    this.noteGap(offset);
  }

  /** The chat of an offset turned out to be missing. */
  noteGap(offset: number): void {
    this.#newestGap = Math.max(this.#newestGap, offset);
  }
}

/**
 * What goes on being heard of a stream: what was heard already where it is the same order, else something new, which begins
 * so far back as entries are held. A stream that has lost what was heard is another order from now on, for all nodes.
 *
 * @throws {Error} If the stream cannot be read, or its loss not be written down.
 */
export async function continueFrom(
  former: StreamPosition,
  options: {
    readonly stream: Pick<NatsStream, "get" | "setOrder">;
    readonly state: StreamState;
    readonly size: number;
  },
): Promise<StreamPosition> {
  const { stream, state, size } = options;
  let { order } = state;
  const { id, generation } = former.order;
  if (order.id === id && order.generation <= generation) {
    if (order.generation === generation && await isContinued(former, { stream, state })) {
      // Removed before it was heard.
      former.skipTo(state.first - 1);
      return former;
    }
    // An older copy of its folder was put back, or what was not on the disk yet is lost. Nodes that notice it at the same
    // time write the same.
    order = { id, generation: generation + 1 };
    await stream.setOrder(order);
  }
  return new StreamPosition({
    order,
    offset: Math.max(0, state.first - 1, state.last - size),
    size,
  });
}

/** Whether the newest that was heard is still what the stream holds there. */
async function isContinued(
  { offset, newestAt }: StreamPosition,
  { stream, state }: { readonly stream: Pick<NatsStream, "get">; readonly state: StreamState },
): Promise<boolean> {
  if (state.last < offset) return false;
  if (offset < state.first || newestAt === undefined) return true;
  const stored = await stream.get(offset);
  return stored === undefined || stored.timestamp === newestAt;
}
