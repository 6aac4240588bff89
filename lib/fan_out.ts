/**
 * From one to all: gathers what a turn of the event loop brings and hands it to every connection, each at its own pace.
 * What the messages mean is the hub's business.
 *
 * Invariant: all connections get the announcements in one order, and one that reads slowly delays nobody else.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import { systemTime, type Time } from "./clock.ts";
import type { Connection } from "./connection.ts";
import type { Metrics } from "./metrics.ts";
import type { ServerMessage } from "./protocol.ts";
import { Announcement, Turn } from "./turn.ts";

/** How often the sockets of slow readers are looked at: they do not tell when they have room. */
const POLL_MS = { stalled: 20, reading: 2 } as const;
/** How long those who are behind may be fed at a time, and for how long then everybody else has the turn: to write costs
 * about as much again later as it does at once. */
const SLICE_MS = 0.5;
const PAUSE_MS = 4;

/** Where a turn took longer to be written, the next one that comes right after it gathers for a moment: a frame of two
 * chats costs little more than one of a single one. */
const BUSY_MS = 0.2;
const GATHER_MS = 1;

/** What {@linkcode FanOut} takes. */
export interface FanOutOptions {
  /** Called for a connection that reads too slowly; it is expected to remove it. */
  readonly onTooSlow: (connection: Connection) => void;
  /** Calls back when the turn is over; by default when all that has come in by now has been handled. */
  readonly afterTurn?: (callback: () => void) => void;
  readonly time?: Time;
  readonly metrics?: Pick<Metrics, "traffic" | "written"> | undefined;
}

// Two, because the first one runs before the sockets are read again: messages that lie there already join the turn.
const afterTwoImmediates = (callback: () => void) => {
  setImmediate(() => setImmediate(callback));
};

/** The connections that receive, and the turn that gathers for them. */
export class FanOut {
  readonly #options: Required<FanOutOptions>;
  readonly #connections = new Set<Connection>();
  /** Those that something of their own waits for in this turn. */
  #touched = new Set<Connection>();
  readonly #slow = new Set<Connection>();
  #turn = new Turn();
  /** Those that are fed outside of the turns, with what is to be called when the peer has taken it. */
  readonly #fed = new Map<Connection, () => void>();
  #planned = false;
  /** When the last turn for all was over, by `elapsed`, and how long it took. */
  #wroteAt = -Infinity;
  #wroteMs = 0;
  #polling = false;
  /** By `elapsed`. */
  #sliceEndsAt = -Infinity;

  constructor(options: FanOutOptions) {
    const defaults = { afterTurn: afterTwoImmediates, time: systemTime, metrics: undefined };
    this.#options = { ...defaults, ...options };
  }

  /** How many connections receive. */
  get size(): number {
    return this.#connections.size;
  }

