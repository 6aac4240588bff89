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
  type Place,
  toAck,
  toChat,
} from "./journal.ts";
import type { Member } from "./member.ts";
import type { Metrics } from "./metrics.ts";
import type { OutsideChats } from "./outside_chats.ts";
import type { ServerMessage, ServerMessageOf } from "./protocol.ts";
import { traceSince } from "./tracing.ts";

/** How many chats are read at a time: of the longest ones, half of what may wait for a slow reader. */
const PAGE = 64;

/** What {@linkcode Delivery} takes. */
export interface DeliveryOptions {
  readonly journal: Journal;
  readonly fanOut: FanOut;
  /** Who is online on this node, by client_id. */
  readonly members: ReadonlyMap<string, Member>;
  /** Hears what becomes of the chats of those who are no members. */
  readonly outside: Pick<OutsideChats, "placed" | "refused">;
  /** The broker of the journal came or went. */
  readonly changed: () => void;
  /** Another epoch has begun. */
  readonly begun: () => void;
  /** A member says to have heard what there never was. */
  readonly mistaken: (member: Member) => void;
  readonly metrics: Pick<Metrics, "ordered" | "skips" | "refusedMessages">;
}

/** The chats of one node, on their way to its members. */
export class Delivery {
  readonly #options: DeliveryOptions;
  /** Those who are behind, and what they have been given. */
  readonly #behind = new Map<Member, number>();
  /** Those who have heard more than this node, by their own account, and up to where. */
  readonly #ahead = new Map<Member, number>();
  #epoch: string;
  /** The offset of the chat that was told last. */
  #told: number;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#epoch = options.journal.epoch;
    this.#told = options.journal.offset;
    options.journal.subscribe({
      entry: (entry) => this.#deliver(entry),
      repeated: (entry) => this.#acknowledge(entry),
      unavailable: (chat) => this.#refuse(chat),
      changed: () => this.#change(),
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
    const { connection, online } = member;
    if (begin.after > journal.offset) this.#ahead.set(member, begin.after);
    const { epoch } = journal;
    let messages = [begin.welcome];
    for (let position = begin.after; !connection.closed;) {
      const newest = journal.offset;
      if (position < newest) {
        const entries = journal.recent(position, PAGE) ?? await journal.read(position, PAGE);
        if (!await this.#isWhole({ epoch, after: position, entries })) {
          throw new JournalError("Could not catch up: what was missed is no longer kept");
        }
        if (connection.closed) return;
        messages.push(...entries.flatMap((entry) => toReplay(entry, online?.session.clientId)));
        position = entries.at(-1)?.offset ?? newest;
      }
      const isLast = position >= journal.offset;
      // Who needs nothing more does not wait for a slice.
      const fed = messages.length > 0 && fanOut.feed(connection, { messages, isLast });
      messages = [];
      if (connection.closed) return;
      // No await lies between having everything and hearing the first announcement.
      if (isLast && !connection.writer.waiting) {
        this.#behind.delete(member);
        member.follows = true;
        return fanOut.add(connection);
      }
      this.#behind.set(member, position);
      await fed;
    }
  }

  /** Tells everybody the time; those who are behind with the offset that they have come to. */
  tick(time: ServerMessageOf<"time">): void {
    const { fanOut } = this.#options;
    for (const [{ connection }, offset] of this.#behind) {
      void fanOut.feed(connection, { messages: [{ ...time, offset }] });
    }
    // Chats go before it by themselves: a turn of nothing else costs less to those who are behind.
    fanOut.flush();
    fanOut.announce(time);
    // At once: a tick that waits for the end of a busy turn is late.
    fanOut.flush();
  }

  /** Forgets a member. */
  remove(member: Member): void {
    this.#ahead.delete(member);
    this.#behind.delete(member);
  }

  /** Whether nothing is missing among what was read; the offsets may jump where the journal never had more. */
  async #isWhole({ epoch, after, entries }: {
    readonly epoch: string;
    readonly after: number;
    readonly entries: readonly JournalEntry[];
  }): Promise<boolean | undefined> {
    const { journal } = this.#options;
    if (epoch !== journal.epoch) return false;
    const hasNoHole = entries.length > 0 && entries.at(-1)?.offset === after + entries.length;
    return hasNoHole || await journal.reaches(epoch, after);
  }

  #change(): void {
    const { journal: { epoch, offset }, changed, begun } = this.#options;
    changed();
    if (epoch === this.#epoch) return void this.#askForThoseAhead();
    this.#epoch = epoch;
    this.#told = offset;
    this.#ahead.clear();
    begun();
  }

  // Where it could not be asked they were believed.
  async #askForThoseAhead(): Promise<void> {
    const { journal, mistaken } = this.#options;
    for (const [member, after] of [...this.#ahead]) {
      const reaches = await journal.reaches(journal.epoch, after);
      if (reaches === false && this.#ahead.has(member)) mistaken(member);
    }
  }

  #deliver(entry: JournalEntry): void {
    const { fanOut, members, metrics, outside } = this.#options;
    outside.placed(entry);
    if (entry.heardAt !== undefined) {
      metrics.ordered(entry.heardAt);
      const attributes = { "pulso.offset": entry.offset };
      traceSince({ name: "append", startedAt: entry.heardAt, attributes });
    }
    if (entry.offset > this.#told + 1) metrics.skips++;
    this.#told = entry.offset;
    for (const [member, after] of this.#ahead) {
      if (entry.offset > after) this.#ahead.delete(member);
      else fanOut.replaceNext(member.connection);
    }
    const sender = members.get(entry.clientId);
    if (sender && !this.#ahead.has(sender)) fanOut.replaceNext(sender.connection, toAck(entry));
    fanOut.announce(toChat(entry));
  }

  #acknowledge(place: Place): void {
    const { fanOut, members, outside } = this.#options;
    outside.placed(place);
    const sender = members.get(place.clientId);
    const ack = toAck(place);
    if (sender && ack) fanOut.send(sender.connection, ack);
  }

  #refuse(chat: Chat): void {
    const { fanOut, members, metrics, outside } = this.#options;
    const { clientId, id } = chat;
    outside.refused(chat);
    const sender = members.get(clientId);
    if (sender === undefined) return;
    metrics.refusedMessages.add("unavailable");
    const message = "could not send the chat: it could not be ordered now; send it again";
    const error = { type: "error", code: "unavailable", message } as const;
    fanOut.send(sender.connection, id === undefined ? error : { ...error, id });
  }
}

/** What whoever is `clientId` gets of a chat that it has missed. */
function toReplay(entry: JournalEntry, clientId: string | undefined): readonly ServerMessage[] {
  if (entry.clientId !== clientId) return [toChat(entry)];
  const ack = toAck(entry);
  return ack === undefined ? [] : [ack];
}
