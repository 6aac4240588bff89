/**
 * One socket: what may come in, and its end. What goes out is socket_writer.ts's business; who it belongs to and what its
 * messages mean is the hub's.
 *
 * Invariant: whatever the peer sends costs no more than its frame, and nothing here throws.
 *
 * @module
 */

import { CloseCode, LOST } from "./close_codes.ts";
import { encodeFor, type Format, type ServerMessage } from "./protocol.ts";
import { SocketWriter, type SocketWriterOptions } from "./socket_writer.ts";
import { type RateLimit, TokenBucket } from "./token_bucket.ts";

/** The part of a WebSocket that a connection needs; tests give fakes. */
export type Socket =
  & SocketWriterOptions["socket"]
  & Pick<WebSocket, "close" | "onopen" | "onmessage" | "onclose" | "onerror">;

/** What a socket does; an exception of a handler goes to `failed`. */
export interface SocketHandlers {
  readonly opened: () => void;
  /** Not called any more once it has been decided to close. */
  readonly received: (data: unknown) => void;
  /** Called once, with the close code. */
  readonly ended: (code: number) => void;
  readonly failed: (error: unknown) => void;
}

/** How often a list may be asked for: it is thousands of times as long as the question. */
const LISTS: RateLimit = { perSecond: 1, burst: 5 };
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
export interface ConnectionOptions extends SocketWriterOptions {
  readonly socket: Socket;
  readonly address: string;
  readonly frameBytes: number;
  readonly rate: RateLimit;
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

/** A connection of the pool. */
export class Connection {
  readonly format: Format;
  readonly address: string;
  /** By `elapsed`. */
  readonly openedAt: number;
  /** What goes out. */
  readonly writer: SocketWriter;
  /** How many chats have come from the client. */
  chatsIn = 0;
  /** The round trip that the client measured last, by its own account, in ms. */
  roundTripMs: number | undefined;
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #bucket: TokenBucket;
  readonly #lists: TokenBucket;
  #closed = false;
  #heardAt = -Infinity;
  /** How many frames came after the decision to close. */
  #lateFrames = 0;
  #observer: FrameObserver | undefined;
  #refusals = 0;
  #refusalsSince = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#socket = options.socket;
    this.writer = new SocketWriter(options);
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

  /** Who sees its frames; set only while somebody looks. */
  get observer(): FrameObserver | undefined {
    return this.#observer;
  }

  set observer(observer: FrameObserver | undefined) {
    this.#observer = observer;
    this.writer.onSent = observer && ((frame) => observer.sent(frame));
  }

  /** When the last frame came; by `elapsed`. */
  get heardAt(): number {
    return this.#heardAt;
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
      this.#observer?.received(data);
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
      if (line !== undefined) this.writer.sendNow(line);
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
    this.writer.clear();
  }
}

const encoder = new TextEncoder();

/** The length of a text in UTF-8 bytes. */
function byteLength(text: string): number {
  return encoder.encode(text).length;
}
