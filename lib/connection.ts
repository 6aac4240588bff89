/**
 * One socket: what may come in, what goes out and in which order, and its end. Who it belongs to and what its messages
 * mean is the hub's business.
 *
 * Invariant: what is held for a peer is bounded in bytes and in age, whatever the peer does; nothing here throws.
 *
 * @module
 */

import { Backlog } from "./backlog.ts";
import { CloseCode, LOST } from "./close_codes.ts";
import type { Traffic } from "./traffic.ts";
import { type Announcement, FRAME_LENGTH, type Turn } from "./turn.ts";
import { encodeFor, type Format, type ServerMessage } from "./protocol.ts";
import { type RateLimit, TokenBucket } from "./token_bucket.ts";

/** The part of a WebSocket that a connection needs; tests give fakes. */
export type Socket = Pick<
  WebSocket,
  | "bufferedAmount"
  | "readyState"
  | "send"
  | "close"
  | "onopen"
  | "onmessage"
  | "onclose"
  | "onerror"
>;

/** What a socket does; an exception of a handler goes to `failed`. */
export interface SocketHandlers {
  readonly opened: () => void;
  /** Not called any more once it has been decided to close. */
  readonly received: (data: unknown) => void;
  /** Called once, with the close code. */
  readonly ended: (code: number) => void;
  readonly failed: (error: unknown) => void;
}

/** The socket is fed only while it holds less than this. */
const LOW_WATER_BYTES = 64 * 1024;
/** A turn that is longer is fed in parts. */
const TURN_LENGTH = 256 * 1024;
/** How long a queue may be over its bound while nothing is read, and how far: a burst takes its time to those who read. */
const OVER_BOUND = { ms: 500, times: 16 } as const;
/** How often a list may be asked for: it is thousands of times as long as the question. */
const LISTS: RateLimit = { perSecond: 1, burst: 5 };
/** How long the oldest waiting message may wait. */
const QUEUE_AGE_MS = 10_000;
/** So many refusals within this time, and the connection is closed. */
const REFUSALS = { count: 40, withinMs: 10_000 } as const;

/** How long a peer that is sending is to be quiet before the close, and how often that is waited for at the most. */
const QUIET_MS = 30;
const HANG_UP_TRIES = 15;

/** Sees the frames of one connection. Must not throw. */
export interface FrameObserver {
  received(data: unknown): void;
  sent(frame: string): void;
}

/** What {@linkcode Connection} takes. */
export interface ConnectionOptions {
  readonly socket: Socket;
  readonly format: Format;
  readonly address: string;
  readonly frameBytes: number;
  readonly queueBytes: number;
  readonly rate: RateLimit;
  /** Ms since any moment; never set back. */
  readonly elapsed: () => number;
  /** Where what comes and goes is counted. */
  readonly traffic?: Traffic | undefined;
}

/** What a frame of the client turned out to be. */
export type Accepted =
  | { readonly is: "lines"; readonly lines: readonly string[] }
  | { readonly is: "refused"; readonly code: CloseCode; readonly reason: string };

/** Whether one message may pass; `close` where there were too many that might not. */
export type RateVerdict =
  | { readonly is: "passed" }
  | { readonly is: "limited"; readonly retryAfterMs: number }
  | { readonly is: "close" };

interface Edit {
  /** The index in the turn before which `line` goes. */
  readonly at: number;
  readonly line: string | undefined;
  /** Whether the announcement at `at` is left out: it is one's own. */
  readonly skips: boolean;
}

