/**
 * What goes out by one socket: in which order, how fast, and how much may wait. Who is written to, and what, is the
 * fan-out's business.
 *
 * Invariant: what is held for a peer is bounded in bytes and in age, whatever the peer does; nothing here throws.
 *
 * @module
 */

import { Backlog } from "./backlog.ts";
import { encodeFor, type Format, type ServerMessage } from "./protocol.ts";
import type { Traffic } from "./traffic.ts";
import { type Announcement, FRAME_LENGTH, type Turn } from "./turn.ts";

/** The socket is fed only while it holds less than this. */
const LOW_WATER_BYTES = 64 * 1024;
/** A turn that is longer is fed in parts. */
const TURN_LENGTH = 256 * 1024;
/** How long a queue may be over its bound while nothing is read, and how far: a burst takes its time to those who read. */
const OVER_BOUND = { ms: 500, times: 16 } as const;
/** How long the oldest waiting message may wait. */
const QUEUE_AGE_MS = 10_000;

/** What {@linkcode SocketWriter} takes. */
export interface SocketWriterOptions {
  readonly socket: Pick<WebSocket, "bufferedAmount" | "readyState" | "send">;
  readonly format: Format;
  readonly queueBytes: number;
  /** Ms since any moment; never set back. */
  readonly elapsed: () => number;
  /** Where what goes out is counted. */
  readonly traffic?: Traffic | undefined;
}

interface Edit {
  /** The index in the turn before which `line` goes. */
  readonly at: number;
  readonly line: string | undefined;
  /** Whether the announcement at `at` is left out: it is one's own. */
  readonly skips: boolean;
}

/** Writes to one socket. */
export class SocketWriter {
  /** How many chats were given to the peer, those that wait among them. */
  chatsOut = 0;
  /** Sees the frames that go out; must not throw. Set only while somebody looks. */
  onSent: ((frame: string) => void) | undefined;
  readonly #options: SocketWriterOptions;
  readonly #socket: SocketWriterOptions["socket"];
  readonly #format: Format;
  /** What differs from the turn that everybody gets. */
  #edits: Edit[] = [];
  /** How much of its own is among it, in bytes. */
  #editBytes = 0;
  /** Where the turn in which it came begins for it. */
  #from = 0;
  #backlog: Backlog | undefined;
  /** Since when the queue is over its bound. */
  #overSince = Infinity;
  /** When the peer last took something of a backlog, or the backlog began. */
  #progressAt = 0;

  constructor(options: SocketWriterOptions) {
    this.#options = options;
    this.#socket = options.socket;
    this.#format = options.format;
  }

  /** Whether something waits for the peer to read. */
  get waiting(): boolean {
    return this.#backlog !== undefined;
  }

  /** How much waits, in bytes. */
  get waitingBytes(): number {
    return this.#backlog?.bytes ?? 0;
  }

  /** How much the peer has not taken, in bytes: what waits here, and what the socket holds. */
  get queueBytes(): number {
    return this.waitingBytes + this.#socket.bufferedAmount;
  }

  /**
   * Whether as much of its own waits as may for a slow reader, what it asked for and has not taken: until it has, nothing
   * long is to be added.
   */
  get isFull(): boolean {
    return this.#editBytes + (this.#backlog?.ownBytes ?? 0) >= this.#options.queueBytes;
  }