  /** Adds a connection: what is announced from now on is for it. */
  add(connection: Connection): void {
    connection.writer.enter(this.#turn);
    this.#connections.add(connection);
  }

  /** Ends the turn now where something of its own waits for a connection: it is about to be closed. */
  settle(connection: Connection): void {
    if (this.#touched.has(connection)) this.flush();
  }

  /** Removes a connection; idempotent. */
  remove(connection: Connection): void {
    this.#connections.delete(connection);
    this.#touched.delete(connection);
    this.#done(connection);
  }

  /**
   * Gives messages to one that is not added yet. Resolves when its peer has taken them, or when it is removed.
   *
   * @param feed `isLast`: they go out at once, as nothing more keeps it from being added.
   */
  feed(
    connection: Connection,
    feed: { readonly messages: readonly ServerMessage[]; readonly isLast?: boolean },
  ): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const before = this.#fed.get(connection);
    this.#fed.set(connection, () => {
      before?.();
      resolve();
    });
    connection.writer.keep(feed.messages);
    if (feed.isLast || this.#hasTime) this.#drain(connection);
    if (this.#fed.size > 0) this.#poll(POLL_MS.reading);
    return promise;
  }

  /** To one. It leaves with the turn, after what was announced before. */
  send(connection: Connection, message: ServerMessage): void {
    this.sendShared(connection, new Announcement(message));
  }

  /** To one, what others get too: it is encoded once for all of them. Else as {@linkcode FanOut.send}. */
  sendShared(connection: Connection, message: Announcement): void {
    if (!this.#connections.has(connection)) return;
    connection.writer.add(this.#turn, message);
    this.#touch(connection);
  }

  /** To all. It leaves with the turn. */
  announce(message: ServerMessage): void {
    this.#turn.announce(message);
    this.#plan();
  }

  /** Leaves the next announcement out for one; that one gets `instead` in its place, or nothing. */
  replaceNext(connection: Connection, instead?: ServerMessage): void {
    if (!this.#connections.has(connection)) return;
    connection.writer.replaceNext(this.#turn, instead);
    this.#touch(connection);
  }

  /** How much waits for those who read slowly, in bytes: for all of them, and the most for one. */
  get queues(): { readonly bytes: number; readonly largest: number } {
    const sizes = [...this.#slow, ...this.#fed.keys()].map(({ writer }) => writer.waitingBytes);
    return { bytes: sizes.reduce((sum, size) => sum + size, 0), largest: Math.max(0, ...sizes) };
  }

  /** Ends the turn now. */
  flush(): void {
    const turn = this.#turn;
    const receivers = turn.length === 0 ? this.#touched : this.#connections;
    this.#turn = new Turn();
    this.#touched = new Set();
    const tooSlow: Connection[] = [];
    const { elapsed } = this.#options.time;
    const begun = elapsed();
    for (const connection of receivers) {
      if (connection.writer.take(turn) === "too_slow") tooSlow.push(connection);
      else if (connection.writer.waiting) this.#slow.add(connection);
    }
    if (turn.length > 0) {
      this.#wroteAt = elapsed();
      this.#wroteMs = this.#wroteAt - begun;
      this.#options.metrics?.traffic.sendTurn(turn);
      this.#options.metrics?.written();
    }
    // Afterwards, so that the set does not change while it is walked.
    for (const connection of tooSlow) this.#options.onTooSlow(connection);
    if (this.#slow.size > 0) this.#poll(POLL_MS.reading);
  }

  #touch(connection: Connection): void {
    this.#touched.add(connection);
    this.#plan();
  }

  #done(connection: Connection): void {
    this.#slow.delete(connection);
    this.#fed.get(connection)?.();
    this.#fed.delete(connection);
  }

  #plan(): void {
    if (this.#planned) return;
    this.#planned = true;
    const { afterTurn, time } = this.#options;
    const callback = () => {
      this.#planned = false;
      this.flush();
    };
    const gathers = this.#wroteMs > BUSY_MS && time.elapsed() - this.#wroteAt < GATHER_MS;
    if (gathers) time.after(GATHER_MS, callback);
    else afterTurn(callback);
  }

  #poll(afterMs: number): void {
    if (this.#polling) return;
    this.#polling = true;
    this.#options.time.after(afterMs, () => {
      this.#polling = false;
      const isReading = [...this.#slow].filter((connection) => this.#drain(connection)).length > 0;
      const isSoon = this.#drainFed() || isReading;
      if (this.#slow.size + this.#fed.size > 0) this.#poll(POLL_MS[isSoon ? "reading" : "stalled"]);
    });
  }

  /** Feeds those who are behind, one after the other, as long as there is time; returns whether to look again soon. */
  #drainFed(): boolean {
    let isReading = false;
    for (const [connection, done] of [...this.#fed]) {
      if (!this.#hasTime) return true;
      // To the end of the line, so that all of them have their turn.
      this.#fed.delete(connection);
      this.#fed.set(connection, done);
      if (this.#drain(connection)) isReading = true;
    }
    return isReading;
  }

  /** Returns whether its peer took something. */
  #drain(connection: Connection): boolean {
    const before = connection.writer.waitingBytes;
    if (connection.writer.drain() === "too_slow") this.#options.onTooSlow(connection);
    else if (!connection.writer.waiting) this.#done(connection);
    return connection.writer.waitingBytes < before;
  }

  /** Whether those who are behind may be fed now. */
  get #hasTime(): boolean {
    const now = this.#options.time.elapsed();
    if (now >= this.#sliceEndsAt + PAUSE_MS) this.#sliceEndsAt = now + SLICE_MS;
    return now < this.#sliceEndsAt;
  }
}
