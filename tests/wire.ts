/**
 * The server's end of one page's socket, held by a test: it says what a true server says rarely or never. The page itself,
 * and everything else that it asks for, comes from a true server.
 *
 * Invariant: nothing is sent but what the protocol allows, unless a test writes it out itself.
 *
 * @module
 */

import type { Page, WebSocketRoute } from "playwright-core";
import type { ServerMessageOf, User } from "../lib/protocol.ts";
import { type SentMessage, welcomeMessage } from "./fake_surroundings.ts";

/**
 * What becomes of an attempt to connect: a welcome, one back to the session with what was said meanwhile, silence, or a
 * close, with an error before it or without.
 */
export type Reception =
  | "welcome"
  | "welcome back"
  | "silence"
  | { readonly code: number; readonly error?: Partial<ServerMessageOf<"error">> };

/** What {@linkcode Wire} takes. */
export interface WireOptions {
  /** Who else is online. */
  readonly others?: readonly string[];
  readonly reception?: Reception;
  /** What becomes of the page's chats; by default each is acknowledged. */
  readonly chats?: "acknowledged" | "unanswered" | Partial<ServerMessageOf<"error">>;
  /** The time by the server's clock, in ms since the epoch. */
  readonly now?: () => number;
}

/** A scripted server for one page. */
export class Wire {
  readonly #others: readonly User[];
  readonly #now: () => number;
  readonly #chats: NonNullable<WireOptions["chats"]>;
  #socket: WebSocketRoute | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Those of the true server that the page came from, from there on. */
  #epoch: string | undefined;
  #offset = 0;
  readonly #kept: ServerMessageOf<"chat">[] = [];
  #name = "guest-ab12";
  /** The texts of the chats. */
  readonly said = new Set<string>();
  /** What the page has sent, without its pings. */
  readonly asked: SentMessage[] = [];
  /** How often the page has tried to connect. */
  attempts = 0;
  /** What becomes of the next attempts. */
  reception: Reception;
  /** How long a tick takes, in ms. */
  tickDelayMs = 0;
  /** Whether the clock is told. */
  ticks = true;

  constructor(options: WireOptions = {}) {
    const { others = [], reception = "welcome", chats = "acknowledged", now = Date.now } = options;
    this.#now = now;
    this.reception = reception;
    this.#chats = chats;
    this.#others = others.map((name, index) => this.#user(name, index));
  }

  /** Takes the page's socket; before the page is loaded. */
  async attach(page: Page): Promise<void> {
    await page.routeWebSocket(/\/api\/ws/, (socket) => this.#opened(socket));
  }

  /** Tells the time at each full second, until {@linkcode Wire.stop}. */
  start(): void {
    this.#timer = setTimeout(() => {
      this.tick();
      this.start();
    }, 1000 - this.#now() % 1000 + this.tickDelayMs);
  }

  /** Ends the clock. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Sends messages, in one frame. */
  send(...messages: readonly unknown[]): void {
    this.#socket?.send(messages.map((message) => JSON.stringify(message)).join("\n"));
  }

  /** Closes the connection, with `reception` for those that come after it. */
  close(code: number, reception: Reception = "silence"): void {
    this.reception = reception;
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close({ code });
  }

