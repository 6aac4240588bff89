/**
 * The order of chats: every chat gets the next offset of an epoch, is told to the subscriber in that order, and is kept
 * for a while. Who receives it is the hub's business.
 *
 * Invariant: offsets count up by one, and the subscriber hears each entry once, before `append` returns.
 *
 * @module
 */

import type { ServerMessageOf } from "./protocol.ts";

/** A chat that has no place in the order yet. */
export interface Chat {
  readonly message: string;
  readonly username: string;
  readonly clientId: string;
  /** The sender's own id for it. */
  readonly id?: string | undefined;
}

/** A chat in its place. */
export interface JournalEntry extends Chat {
  /** Counts up by one per chat, from 1. */
  readonly offset: number;
  /** ISO 8601, UTC, ms. */
  readonly timestamp: string;
}

/** An entry as the message that clients receive. */
export function toChat(entry: JournalEntry): ServerMessageOf<"chat"> {
  const { message, username, clientId, timestamp, offset, id } = entry;
  return { type: "chat", message, username, client_id: clientId, timestamp, offset, id };
}

/** The journal of one node, in memory. */
export class Journal {
  /** Names this order of chats; another epoch has other offsets. */
  readonly epoch: string = crypto.randomUUID().slice(0, 13);
  readonly #size: number;
  readonly #now: () => number;
  #entries: JournalEntry[] = [];
  #offset = 0;
  #subscriber: (entry: JournalEntry) => void = () => {};

  /**
   * @param options `size`: how many chats are kept; `now`: ms since the epoch.
   */
  constructor(options: { readonly size: number; readonly now?: () => number }) {
    this.#size = options.size;
    this.#now = options.now ?? Date.now;
  }

  /** The offset of the newest chat, 0 where there is none. */
  get offset(): number {
    return this.#offset;
  }

  /** Sets who hears every entry from now on. */
  subscribe(subscriber: (entry: JournalEntry) => void): void {
    this.#subscriber = subscriber;
  }

  /** Gives a chat its place, keeps it and tells it to the subscriber. */
  append(chat: Chat): JournalEntry {
    const timestamp = new Date(this.#now()).toISOString();
    const entry: JournalEntry = { ...chat, offset: ++this.#offset, timestamp };
    this.#entries.push(entry);
    // Cut at twice the size: cutting at each chat would move all the others each time.
    if (this.#entries.length >= 2 * this.#size) {
      this.#entries = this.#size === 0 ? [] : this.#entries.slice(-this.#size);
    }
    this.#subscriber(entry);
    return entry;
  }

  /**
   * The kept chats after an offset, oldest first.
   *
   * @param after The offset before the first wanted one.
   * @param limit How many at the most.
   */
  read(after: number, limit: number): JournalEntry[] {
    const oldest = Math.max(0, this.#entries.length - this.#size);
    const start = oldest + Math.max(0, after + 1 - (this.#entries[oldest]?.offset ?? 1));
    return this.#entries.slice(start, start + limit);
  }
}

/** The newest of some entries, as many as have no more than `length` of text together, in UTF-16 units. */
export function newestWithin(entries: readonly JournalEntry[], length: number): JournalEntry[] {
  let left = length;
  const tooMuch = entries.findLastIndex(({ message }) => (left -= message.length) < 0);
  return entries.slice(tooMuch + 1);
}
