/**
 * Fakes for tests of the hub and its parts: time that stands still until it is moved, and sockets that keep what they are
 * given.
 *
 * @module
 */

import type { Time } from "../lib/clock.ts";

/** Time that passes only in {@linkcode FakeTime.advance}. */
export class FakeTime implements Time {
  #now: number;
  #setBy = 0;
  #timers: { at: number; callback: () => void }[] = [];

  constructor(now = Date.parse("2026-11-20T14:30:25.000Z")) {
    this.#now = now;
  }

  readonly now = (): number => this.#now;

  readonly elapsed = (): number => this.#now - this.#setBy;

  readonly after = (ms: number, callback: () => void): () => void => {
    const timer = { at: this.#now + ms, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };

  /** How many timers wait. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Lets time pass, calling what is due on the way, in order. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.#now = Math.max(this.#now, due.at);
      due.callback();
    }
    this.#now = until;
  }

  /** Sets the clock, as an administrator would; timers keep their waits. */
  set(now: number): void {
    const shift = now - this.#now;
    for (const timer of this.#timers) timer.at += shift;
    this.#setBy += shift;
    this.#now = now;
  }
}

/** The server's end of a socket; `reads` says whether its peer takes what is sent. */
export class FakeSocket {
  readonly frames: string[] = [];
  closedWith: { code: number; reason: string } | undefined;
  reads = true;
  bufferedAmount = 0;
  readyState: number = WebSocket.CONNECTING;
  onopen: ((event: Event) => void) | null = null;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onclose: ((event: CloseEvent) => void) | null = null;
  onerror: ((event: Event) => void) | null = null;

  /** As the type that the hub takes. */
  get asWebSocket(): WebSocket {
    return this as unknown as WebSocket;
  }

  open(): void {
    this.readyState = WebSocket.OPEN;
    this.onopen?.(new Event("open"));
  }

  /** A frame of the client. */
  receive(data: unknown): void {
    this.onmessage?.(new MessageEvent("message", { data }));
  }

  /** The client, or the network, ends it. */
  end(code = 1006): void {
    this.readyState = WebSocket.CLOSED;
    this.onclose?.(new CloseEvent("close", { code }));
  }

  send(data: string): void {
    if (this.readyState !== WebSocket.OPEN) throw new DOMException("not open", "InvalidStateError");
    this.frames.push(data);
    if (!this.reads) this.bufferedAmount += data.length;
  }

  close(code: number, reason: string): void {
    this.readyState = WebSocket.CLOSING;
    this.closedWith = { code, reason };
  }

  /** The messages of all frames so far, which are JSON, one a line; takes them out. */
  take(): Record<string, unknown>[] {
    return this.frames.splice(0).flatMap((frame) => frame.split("\n")).map((line) =>
      JSON.parse(line)
    );
  }
}
