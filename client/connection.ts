/**
 * The other end of the wire, shared by the page and the console client: one connection that comes back by itself, its
 * outgoing chats and its watchdog. It knows nothing of a screen.
 *
 * Invariant: of a chat given to {@linkcode Connection.say} exactly one end is told: sent, or failed with the reason.
 *
 * @module
 */

import type { ServerMessage, ServerMessageOf } from "../lib/protocol.ts";
import { CloseCode, mayReconnect } from "../lib/close_codes.ts";
import { Outbox, type OutgoingChat } from "./outbox.ts";
import { REAL, type Surroundings } from "./surroundings.ts";
import { backoffMs, TIMING } from "./timing.ts";

export { socketAddress } from "./address.ts";

/**
 * Where the connection stands.
 *
 * - `idle`: not connected and not trying, by wish or from the beginning.
 * - `connecting`: an attempt is under way; `again` where there was a connection before.
 * - `online`: welcomed.
 * - `waiting`: the next attempt comes at `retryAt` (ms since the epoch).
 * - `refused`: closed by the server with a code that says not to come back.
 */
export type ConnectionState =
  | { readonly phase: "idle" }
  | { readonly phase: "connecting"; readonly again: boolean }
  | { readonly phase: "online"; readonly welcome: ServerMessageOf<"welcome"> }
  | { readonly phase: "waiting"; readonly retryAt: number; readonly code: number }
  | {
    readonly phase: "refused";
    readonly code: number;
    readonly error: ServerMessageOf<"error"> | undefined;
  };

/** What a connection tells; every listener is optional. */
export interface Listeners {
  readonly state?: (state: ConnectionState) => void;
  /** Every message of the server, with the line as it was received. */
  readonly message?: (message: ServerMessage, line: string) => void;
  /** A chat of one's own is waiting, sent or failed. */
  readonly chat?: (chat: OutgoingChat) => void;
}

/** What {@linkcode Connection} takes. */
export interface ConnectionOptions {
  /** The address of the socket: `ws:` or `wss:`, with the path, without parameters. */
  readonly url: string;
  readonly listeners: Listeners;
  readonly surroundings?: Partial<Surroundings>;
}

/**
 * A connection to Pulso. Nothing happens before {@linkcode Connection.connect}. After it, the connection is tried
 * again after every loss, until {@linkcode Connection.disconnect} or a close code that says no.
 */
export class Connection {
  readonly #url: string;
  readonly #listeners: Listeners;
  readonly #env: Surroundings;
  readonly #outbox: Outbox;
  #socket: WebSocket | undefined;
  #state: ConnectionState = { phase: "idle" };
  #name: string | undefined;
  #nameIsChosen = false;
  #attempts = 0;
  #wasOnline = false;
  #lastError: ServerMessageOf<"error"> | undefined;
  #reconnectAfterMs: number | undefined;
  #lastFrameAt = 0;
  #onlineUntil = -Infinity;
  #cancelTimer: () => void = () => {};
  #sentCount = 0;

