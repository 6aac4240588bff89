/**
 * The chats of one's own that are on their way: kept until there is a connection, paced below the server's rate, sent
 * again after a loss and after `rate_limited`, and told apart into sent and failed.
 *
 * Invariant: chats leave in the order in which they were said, but for one that the server sends back for the rate, which
 * those that left right after it may pass. Each of them ends exactly once, but for one that has failed and gets its place in
 * the order later: it ends as sent.
 *
 * @module
 */

import type { ErrorCode, ServerMessageOf } from "../lib/protocol.ts";
import { BoundedMap } from "./bounded_map.ts";
import type { Surroundings } from "./surroundings.ts";
import { namedWaitMs } from "./timing.ts";

/** Why a chat failed: an error code of the server, a loss that leaves its fate unknown, too many waiting, or by wish. */
export type ChatFailure = ErrorCode | "unknown" | "full" | "discarded" | "renamed";

/** A chat of one's own, and what became of it. */
export interface OutgoingChat {
  readonly id: string;
  readonly text: string;
  /** `isTransmitted`: whether it has been on its way, on this connection or on one before, so that it may have arrived. */
  readonly state:
    | { readonly at: "waiting"; readonly isTransmitted: boolean }
    | { readonly at: "sent"; readonly ack: ServerMessageOf<"ack"> }
    | { readonly at: "failed"; readonly why: ChatFailure };
}

interface Entry {
  readonly id: string;
  readonly text: string;
  isTransmitted: boolean;
  /** Whether it was transmitted on a connection that was lost before the ack. */
  isInDoubt: boolean;
}

/** How many chats may be on their way, and of how many that failed the ack is still understood. */
export const ENTRIES_MOST = 100;

/** What {@linkcode Outbox} takes. */
export interface OutboxOptions {
  readonly surroundings: Surroundings;
  /** Hands a message to the socket; false where there is none. */
  readonly transmit: (message: Record<string, unknown>) => boolean;
  readonly changed: (chat: OutgoingChat) => void;
}

/** The outbox of one {@linkcode Connection}. */
export class Outbox {
  readonly #options: OutboxOptions;
  // In the order of their sending: a Map keeps it, also when the first is acknowledged in between.
  readonly #entries = new Map<string, Entry>();
  /** The texts of those that failed and may get their place yet, by their ids, oldest first. */
  readonly #failed = new BoundedMap<string, string>(ENTRIES_MOST);
  #open = false;
  #perSecond = Infinity;
  #messageLength = Infinity;
  #nextAt = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** How many chats have not ended. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * Takes a chat in and sends it as soon as may be, by an id of before if it is sent again; returns its id. Where too many
   * are on their way, it fails at once; where it is itself on its way still, nothing happens.
   */
  add(text: string, id: string = newId()): string {
    if (this.#entries.has(id)) return id;
    const entry = { id, text, isTransmitted: false, isInDoubt: false };
    this.#failed.delete(id);
    this.#options.changed({ id, text, state: { at: "waiting", isTransmitted: false } });
    if (this.#entries.size >= ENTRIES_MOST) this.#fail(entry, "full");
    else this.#entries.set(id, entry);
    this.#pump();
    return id;
  }

  /** Gives up a chat that has not been on its way; returns whether there was one. */
  discard(id: string): boolean {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.isTransmitted || entry.isInDoubt) return false;
    this.#fail(entry, "discarded");
    return true;
  }

  /** How long to wait before the next message so as to stay below the server's rate, in ms; 0 for not at all. */
  get waitMs(): number {
    return Math.max(0, this.#nextAt - this.#options.surroundings.elapsed());
  }

  /** Something other than a chat was sent: it counts towards the server's rate like one. */
  spend(): void {
    // A credit of half a second lets a person's quick lines out at once.
    const from = Math.max(this.#nextAt, this.#options.surroundings.elapsed() - 500);
    this.#nextAt = from + 1000 / this.#perSecond;
  }

  /** There is a connection: sends what waits, a little below the server's rate. */
  resume(limits: ServerMessageOf<"welcome">["limits"]): void {
    this.#open = true;
    this.#perSecond = (limits.messages_per_second ?? Infinity) * 0.9;
    this.#messageLength = limits.message_length ?? Infinity;
    this.#pump();
  }

  /** The connection is gone: what was transmitted and not acknowledged is sent again with the rest. */
  pause(): void {
    this.#open = false;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    for (const entry of this.#entries.values()) {
      entry.isInDoubt ||= entry.isTransmitted;
      entry.isTransmitted = false;
    }
  }

  /** The session is over: nobody would know that what is in doubt is sent again, so it has an unknown fate. */
  abandon(): void {
    for (const entry of [...this.#entries.values()]) {
      if (entry.isInDoubt) this.#fail(entry, "unknown");
    }
  }

  /** Gives up everything that waits. */
  giveUp(why: ChatFailure): void {
    for (const entry of [...this.#entries.values()]) this.#fail(entry, why);
  }

  /** The server has taken a chat; returns whether that was known of and not told yet. */
  acknowledged(ack: ServerMessageOf<"ack">): boolean {
    const { id } = ack;
    const text = this.#entries.get(id)?.text ?? this.#failed.get(id);
    if (text === undefined) return false;
    this.#entries.delete(id);
    this.#failed.delete(id);
    this.#options.changed({ id, text, state: { at: "sent", ack } });
    return true;
  }

  /** The server has refused something; a chat over the rate is sent again when it may be. */
  refused(error: ServerMessageOf<"error">): void {
    const entry = error.id === undefined ? undefined : this.#entries.get(error.id);
    if (entry === undefined) return;
    if (error.code !== "rate_limited") return this.#fail(entry, error.code);
    this.#mark(entry, false);
    const waitMs = namedWaitMs(error.retry_after_ms ?? 1000);
    this.#nextAt = this.#options.surroundings.elapsed() + waitMs;
    this.#pump();
  }

  #fail({ id, text, isTransmitted, isInDoubt }: Entry, why: ChatFailure): void {
    this.#entries.delete(id);
    if (isTransmitted || isInDoubt) this.#failed.set(id, text);
    this.#options.changed({ id, text, state: { at: "failed", why } });
  }

  #pump(): void {
    if (!this.#open || this.#cancelTimer !== undefined) return;
    // A copy, as a chat that is too long ends here.
    for (const entry of [...this.#entries.values()]) {
      if (entry.isTransmitted) continue;
      // A frame over the server's limit would be the end of the connection, and no answer about the chat.
      if (entry.text.trim().length > this.#messageLength) {
        this.#fail(entry, entry.isInDoubt ? "unknown" : "message_too_long");
        continue;
      }
      const { waitMs } = this;
      if (waitMs > 0) {
        this.#cancelTimer = this.#options.surroundings.after(waitMs, () => {
          this.#cancelTimer = undefined;
          this.#pump();
        });
        return;
      }
      const { id, text } = entry;
      if (!this.#options.transmit({ type: "chat", message: text, id })) return;
      this.#mark(entry, true);
      this.spend();
    }
  }

  #mark(entry: Entry, isTransmitted: boolean): void {
    const { id, text, isInDoubt } = entry;
    entry.isTransmitted = isTransmitted;
    const state = { at: "waiting", isTransmitted: isTransmitted || isInDoubt } as const;
    this.#options.changed({ id, text, state });
  }
}

/** An id of which there is no other. Not `crypto.randomUUID()`: browsers keep it from pages over plain HTTP. */
function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join(
    "-",
  );
}
