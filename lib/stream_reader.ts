/**
 * Reading back what a stream keeps of an order of chats.
 *
 * Invariant: what is read is of the order that it was asked of; one page is read at a time, however many are asked for, for
 * reading never to stand in the way of what is said.
 *
 * @module
 */

import type { JournalEntry } from "./journal.ts";
import { parseEntry } from "./journal_entry.ts";
import type { NatsStream, StreamState } from "./nats_stream.ts";
import { SharedQueue } from "./shared_queue.ts";
import { epochOf } from "./stream_order.ts";
import type { StreamPosition } from "./stream_position.ts";

/** The stream holds another order of chats by now. */
export class OtherOrderError extends Error {
  override readonly name = "OtherOrderError";
}

/** What is read, and up to where. */
export interface ReadOptions {
  readonly stream: Pick<NatsStream, "read" | "state" | "giveUp">;
  /** What is found to be missing is noted there. */
  readonly position: StreamPosition;
  /** The offset before the first wanted one. */
  readonly after: number;
  /** How many at the most. */
  readonly limit: number;
}

/** Reads pages. */
export class StreamReader {
  readonly #pages = new SharedQueue<readonly JournalEntry[]>();

  /**
   * The next kept chats, up to the newest that was heard, oldest first; empty only where there are none.
   *
   * @throws {Error} If they cannot be had.
   */
  async read(options: ReadOptions): Promise<readonly JournalEntry[]> {
    const { position: { epoch, offset }, after, limit } = options;
    // What comes later than a full page does not change it.
    const key = `${epoch} ${after} ${limit} ${Math.min(offset, after + limit)}`;
    return await this.#pages.run(key, () => readOn(options));
  }
}

async function readOn(options: ReadOptions): Promise<readonly JournalEntry[]> {
  const { stream, position, after, limit } = options;
  const { offset: to } = position;
  const entries: JournalEntry[] = [];
  for (let from = Math.max(1, after + 1); from <= to && entries.length === 0 && limit > 0;) {
    const { messages, isLast } = await stream.read({ from, to, limit });
    // Asked after it was read: then that was of this order.
    await stateOf(stream, position);
    for (const stored of messages) {
      if (stored.offset > from) position.noteGap(stored.offset - 1);
      const entry = parseEntry(stored);
      if (entry === undefined) position.noteGap(stored.offset);
      else entries.push(entry);
      from = stored.offset + 1;
    }
    if (!isLast) continue;
    if (from <= to) position.noteGap(to);
    break;
  }
  return entries;
}

/**
 * How a stream is now, which is given up where it holds another order than what was heard of it.
 *
 * @throws {OtherOrderError} If so.
 * @throws {Error} If it cannot be found out.
 */
export async function stateOf(
  stream: Pick<NatsStream, "state" | "giveUp">,
  { epoch }: StreamPosition,
): Promise<StreamState> {
  const state = await stream.state();
  if (epochOf(state.order) === epoch) return state;
  const error = new OtherOrderError("the stream was made anew, or has lost chats");
  stream.giveUp(error);
  throw error;
}
