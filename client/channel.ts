/**
 * One socket at a time: opened, watched, read message by message, and left without waiting for its `close`, which on a dead
 * link may take minutes.
 *
 * Invariant: nothing is heard of a socket that was left.
 *
 * @module
 */

import type { ServerMessage } from "../lib/protocol.ts";
import type { Surroundings } from "./surroundings.ts";
import { TIMING } from "./timing.ts";
import { Watchdog } from "./watchdog.ts";

/** By what a client closes that means to come back: 1000 would be a goodbye. */
export const GIVEN_UP = 4000;

/** What {@linkcode Channel} takes. */
export interface ChannelOptions {
  readonly surroundings: Surroundings;
  /** Whether a message is what the protocol says; one that is not is as good as none. */
  readonly isSound: (message: ServerMessage) => boolean;
  /** Takes a message, with the line as it was received. */
  readonly message: (message: ServerMessage, line: string) => void;
  /** The socket was closed by `code`, or is as good as that; it is still to be left. */
  readonly lost: (code: number) => void;
}

/** The channel of one connection. */
export class Channel {
  readonly #options: ChannelOptions;
  readonly #watchdog: Watchdog;
  #socket: WebSocket | undefined;
  #isWelcomed = false;

  constructor(options: ChannelOptions) {
    this.#options = options;
    const { surroundings, lost } = options;
    this.#watchdog = new Watchdog({ surroundings, dead: () => lost(1006) });
  }

  /** Whether there is a socket, open or on its way. */
  get isThere(): boolean {
    return this.#socket !== undefined;
  }

  /** For how long nothing has been heard, in ms; before the welcome, since the socket was made. */
  get silentMs(): number {
    return this.#watchdog.silentMs;
  }

  /** Makes a socket, which is to be welcomed within so many ms; there must be none. */
  open(url: string, withinMs: number): void {
    const socket = this.#options.surroundings.createSocket(url);
    this.#socket = socket;
    this.#isWelcomed = false;
    socket.onmessage = (event) => this.#received(event.data, socket);
    socket.onclose = (event) => this.#options.lost(event.code);
    // An error is always followed by a close, which says more.
    socket.onerror = (event) => event.preventDefault?.();
    this.#watchdog.watch(withinMs);
  }

  /** The server has welcomed: from now on any frame is a sign of life. */
  welcomed(): void {
    this.#isWelcomed = true;
    this.#watchdog.watch(TIMING.deadAfterMs);
  }

  /** Sends a message; returns whether there is somebody to send it to. */
  send(message: Record<string, unknown>): boolean {
    if (!this.#isWelcomed) return false;
    this.#socket?.send(JSON.stringify(message));
    return this.isThere;
  }

  /** Leaves the socket, if there is one. */
  close(code: number): void {
    this.#watchdog.rest();
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined) return;
    socket.onmessage = socket.onclose = null;
    socket.close(code);
  }

  #received(data: unknown, socket: WebSocket): void {
    // Until the welcome there is one deadline, which nothing else puts off.
    if (this.#isWelcomed) this.#watchdog.heard();
    if (typeof data !== "string") return;
    for (const line of data.split("\n")) {
      const message = parseMessage(line);
      if (message === undefined || !this.#options.isSound(message)) continue;
      this.#options.message(message, line);
      if (this.#socket !== socket) return;
    }
  }
}

function parseMessage(line: string): ServerMessage | undefined {
  try {
    const message = JSON.parse(line);
    return typeof message?.type === "string" ? message : undefined;
  } catch {
    return undefined;
  }
}