  /** Puts a message of its own into the turn, at the place that the turn has reached. */
  add(turn: Turn, message: Announcement): void {
    const line = message.lineFor(this.#format);
    if (line !== undefined) this.#edit({ at: turn.length, line, skips: false });
  }

  /** Leaves out the next announcement of the turn, which is its own; `message` takes its place. */
  replaceNext(turn: Turn, message?: ServerMessage): void {
    const line = message && encodeFor(this.#format, message);
    this.#edit({ at: turn.length, line, skips: true });
  }

  #edit(edit: Edit): void {
    this.#edits.push(edit);
    this.#editBytes += 2 * (edit.line?.length ?? 0);
  }

  /** Begins in the middle of a turn: what it has so far is not for this connection. */
  enter(turn: Turn): void {
    this.#from = turn.length;
  }

  /** Keeps messages of its own, outside of any turn, until it is drained. */
  keep(messages: readonly ServerMessage[]): void {
    const now = this.#options.elapsed();
    const backlog = this.#beginBacklog(now);
    for (const message of messages) {
      const line = encodeFor(this.#format, message);
      if (line === undefined) continue;
      backlog.push(line, now);
      this.#count(message);
    }
  }

  /** Keeps a line that is none of the room's, outside of any turn, until it is drained. */
  keepLine(line: string): void {
    const now = this.#options.elapsed();
    this.#beginBacklog(now).push(line, now);
  }

  #count(message: ServerMessage): void {
    if (message.type !== "chat") return;
    this.chatsOut++;
    if (this.#options.traffic) this.#options.traffic.deliveries++;
  }

  /**
   * Takes a turn: sends it at once where the peer keeps up, else keeps it. Where nothing sets this connection apart, the
   * frame is the one that everybody gets.
   *
   * @returns Whether the peer reads too slowly: it is for the hub to close the connection.
   */
  take(turn: Turn): "ok" | "too_slow" {
    if (this.#edits.length > 0 || this.#from > 0) return this.#takeApart(turn);
    const share = turn.share(this.#format);
    if (
      this.#backlog === undefined && this.#socket.bufferedAmount < LOW_WATER_BYTES &&
      share.length <= TURN_LENGTH
    ) {
      for (const frame of share.frames) this.#send(frame);
      share.receivers++;
      this.chatsOut += turn.chats;
      return "ok";
    }
    return turn.chats === turn.length ? this.#takeWhole(turn) : this.#takeApart(turn);
  }

  // Nothing of chats is merged, so that what waits is what everybody gets: where all are behind at once, and it is the
  // server that has too much to do, to go through each line for each of them would be the end of it.
  #takeWhole(turn: Turn): "ok" | "too_slow" {
    const { traffic, elapsed } = this.#options;
    if (traffic) traffic.deliveries += turn.chats;
    this.chatsOut += turn.chats;
    const now = elapsed();
    const backlog = this.#beginBacklog(now);
    for (const frame of turn.share(this.#format).frames) backlog.push(frame, now);
    return this.drain();
  }

  #takeApart(turn: Turn): "ok" | "too_slow" {
    const now = this.#options.elapsed();
    const backlog = this.#beginBacklog(now);
    let edit = 0;
    for (let at = this.#from; at <= turn.length; at++) {
      let skips = false;
      for (let next = this.#edits[edit]; next?.at === at; next = this.#edits[++edit]) {
        if (next.line !== undefined) backlog.pushOwn(next.line, now);
        skips ||= next.skips;
      }
      const announcement = turn.at(at);
      if (announcement !== undefined && !skips) this.#take(backlog, announcement, now);
    }
    this.#edits = [];
    this.#editBytes = 0;
    this.#from = 0;
    return this.drain();
  }

  #beginBacklog(now: number): Backlog {
    if (this.#backlog === undefined) this.#progressAt = now;
    return this.#backlog ??= new Backlog();
  }

  #take(backlog: Backlog, announcement: Announcement, now: number): void {
    const line = announcement.lineFor(this.#format);
    if (line === undefined) return;
    this.#count(announcement.message);
    switch (announcement.message.type) {
      case "time":
        return backlog.replaceTime(line);
      case "presence":
        return backlog.mergePresence(announcement.message, now, line);
      default:
        backlog.push(line, now);
    }
  }

  /**
   * Sends of what waits as much as the peer takes.
   *
   * @returns Whether the rest is too much or too old.
   */
  drain(): "ok" | "too_slow" {
    const backlog = this.#backlog;
    if (backlog === undefined) return "ok";
    const joins = this.#format === "ndjson";
    while (this.#socket.bufferedAmount < LOW_WATER_BYTES) {
      const frame = backlog.shift(joins ? FRAME_LENGTH : 0);
      if (frame === undefined) {
        this.#backlog = undefined;
        return "ok";
      }
      this.sendNow(frame);
      this.#progressAt = this.#options.elapsed();
    }
    const now = this.#options.elapsed();
    const tooOld = now - Math.min(backlog.since, this.#progressAt) > QUEUE_AGE_MS;
    return tooOld || this.#isOverBound(backlog.bytes, now) ? "too_slow" : "ok";
  }

  #isOverBound(bytes: number, now: number): boolean {
    const { queueBytes } = this.#options;
    if (bytes <= queueBytes) {
      this.#overSince = Infinity;
      return false;
    }
    this.#overSince = Math.min(this.#overSince, now);
    const stalledMs = now - Math.max(this.#overSince, this.#progressAt);
    return stalledMs > OVER_BOUND.ms || bytes > OVER_BOUND.times * queueBytes;
  }

  /** Sends a frame past whatever waits. */
  sendNow(frame: string): void {
    this.#options.traffic?.send(frame);
    this.#send(frame);
  }

  #send(frame: string): void {
    // In another state it throws, and the close event is on its way.
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(frame);
    this.onSent?.(frame);
  }

  /** Forgets what waits: the peer is gone. */
  clear(): void {
    this.#backlog = undefined;
    this.#edits = [];
  }
}