/** A connection of the pool. */
export class Connection {
  readonly format: Format;
  readonly address: string;
  /** By `elapsed`. */
  readonly openedAt: number;
  /** How many chats have come from the client, and how many were given to it, those that wait among them. */
  chatsIn = 0;
  chatsOut = 0;
  /** The round trip that the client measured last, by its own account, in ms. */
  roundTripMs: number | undefined;
  /** Set only while somebody looks. */
  observer: FrameObserver | undefined;
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #bucket: TokenBucket;
  readonly #lists: TokenBucket;
  /** What differs from the turn that everybody gets. */
  #edits: Edit[] = [];
  /** How much of its own is among it, in bytes. */
  #editBytes = 0;
  /** Where the turn in which it came begins for it. */
  #from = 0;
  #backlog: Backlog | undefined;
  #closed = false;
  #heardAt = -Infinity;
  /** How many frames came after the decision to close. */
  #lateFrames = 0;
  /** Since when the queue is over its bound. */
  #overSince = Infinity;
  /** When the peer last took something of a backlog, or the backlog began. */
  #progressAt = 0;
  #refusals = 0;
  #refusalsSince = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#socket = options.socket;
    this.#bucket = new TokenBucket(options.rate, options.elapsed());
    this.#lists = new TokenBucket(LISTS, options.elapsed());
    this.format = options.format;
    this.address = options.address;
    this.openedAt = options.elapsed();
  }

  /** Whether it has been decided to close, by either side. */
  get closed(): boolean {
    return this.#closed;
  }

  /** When the last frame came; by `elapsed`. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** Whether something waits for the peer to read. */
  get waiting(): boolean {
    return this.#backlog !== undefined;
  }

  /** Begins to listen to the socket. */
  listen(handlers: SocketHandlers): void {
    // A throw in a socket's handler would end the process.
    const total = (handler: () => void) => {
      try {
        handler();
      } catch (error) {
        handlers.failed(error);
      }
    };
    this.#socket.onopen = () => total(handlers.opened);
    this.#socket.onmessage = ({ data }) => {
      this.#heardAt = this.#options.elapsed();
      this.#options.traffic?.receive(data);
      this.observer?.received(data);
      if (this.#closed) this.#lateFrames++;
      else total(() => handlers.received(data));
    };
    this.#socket.onclose = ({ code }) => {
      // Deno may tell twice.
      this.#socket.onclose = null;
      // Deno's code for a connection that broke is 0; in the standard it is 1006.
      total(() => handlers.ended(code || LOST));
    };
    // A close follows and says more.
    this.#socket.onerror = () => {};
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

  /** Looks at a frame, before anything is parsed: its type and size. */
  accept(data: unknown): Accepted {
    if (typeof data !== "string") {
      return { is: "refused", code: CloseCode.binaryFrame, reason: "binary frames are not read" };
    }
    const { frameBytes } = this.#options;
    // One UTF-16 unit takes at most 3 bytes: most frames need no counting.
    const fits = data.length * 3 <= frameBytes ||
      (data.length <= frameBytes && byteLength(data) <= frameBytes);
    if (!fits) {
      const reason = `a frame has at most ${frameBytes} bytes`;
      return { is: "refused", code: CloseCode.frameTooBig, reason };
    }
    if (this.format !== "ndjson") return { is: "lines", lines: [data] };
    const lines = data.split("\n").filter((line) => line.trim() !== "");
    // A frame of nothing counts like a message, or a flood of them would be free.
    return { is: "lines", lines: lines.length === 0 ? [""] : lines };
  }

  /** Counts one message against the rate. */
  countMessage(): RateVerdict {
    const now = this.#options.elapsed();
    const retryAfterMs = this.#bucket.take(now);
    if (retryAfterMs === 0) return { is: "passed" };
    if (now - this.#refusalsSince > REFUSALS.withinMs) {
      this.#refusals = 0;
      this.#refusalsSince = now;
    }
    this.#refusals++;
    return this.#refusals >= REFUSALS.count ? { is: "close" } : { is: "limited", retryAfterMs };
  }

  /** Counts a question for a list. Returns 0 where it may be answered, else in how many ms it may be asked again. */
  countList(): number {
    return this.#lists.take(this.#options.elapsed());
  }

  /** Puts a message of its own into the turn, at the place that the turn has reached. */
  add(turn: Turn, message: Announcement): void {
    const line = message.lineFor(this.format);
    if (line !== undefined) this.#edit({ at: turn.length, line, skips: false });
  }

  /** Leaves out the next announcement of the turn, which is its own; `message` takes its place. */
  replaceNext(turn: Turn, message?: ServerMessage): void {
    const line = message && encodeFor(this.format, message);
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
      const line = encodeFor(this.format, message);
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
    if (
      this.#backlog === undefined && this.#socket.bufferedAmount < LOW_WATER_BYTES &&
      turn.lengthFor(this.format) <= TURN_LENGTH
    ) {
      for (const frame of turn.frames(this.format)) this.#send(frame);
      this.chatsOut += turn.chats;
      return "ok";
    }
    return turn.chats === turn.length ? this.#takeWhole(turn) : this.#takeApart(turn);
  }

  // Nothing of chats is merged, so that what waits is what everybody gets: where all are behind at once, and it is the
  // server that has too much to do, to go through each line for each of them would be the end of it.
  #takeWhole(turn: Turn): "ok" | "too_slow" {
    const { traffic, elapsed } = this.#options;
    traffic?.sendTurn(turn, { format: this.format, count: -1 });
    if (traffic) traffic.deliveries += turn.chats;
    this.chatsOut += turn.chats;
    const now = elapsed();
    const backlog = this.#beginBacklog(now);
    for (const frame of turn.frames(this.format)) backlog.push(frame, now);
    return this.drain();
  }

  #takeApart(turn: Turn): "ok" | "too_slow" {
    this.#options.traffic?.sendTurn(turn, { format: this.format, count: -1 });
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
    const line = announcement.lineFor(this.format);
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
    const joins = this.format === "ndjson";
    while (this.#socket.bufferedAmount < LOW_WATER_BYTES) {
      const frame = backlog.shift(joins ? FRAME_LENGTH : 0);
      if (frame === undefined) {
        this.#backlog = undefined;
        return "ok";
      }
      this.#sendApart(frame);
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

  #sendApart(frame: string): void {
    this.#options.traffic?.send(frame);
    this.#send(frame);
  }

  #send(frame: string): void {
    // In another state it throws, and the close event is on its way.
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(frame);
    this.observer?.sent(frame);
  }

  /**
   * Ends the connection; idempotent. The hub takes it out of the pool in the same turn.
   *
   * @param last Sent before the close, past whatever waits: why.
   */
  close(code: CloseCode, reason: string, last?: ServerMessage): void {
    if (this.#closed) return;
    this.leave();
    const line = last && encodeFor(this.format, last);
    // Not at once: called from a message handler while more frames wait, Deno would never send the close frame.
    setTimeout(() => {
      if (line !== undefined) this.#sendApart(line);
      const isSending = this.#options.elapsed() - this.#heardAt < QUIET_MS;
      // Of all who are sent away at once some are just about to say something; having been told, they stop.
      const waits = isSending || code === CloseCode.leaving;
      this.#hangUp({ code, reason }, waits ? HANG_UP_TRIES : 0);
    }, 0);
  }

  // Of a peer that is sending, what it has sent is read first: closing over unread data would reset the connection, and
  // the peer would not hear why.
  #hangUp(end: { readonly code: number; readonly reason: string }, tries: number): void {
    if (tries === 0) {
      try {
        this.#socket.close(end.code, end.reason);
      } catch {
        // The peer was faster.
      }
      return;
    }
    const framesBefore = this.#lateFrames;
    setTimeout(() => {
      this.#hangUp(end, this.#lateFrames === framesBefore ? 0 : tries - 1);
    }, QUIET_MS);
  }

  /** Forgets what waits: the peer is gone. Idempotent. */
  leave(): void {
    this.#closed = true;
    this.#backlog = undefined;
    this.#edits = [];
  }
}

const encoder = new TextEncoder();

/** The length of a text in UTF-8 bytes. */
function byteLength(text: string): number {
  return encoder.encode(text).length;
}