  constructor(options: ConnectionOptions) {
    this.#url = options.url;
    this.#listeners = options.listeners;
    this.#env = { ...REAL, ...options.surroundings };
    this.#outbox = new Outbox({
      surroundings: this.#env,
      transmit: (message) => this.#transmit(message),
      changed: (chat) => this.#listeners.chat?.(chat),
    });
  }

  /** Where the connection stands. */
  get state(): ConnectionState {
    return this.#state;
  }

  /** How many messages were given to the socket, over all connections. */
  get sentCount(): number {
    return this.#sentCount;
  }

  /** How many chats have been neither acknowledged nor given up. */
  get outstanding(): number {
    return this.#outbox.size;
  }

  /**
   * Connects, at once. Has no effect where there is a connection already, by the same name.
   *
   * @param username The wished name; none or an empty one for a guest.
   */
  connect(username?: string): void {
    const name = username?.trim() || undefined;
    if (this.#socket !== undefined) {
      if (name === this.#name) return;
      this.#drop(CloseCode.goodbye);
    }
    this.#name = name;
    this.#nameIsChosen = name !== undefined;
    this.#attempts = 0;
    this.#wasOnline = false;
    this.#open();
  }

  /** Tries now instead of at the end of the wait. Has no effect in another phase. */
  retryNow(): void {
    if (this.#state.phase === "waiting") this.#open();
  }

  /** Says goodbye and stays away until {@linkcode Connection.connect}. */
  disconnect(): void {
    this.#drop(CloseCode.goodbye);
    this.#enter({ phase: "idle" });
  }

  /**
   * Sends a chat, or keeps it until there is a connection. What becomes of it is told to the `chat` listener.
   *
   * @returns The chat's id.
   */
  say(text: string): string {
    return this.#outbox.add(text);
  }

  /** Gives up a chat that waits; returns whether there was one. */
  discard(id: string): boolean {
    return this.#outbox.discard(id);
  }

  /** How long to wait before the next request so as to stay below the server's rate, in ms; chats wait by themselves. */
  get waitMs(): number {
    return this.#outbox.waitMs;
  }

  /** Asks for Fibonacci(n); the answer carries `id`. Returns whether it was sent. */
  fibonacci(input: number, id: string): boolean {
    return this.#request({ type: "fibonacci", input, id });
  }

  /** Asks who is online. Returns whether it was sent. */
  requestUsers(): boolean {
    return this.#request({ type: "users" });
  }

  /** Sends a ping; the answer carries `id`. Returns whether it was sent. */
  ping(id: string): boolean {
    return this.#request({ type: "ping", id });
  }

  #request(message: Record<string, unknown>): boolean {
    const isSent = this.#transmit(message);
    if (isSent) this.#outbox.spend();
    return isSent;
  }

  #transmit(message: Record<string, unknown>): boolean {
    if (this.#state.phase !== "online" || this.#socket === undefined) return false;
    this.#socket.send(JSON.stringify(message));
    this.#sentCount++;
    return true;
  }

  #enter(state: ConnectionState): void {
    this.#state = state;
    this.#listeners.state?.(state);
  }

  #open(): void {
    this.#cancelTimer();
    this.#lastError = undefined;
    this.#reconnectAfterMs = undefined;
    const url = new URL(this.#url);
    url.searchParams.set("format", "ndjson");
    if (this.#name !== undefined) url.searchParams.set("username", this.#name);
    const socket = this.#env.createSocket(url.href);
    this.#socket = socket;
    socket.onmessage = (event) => this.#received(event.data);
    socket.onclose = (event) => this.#lost(event.code);
    // An error is always followed by a close, which says more.
    socket.onerror = (event) => event.preventDefault?.();
    this.#lastFrameAt = this.#env.now();
    this.#watch(TIMING.welcomeWithinMs);
    this.#enter({ phase: "connecting", again: this.#wasOnline });
  }

  /** Leaves the socket without waiting for its `close`, which on a dead link may take minutes. */
  #drop(code: number): void {
    this.#cancelTimer();
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket !== undefined) {
      socket.onmessage = socket.onclose = null;
      socket.close(code);
    }
    this.#outbox.pause();
  }

  #received(data: unknown): void {
    // Until the welcome there is one deadline, which nothing else puts off.
    if (this.#state.phase === "online") this.#lastFrameAt = this.#env.now();
    if (typeof data !== "string") return;
    for (const line of data.split("\n")) {
      let message: ServerMessage;
      try {
        message = JSON.parse(line);
      } catch {
        continue;
      }
      if (typeof message?.type === "string") this.#take(message, line);
    }
  }

  #take(message: ServerMessage, line: string): void {
    switch (message.type) {
      case "welcome":
        this.#welcomed(message);
        break;
      case "error":
        this.#lastError = message;
        this.#outbox.refused(message);
        break;
      case "ack":
        this.#outbox.acknowledged(message);
        break;
      case "status":
        this.#reconnectAfterMs = message.draining ? message.reconnect_after_ms : undefined;
        break;
    }
    this.#listeners.message?.(message, line);
  }

  #welcomed(welcome: ServerMessageOf<"welcome">): void {
    this.#attempts = 0;
    this.#wasOnline = true;
    this.#lastFrameAt = this.#env.now();
    // A guest comes back by the same name.
    this.#name = welcome.username;
    this.#watch(TIMING.watchEveryMs);
    this.#enter({ phase: "online", welcome });
    this.#outbox.resume(welcome.limits);
  }

  #watch(everyMs: number): void {
    this.#cancelTimer();
    const plannedAt = this.#env.now() + everyMs;
    this.#cancelTimer = this.#env.after(everyMs, () => {
      const now = this.#env.now();
      const asleepMs = now - plannedAt;
      // A timer this late means that the process slept: what came in meanwhile is still to be read.
      if (asleepMs > 1000) {
        this.#lastFrameAt = Math.max(this.#lastFrameAt, now - TIMING.deadAfterMs / 2);
      }
      const limitMs = this.#state.phase === "online" ? TIMING.deadAfterMs : TIMING.welcomeWithinMs;
      if (now - this.#lastFrameAt >= limitMs) this.#lost(1006);
      else this.#watch(TIMING.watchEveryMs);
    });
  }

  #lost(code: number): void {
    const now = this.#env.now();
    if (this.#state.phase === "online") this.#onlineUntil = now;
    const isTaken = this.#lastError?.code === "username_taken";
    // By the connection that was lost: the server has not noticed yet.
    const isOwn = isTaken && this.#wasOnline && now - this.#onlineUntil < TIMING.nameHeldMs;
    this.#drop(CloseCode.goodbye);
    if (isTaken && !this.#nameIsChosen) this.#name = undefined;
    else if (!mayReconnect(code) && !isOwn) {
      return this.#enter({ phase: "refused", code, error: this.#lastError });
    }
    const waitMs = this.#reconnectAfterMs ?? backoffMs(this.#attempts, this.#env.random());
    this.#attempts++;
    this.#enter({ phase: "waiting", retryAt: now + waitMs, code });
    this.#cancelTimer = this.#env.after(waitMs, () => this.#open());
  }
}
