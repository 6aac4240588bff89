/**
 * The kept chats as pages for whoever asks over HTTP.
 *
 * Invariant: however many ask, one page is read at a time and few wait, and equal ones are read and encoded once: chats on
 * their way to connections, and those that resume, wait for one page at the most.
 *
 * @module
 */

import type { MessagePage } from "./http_schemas.ts";
import { type Journal, type JournalEntry, JournalError, toChat } from "./journal.ts";
import { SharedQueue } from "./shared_queue.ts";

/** So many characters of text end a page before its limit: who does not read it has it held in memory. */
const PAGE_LENGTH = 100_000;
/** The most pages that wait, or are read, at a time. */
const PAGES = 64;

/** The pages of one journal. */
export class MessagePages {
  readonly #journal: Journal;
  readonly #pages = new SharedQueue<string>();

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /**
   * The page after an offset, as JSON.
   *
   * @throws {JournalError} If it cannot be read now, or too many ask at once.
   */
  async read(after: number, limit: number): Promise<string> {
    if (this.#pages.length >= PAGES) {
      throw new JournalError("Could not read the messages: too many ask");
    }
    // Whoever has heard of a newer chat is not given a page that was asked for before it.
    const { epoch, offset } = this.#journal;
    const key = `${epoch} ${offset} ${after} ${limit}`;
    return await this.#pages.run(key, () => this.#encode(after, limit));
  }

  async #encode(after: number, limit: number): Promise<string> {
    const { epoch, offset } = this.#journal;
    const entries = withinLength(await this.#journal.read(after, limit));
    const last = entries.at(-1)?.offset ?? offset;
    const page: MessagePage = {
      epoch,
      messages: entries.map(toChat),
      next: last < offset ? last : null,
    };
    return JSON.stringify(page);
  }
}

/** The first of some entries, at least one, whose texts are not too long together. */
function withinLength(entries: readonly JournalEntry[]): readonly JournalEntry[] {
  let length = 0;
  const end = entries.findIndex(({ message }) => (length += message.length) > PAGE_LENGTH);
  return end < 0 ? entries : entries.slice(0, Math.max(1, end));
}
