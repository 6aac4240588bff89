/**
 * The order of chats as each connection gets it: what it has missed from the journal, as fast as its peer reads, and then
 * what comes. Who the connections are is the hub's business.
 *
 * Invariant: a connection gets each offset after its place once, in order, as a chat or as its own ack. While it is behind
 * it reads the journal, what is said meanwhile included; in the turn in which it has everything it begins to follow.
 *
 * @module
 */

import type { FanOut } from "./fan_out.ts";
import {
  type Chat,
  type Journal,
  type JournalEntry,
  JournalError,
  toAck,
  toChat,
} from "./journal.ts";
import type { Member } from "./member.ts";
import type { ServerMessage } from "./protocol.ts";

/** How many chats are read at a time: of the longest ones, half of what may wait for a slow reader. */
const PAGE = 64;

/** What {@linkcode Delivery} takes. */
export interface DeliveryOptions {
  readonly journal: Journal;
  readonly fanOut: FanOut;
  /** Who is online by a client_id, on this node. */
  readonly find: (clientId: string) => Member | undefined;
  /** The journal's `broker` or `epoch` has changed. */
  readonly changed: () => void;
}

/** The chats of one node, on their way to its members. */
export class Delivery {
  readonly #options: DeliveryOptions;
  /** Those who have heard more than this node, by their own account, and up to where. */
  readonly #ahead = new Map<Member, number>();

  constructor(options: DeliveryOptions) {
    this.#options = options;
    options.journal.subscribe({
      entry: (entry) => this.#deliver(entry),
      repeated: (entry) => this.#acknowledge(entry),
      unavailable: (chat) => this.#refuse(chat),
      changed: options.changed,
    });
  }

  /**
   * Sends a member its welcome and every chat after `after`, its own ones as acks, where they had an id; from then on it
   * follows. Resolves when it does or is closed.
   *
   * @param begin `after`: the offset up to which it has everything.
   * @throws {JournalError} If the journal does not have them all any more, or cannot be read.
   */
  async begin(
    member: Member,
    begin: { readonly welcome: ServerMessage; readonly after: number },
  ): Promise<void> {
    const { journal, fanOut } = this.#options;
    const { connection } = member;
    if (begin.after > journal.offset) this.#ahead.set(member, begin.after);
    const { epoch } = journal;
    let messages = [begin.welcome];
    for (let position = begin.after; !connection.closed;) {
      const newest = journal.offset;
      if (position < newest) {
        const entries = journal.recent(position, PAGE) ?? await journal.read(position, PAGE);
        await this.#assertWhole(epoch, position, entries);
        messages.push(...entries.flatMap((entry) => toReplay(entry, member)));
        position = entries.at(-1)?.offset ?? newest;
      }
      const fed = fanOut.feed(connection, messages);
      messages = [];
      // No await lies between having everything and hearing the first announcement.
      if (position >= journal.offset && !connection.waiting && !connection.closed) {
        member.follows = true;
        return fanOut.add(connection);
      }
      await fed;
    }
  }

  /** Forgets a member. */
  remove(member: Member): void {
    this.#ahead.delete(member);
  }

  // A hole in the offsets is one only where the journal has less than it should.
  async #assertWhole(
    epoch: string,
    position: number,
    entries: readonly JournalEntry[],
  ): Promise<void> {
    const { journal } = this.#options;
    if (entries[0]?.offset === position + 1 && epoch === journal.epoch) return;
    if (await journal.reaches(epoch, position)) return;
    throw new JournalError("Could not catch up: what was missed is no longer kept");
  }

  #deliver(entry: JournalEntry): void {
    const { fanOut, find } = this.#options;
    for (const [member, after] of this.#ahead) {
      if (entry.offset > after) this.#ahead.delete(member);
      else fanOut.replaceNext(member.connection);
    }
    const sender = find(entry.clientId);
    if (sender && !this.#ahead.has(sender)) fanOut.replaceNext(sender.connection, toAck(entry));
    fanOut.announce(toChat(entry));
  }

  #acknowledge(entry: JournalEntry): void {
    const { fanOut, find } = this.#options;
    const sender = find(entry.clientId);
    const ack = toAck(entry);
    if (sender && ack) fanOut.send(sender.connection, ack);
  }

  #refuse({ clientId, id }: Chat): void {
    const { fanOut, find } = this.#options;
    const sender = find(clientId);
    if (sender === undefined) return;
    const message = "could not send the chat: it could not be ordered now; send it again";
    const error = { type: "error", code: "unavailable", message } as const;
    fanOut.send(sender.connection, id === undefined ? error : { ...error, id });
  }
}

/** What a member gets of a chat that it has missed. */
function toReplay(entry: JournalEntry, member: Member): readonly ServerMessage[] {
  if (entry.clientId !== member.online?.session.clientId) return [toChat(entry)];
  const ack = toAck(entry);
  return ack === undefined ? [] : [ack];
}
