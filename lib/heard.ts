/**
 * What a node has heard of one order of chats that is kept elsewhere, and whether what is kept there goes on with it.
 *
 * Invariant: the offset goes up only; what is held counts up by one. A place whose chat is gone, or that holds none, counts
 * and is nobody's.
 *
 * @module
 */

import { type JournalEntry, RecentEntries } from "./journal.ts";
import { type Kept, parseEntry } from "./journal_entry.ts";
import type { NatsStream, StreamState } from "./nats_stream.ts";

/** What a node has heard of one order of chats: up to where, the newest ones, and where something was missing. */
export class Heard {
  /** Names the order. */
  readonly epoch: string;
  readonly recent: RecentEntries;
  #offset: number;
  #missing = 0;
  #newestAt: string | undefined;

  /**
   * @param options `offset`: where it begins, without the chats up to there; `size`: how many of the newest are held.
   */
  constructor(options: { readonly epoch: string; readonly offset: number; readonly size: number }) {
    this.epoch = options.epoch;
    this.#offset = options.offset;
    this.recent = new RecentEntries(options.size);
  }

  /** The newest offset. */
  get offset(): number {
    return this.#offset;
  }

  /** The newest offset whose chat is known to be gone or not to be one: nothing before it can be caught up with. */
  get missing(): number {
    return this.#missing;
  }

  /** When the newest got its place; `undefined` where it has not come by. */
  get newestAt(): string | undefined {
    return this.#newestAt;
  }

  /** Hears what comes next; gives the entry where it is one. */
  take(kept: Kept): JournalEntry | undefined {
    this.skipTo(kept.offset - 1);
    const entry = parseEntry(kept);
    if (entry === undefined) this.skipTo(kept.offset);
    else this.recent.push(entry);
    this.#offset = kept.offset;
    this.#newestAt = kept.timestamp;
    return entry;
  }

  /** All up to an offset that has not come by never will. */
  skipTo(offset: number): void {
    if (offset <= this.#offset) return;
    // What is held counts up by one, for it to be found.
    this.recent.clear();
    this.#offset = offset;
    this.#newestAt = undefined;
    this.lacks(offset);
  }

  /** An older offset turned out to be missing. */
  lacks(offset: number): void {
    this.#missing = Math.max(this.#missing, offset);
  }
}

/**
 * What goes on being heard of a stream: what was heard already where it is the same one, else something new, which begins
 * so far back as entries are held.
 *
 * @throws {Error} If the stream cannot be read.
 */
export async function hearOn(
  heard: Heard,
  options: {
    readonly stream: Pick<NatsStream, "get">;
    readonly state: StreamState;
    readonly size: number;
  },
): Promise<Heard> {
  const { stream, state, size } = options;
  const isSame = heard.epoch.startsWith(state.identity);
  if (isSame && await isContinued(heard, { stream, state })) {
    // Removed before it was heard.
    heard.skipTo(state.first - 1);
    return heard;
  }
  return new Heard({
    // The same stream with another past, as after the loss of what was not on the disk yet: offsets mean other chats.
    epoch: isSame ? `${state.identity}-${crypto.randomUUID().slice(0, 8)}` : state.identity,
    offset: Math.max(0, state.first - 1, state.last - size),
    size,
  });
}

/** Whether the newest that was heard is still what the stream holds there. */
async function isContinued(
  { offset, newestAt }: Heard,
  { stream, state }: { readonly stream: Pick<NatsStream, "get">; readonly state: StreamState },
): Promise<boolean> {
  if (state.last < offset) return false;
  if (offset < state.first || newestAt === undefined) return true;
  const kept = await stream.get(offset);
  return kept === undefined || kept.timestamp === newestAt;
}
