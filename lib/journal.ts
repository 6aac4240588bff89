/**
 * The order of chats: every chat gets the next offset of an epoch, is told to the subscriber in that order, and is kept
 * for a while. The port, and the version in memory, which one node has for itself. Who receives a chat is the hub's
 * business.
 *
 * Invariant: the subscriber hears each entry once, and offsets count up by one.
 *
 * @module
 */

import type { ServerMessageOf } from "./protocol.ts";
import { type Place, RecentIds } from "./recent_ids.ts";

export type { Place };

/** A chat that has no place in the order yet. */
export interface Chat {
  readonly message: string;
  readonly username: string;
  readonly clientId: string;
  /** The sender's own id for it: sent again under the same one, it keeps its first place. */
  readonly id?: string | undefined;
  /** How many other connections were online when it was sent. */
  readonly recipients: number;
  /** When this node heard it, by `elapsed`; `undefined` of what others heard. It is nobody else's business. */
  readonly heardAt?: number | undefined;
}

/** A chat in its place. */
export interface JournalEntry extends Chat {
  /** Counts up by one per chat, from 1. */
  readonly offset: number;
  /** ISO 8601, UTC, ms. */
  readonly timestamp: string;
}

/** Who hears what becomes of the chats. */
export interface JournalSubscriber {
  /**
   * A chat has its place. Told in the order of offsets, each once; a step of more than one stands for places that were lost.
   */
  readonly entry: (entry: JournalEntry) => void;
  /** A chat was sent again that has its place already, and has been told. */
  readonly repeated: (place: Place) => void;
  /** A chat could not be ordered in time; whoever sent it may send it again under the same id. */
  readonly unavailable: (chat: Chat) => void;
  /** `broker` or `epoch` has changed; with the epoch, `offset` too. What is told from now on is of that epoch. */
  readonly changed: () => void;
}

/**
 * The order of chats. Every version keeps the same promises: `append` returns at once and never throws; each chat that was
 * appended is answered once, by `entry`, `repeated` or `unavailable` (one that is unavailable may still get its place
 * later, and is told then); an id is remembered at least as long as its entry is kept in memory.
 */
export interface Journal {
  /** Names this order of chats; another epoch has other offsets. */
  readonly epoch: string;
  /** The offset of the newest chat that the subscriber has heard, 0 where there is none. */
  readonly offset: number;
  /** How that is which orders the chats of several nodes; `none` where there is one node only. */
  readonly broker: "up" | "down" | "none";
  /** Sets who hears what happens from now on. */
  subscribe(subscriber: JournalSubscriber): void;
  /** Asks for a place for a chat. */
  append(chat: Chat): void;
  /**
   * The chats after an offset that are at hand, oldest first.
   *
   * @param after The offset before the first wanted one.
   * @param limit How many at the most.
   * @returns `undefined` where those at hand do not reach back so far; empty where there are none yet.
   */
  recent(after: number, limit: number): readonly JournalEntry[] | undefined;
  /**
   * The next kept chats after an offset up to {@linkcode Journal.offset}, oldest first; from the oldest on where they do not
   * reach back so far. Places that were lost are left out. Fewer than the limit where they are large, empty only where there
   * are none.
   *
   * @throws {JournalError} If they cannot be had now.
   */
  read(after: number, limit: number): Promise<readonly JournalEntry[]>;
  /**
   * Whether an epoch is this one, all its chats after an offset are kept, and there are as many as that. What is newer than
   * all that this node has heard is believed where it cannot be asked. Never rejects.
   *
   * @returns `undefined` where it cannot be found out now.
   */
  reaches(epoch: string, after: number): Promise<boolean | undefined>;
}

/** The journal cannot be read now. */
export class JournalError extends Error {
  override readonly name = "JournalError";
}

/** An entry as the message that clients receive. */
export function toChat(entry: JournalEntry): ServerMessageOf<"chat"> {
  const { message, username, clientId, timestamp, offset, id } = entry;
  return { type: "chat", message, username, client_id: clientId, timestamp, offset, id };
}

/** What the sender of a chat receives in its place, where it gave an id. */
export function toAck(place: Place): ServerMessageOf<"ack"> | undefined {
  const { id, offset, timestamp, recipients } = place;
  return id === undefined ? undefined : { type: "ack", id, offset, timestamp, recipients };
}

