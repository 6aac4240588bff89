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
import { backoffMs, namedWaitMs, TIMING } from "./timing.ts";
import { Watchdog } from "./watchdog.ts";

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
  /** Whether a message is what the protocol says; one that is not is as good as none. Without it the server is trusted. */
  readonly isSound?: (message: ServerMessage) => boolean;
}

/**
 * A connection to Pulso. Nothing happens before {@linkcode Connection.connect}. After it, the connection is tried
 * again after every loss, until {@linkcode Connection.disconnect} or a close code that says no.
 */
export class Connection {
  readonly #url: string;
  readonly #listeners: Listeners;
  readonly #isSound: (message: ServerMessage) => boolean;
  readonly #env: Surroundings;
  readonly #outbox: Outbox;
  readonly #watchdog: Watchdog;
  #socket: WebSocket | undefined;
  #state: ConnectionState = { phase: "idle" };
  #name: string | undefined;
  #nameIsChosen = false;
  #attempts = 0;
  #wasOnline = false;
  #lastError: ServerMessageOf<"error"> | undefined;
  #reconnectAfterMs: number | undefined;
  #onlineUntil = -Infinity;
  #cancelTimer: () => void = () => {};
  #sentCount = 0;

  constructor(options: ConnectionOptions) {
    this.#url = options.url;
    this.#listeners = options.listeners;
    this.#isSound = options.isSound ?? (() => true);
    this.#env = { ...REAL, ...options.surroundings };
    this.#outbox = new Outbox({
      surroundings: this.#env,
      transmit: (message) => this.#counted(this.#transmit(message)),
      changed: (chat) => this.#listeners.chat?.(chat),
    });
    this.#watchdog = new Watchdog({ surroundings: this.#env, dead: () => this.#lost(1006) });
  }

  /** Where the connection stands. */
  get state(): ConnectionState {
    return this.#state;
  }

  /** How many chats and Fibonacci requests were given to the socket, over all connections; the rest is housekeeping. */
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

  /**
   * The page or the process is back, or the network: a link that has been silent for too long is dead, an attempt that
   * hangs was made where there was no network, and what waits waits no longer.
   */
  wake(): void {
    const limitMs = this.#state.phase === "online" ? TIMING.deadAfterMs : TIMING.hangsAfterMs;
    if (this.#socket !== undefined && this.#watchdog.silentMs >= limitMs) this.#lost(1006);
    this.retryNow();
  }

  /** The page is put aside by the browser, which lets no socket live there: it is as good as lost. */
  rest(): void {
    if (this.#socket !== undefined) this.#lost(1006);
  }

  /** Says goodbye and stays away until {@linkcode Connection.connect}. */
  disconnect(): void {
    this.#drop(CloseCode.goodbye);
    this.#enter({ phase: "idle" });
  }

  /**
   * Sends a chat, or keeps it until there is a connection. What becomes of it is told to the `chat` listener.
   *
   * @param id Its id of before, if it is sent again.
   * @returns The chat's id.
   */
  say(text: string, id?: string): string {
    return this.#outbox.add(text, id);
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
    return this.#counted(this.#request({ type: "fibonacci", input, id }));
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
    return true;
  }

  #counted(isSent: boolean): boolean {
    if (isSent) this.#sentCount++;
    return isSent;
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
    this.#watchdog.watch(TIMING.welcomeWithinMs);
    this.#enter({ phase: "connecting", again: this.#wasOnline });
  }

  /** Leaves the socket without waiting for its `close`, which on a dead link may take minutes. */
  #drop(code: number): void {
    this.#cancelTimer();
    this.#watchdog.rest();
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
    if (this.#state.phase === "online") this.#watchdog.heard();
    if (typeof data !== "string") return;
    for (const line of data.split("\n")) {
      let message: ServerMessage;
      try {
        message = JSON.parse(line);
      } catch {
        continue;
      }
      if (typeof message?.type === "string" && this.#isSound(message)) this.#take(message, line);
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
    // A guest comes back by the same name.
    this.#name = welcome.username;
    this.#watchdog.watch(TIMING.deadAfterMs);
    this.#enter({ phase: "online", welcome });
    this.#outbox.resume(welcome.limits);
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
    const waitMs = this.#reconnectAfterMs === undefined
      ? backoffMs(this.#attempts, this.#env.random())
      : namedWaitMs(this.#reconnectAfterMs);
    this.#attempts++;
    this.#enter({ phase: "waiting", retryAt: now + waitMs, code });
    this.#cancelTimer = this.#env.after(waitMs, () => this.#open());
  }
}
