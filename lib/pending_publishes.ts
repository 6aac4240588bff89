/**
 * The chats that wait for their place in the order, where that is given elsewhere. Who gives it, and who is told, is
 * `lib/journal_nats.ts`'s business.
 *
 * Invariant: each waits no longer than the deadline; how many there are, and their bytes, are bounded; they stay in the
 * order in which they came.
 *
 * @module
 */

import type { Time } from "./clock.ts";
import type { Chat } from "./journal.ts";

/** A chat that waits for its place. */
export interface PendingPublish {
  readonly chat: Chat;
  /** Counts up by one, also over those that no longer wait. */
  readonly number: number;
  /** Under which it gets one place, however often it is sent. */
  readonly messageId: string;
  readonly data: Uint8Array;
  /** How often it was asked for: each wants an answer. */
  readonly times: number;
}

/** What {@linkcode PendingPublishes} takes. */
export interface PendingPublishesOptions {
  readonly time: Pick<Time, "after" | "elapsed">;
  /** How long a chat waits at the most, in ms. */
  readonly deadlineMs?: number;
  readonly maxCount?: number;
  readonly maxBytes?: number;
  /** It has waited too long, and waits no more. */
  readonly expired: (waiting: PendingPublish) => void;
}

/** By default: 5 s, as the protocol says; and what a broker places in less than that. */
const LIMITS = { deadlineMs: 5000, maxCount: 10_000, maxBytes: 16_777_216 } as const;

/** The chats that wait, oldest first. */
export class PendingPublishes {
  readonly #options: Required<PendingPublishesOptions>;
  readonly #byMessageId = new Map<
    string,
    PendingPublish & { times: number; readonly since: number }
  >();
  readonly #messageIds = new Map<number, string>();
  #number = 0;
  #bytes = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(options: PendingPublishesOptions) {
    this.#options = { ...LIMITS, ...options };
  }

  /**
   * Adds a chat.
   *
   * @returns It where it is a new one, `joined` where one of its id waits already, `full` where there is no room for it.
   */
  add(
    chat: Pick<PendingPublish, "chat" | "messageId" | "data">,
  ): PendingPublish | "joined" | "full" {
    const known = this.#byMessageId.get(chat.messageId);
    if (known !== undefined) {
      known.times++;
      return "joined";
    }
    const { maxCount, maxBytes, time } = this.#options;
    const bytes = this.#bytes + chat.data.length;
    if (this.#byMessageId.size >= maxCount || bytes > maxBytes) return "full";
    this.#bytes = bytes;
    const waiting = { ...chat, number: ++this.#number, times: 1, since: time.elapsed() };
    this.#byMessageId.set(chat.messageId, waiting);
    this.#messageIds.set(waiting.number, chat.messageId);
    this.#watch();
    return waiting;
  }

  /** All of them, oldest first. */
  all(): readonly PendingPublish[] {
    return [...this.#byMessageId.values()];
  }

  /** The one of a number, where it still waits. */
  find(number: number): PendingPublish | undefined {
    const messageId = this.#messageIds.get(number);
    return messageId === undefined ? undefined : this.#byMessageId.get(messageId);
  }

  /** Takes one out; `undefined` where none of this id waits. */
  take(messageId: string): PendingPublish | undefined {
    const waiting = this.#byMessageId.get(messageId);
    if (waiting === undefined) return undefined;
    this.#byMessageId.delete(messageId);
    this.#messageIds.delete(waiting.number);
    this.#bytes -= waiting.data.length;
    return waiting;
  }

  /** Forgets all, and tells nobody. */
  clear(): void {
    for (const { messageId } of this.all()) this.take(messageId);
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  /** One timer for all: the oldest is due first. It may fire for one that is gone, and waits on for the next. */
  #watch(): void {
    if (this.#cancelTimer !== undefined) return;
    const [oldest] = this.#byMessageId.values();
    if (oldest === undefined) return;
    const { time, deadlineMs } = this.#options;
    const left = Math.max(0, oldest.since + deadlineMs - time.elapsed());
    this.#cancelTimer = time.after(left, () => {
      this.#cancelTimer = undefined;
      this.#expire();
      this.#watch();
    });
  }

  #expire(): void {
    const { time, deadlineMs, expired } = this.#options;
    const due = time.elapsed() - deadlineMs;
    for (const waiting of this.#byMessageId.values()) {
      if (waiting.since > due) return;
      this.take(waiting.messageId);
      expired(waiting);
    }
  }
}