  /** The time, as of the nearest full second. */
  tick(): void {
    if (!this.ticks) return;
    const now = this.#now() - this.tickDelayMs;
    const timestamp = new Date(Math.round(now / 1000) * 1000).toISOString();
    const [date = "", time = ""] = timestamp.split(/[T.]/);
    const { online } = this;
    const place = { epoch: this.#epoch, offset: this.#offset };
    this.send({ type: "time", time, date, timestamp, ...place, online });
  }

  /** A chat of somebody, as it is sent. */
  chat(username: string, message: string): ServerMessageOf<"chat"> {
    this.said.add(message);
    const client_id = this.#others.find((user) => user.username === username)?.client_id ?? "c-own";
    const timestamp = new Date(this.#now()).toISOString();
    const offset = ++this.#offset;
    const chat = { type: "chat", message, username, client_id, timestamp, offset } as const;
    this.#kept.push(chat);
    return chat;
  }

  /** How the server is, all well but what is given. */
  status(fields: Partial<ServerMessageOf<"status">>): void {
    this.send({ type: "status", database: "up", broker: "none", draining: false, ...fields });
  }

  /** How many are online. */
  get online(): number {
    return this.#others.length + 1;
  }

  /** What a page is sent that connects by `name`. */
  greeting(fields: Partial<ServerMessageOf<"welcome">> = {}): ServerMessageOf<"welcome"> {
    const { online } = this;
    const limits = { message_length: 4096, fibonacci_input: 100_000, messages_per_second: 20 };
    const timestamp = new Date(this.#now()).toISOString();
    const own = { client_id: "c-own", username: this.#name };
    const place = { epoch: this.#epoch ?? "", offset: this.#offset };
    return welcomeMessage({ ...place, online, limits, timestamp, ...own, ...fields });
  }

  #user(username: string, index: number): User {
    const connectedAt = this.#now() - (42 - index % 40) * 60_000;
    const connected_at = new Date(connectedAt).toISOString();
    return { username, client_id: `c${index}`, connected_at, node: "n1" };
  }

  async #opened(socket: WebSocketRoute): Promise<void> {
    const { reception } = this;
    this.attempts++;
    if (reception === "silence") return;
    if (typeof reception === "object") {
      const error = { type: "error", message: "refused", ...reception.error };
      if (reception.error !== undefined) socket.send(JSON.stringify(error));
      socket.close({ code: reception.code });
      return;
    }
    const { searchParams, host } = new URL(socket.url());
    if (this.#epoch === undefined) await this.#goOnFrom(`http://${host}`);
    this.#socket = socket;
    this.#name = searchParams.get("username") ?? "guest-ab12";
    socket.onMessage((text) => this.#take(JSON.parse(String(text))));
    const after = Number(searchParams.get("after"));
    const resumed = reception === "welcome back";
    const missed = resumed ? this.#kept.filter(({ offset }) => offset > after) : [];
    this.send(this.greeting({ resumed }), ...missed);
  }

  /** Goes on with the order of chats that the page was rendered with. */
  async #goOnFrom(server: string): Promise<void> {
    const response = await fetch(`${server}/api/messages?limit=1000`);
    const { epoch, messages } = await response.json();
    this.#epoch = epoch;
    this.#offset = messages.at(-1)?.offset ?? 0;
  }

  #take(message: SentMessage): void {
    const { type, id = "", input = 0 } = message;
    if (type !== "ping") this.asked.push(message);
    const timestamp = new Date(this.#now()).toISOString();
    switch (type) {
      case "users": {
        const own = { ...this.#user(this.#name, 0), client_id: "c-own" };
        const users = [own, ...this.#others].sort((a, b) => a.username < b.username ? -1 : 1);
        return this.send({ type: "users", users, online: this.online });
      }
      case "ping":
        return this.send({ type: "pong", timestamp, id });
      case "fibonacci": {
        const result = fibonacci(input);
        const digits = String(result).length;
        return this.send({ type: "fibonacci", input, result, digits, elapsed_ms: 0.042, id });
      }
      case "chat":
        return this.#answerChat(id, timestamp);
    }
  }

  #answerChat(id: string, timestamp: string): void {
    if (this.#chats === "unanswered") return;
    if (this.#chats !== "acknowledged") {
      return this.send({ type: "error", message: "no", ...this.#chats, id });
    }
    const recipients = this.#others.length;
    this.send({ type: "ack", id, offset: ++this.#offset, timestamp, recipients });
  }
}

function fibonacci(n: number): number | string {
  let [a, b] = [0n, 1n];
  for (let step = 0; step < n; step++) [a, b] = [b, a + b];
  return a <= Number.MAX_SAFE_INTEGER ? Number(a) : String(a);
}