/** The most text that is held of the newest chats, in UTF-16 units, however many they may be. */
const HELD_LENGTH = 16_777_216;

/** The newest chats that were told, found by offset. Pure. */
export class RecentEntries {
  readonly #size: number;
  readonly #byOffset = new Map<number, JournalEntry>();
  #oldest = 0;
  #length = 0;

  /** @param size How many are kept at the most. */
  constructor(size: number) {
    this.#size = size;
  }

  /** Keeps an entry, the next after the newest. */
  push(entry: JournalEntry): void {
    if (this.#byOffset.size === 0) this.#oldest = entry.offset;
    this.#byOffset.set(entry.offset, entry);
    this.#length += entry.message.length;
    while (this.#byOffset.size > this.#size || this.#length > HELD_LENGTH) this.#dropOldest();
  }

  /** Forgets all: another epoch has begun. */
  clear(): void {
    this.#byOffset.clear();
    this.#length = 0;
  }

  /** Those after an offset, oldest first; `undefined` where they do not reach back so far. */
  after(offset: number, limit: number): readonly JournalEntry[] | undefined {
    if (this.#byOffset.size === 0 || offset < this.#oldest - 1) return undefined;
    const entries: JournalEntry[] = [];
    for (let next = offset + 1; entries.length < limit; next++) {
      const entry = this.#byOffset.get(next);
      if (entry === undefined) break;
      entries.push(entry);
    }
    return entries;
  }

  /** The oldest ones. */
  first(limit: number): readonly JournalEntry[] {
    return this.after(this.#oldest - 1, limit) ?? [];
  }

  #dropOldest(): void {
    const dropped = this.#byOffset.get(this.#oldest)!;
    this.#byOffset.delete(this.#oldest++);
    this.#length -= dropped.message.length;
  }
}

/** So many ids are known at the least, some 15 MB: of more chats than any client misses in the time it has to come back. */
const IDS_KNOWN = 50_000;

/** The journal of one node, in memory: `append` tells the subscriber before it returns. */
export class MemoryJournal implements Journal {
  readonly epoch: string = crypto.randomUUID().slice(0, 13);
  readonly broker = "none";
  readonly #recent: RecentEntries;
  readonly #ids = new RecentIds(IDS_KNOWN);
  readonly #now: () => number;
  #offset = 0;
  #subscriber: Pick<JournalSubscriber, "entry" | "repeated"> = {
    entry: () => {},
    repeated: () => {},
  };

  /**
   * @param options `size`: how many chats are kept; `now`: ms since the epoch.
   */
  constructor(options: { readonly size: number; readonly now?: () => number }) {
    this.#recent = new RecentEntries(options.size);
    this.#now = options.now ?? Date.now;
  }

  get offset(): number {
    return this.#offset;
  }

  subscribe(subscriber: JournalSubscriber): void {
    this.#subscriber = subscriber;
  }

  append(chat: Chat): void {
    const known = this.#ids.find(chat);
    if (known !== undefined) return this.#subscriber.repeated(known);
    const timestamp = new Date(this.#now()).toISOString();
    const entry: JournalEntry = { ...chat, offset: ++this.#offset, timestamp };
    this.#recent.push(entry);
    this.#ids.add(entry);
    this.#subscriber.entry(entry);
  }

  recent(after: number, limit: number): readonly JournalEntry[] | undefined {
    return after >= this.#offset ? [] : this.#recent.after(after, limit);
  }

  read(after: number, limit: number): Promise<readonly JournalEntry[]> {
    return Promise.resolve(this.recent(after, limit) ?? this.#recent.first(limit));
  }

  reaches(epoch: string, after: number): Promise<boolean> {
    const isKept = after <= this.#offset && this.recent(after, 1) !== undefined;
    return Promise.resolve(epoch === this.epoch && isKept);
  }
}

/** The newest of some entries, as many as have no more than `length` of text together, in UTF-16 units. */
export function newestWithin(entries: readonly JournalEntry[], length: number): JournalEntry[] {
  let left = length;
  const tooMuch = entries.findLastIndex(({ message }) => (left -= message.length) < 0);
  return entries.slice(tooMuch + 1);
}
