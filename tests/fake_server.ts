/**
 * A server that speaks the protocol as far as the console client needs it, resuming included, and does on demand what a
 * true one does rarely: limits, loses, refuses. An away session stays for good.
 *
 * @module
 */

import type { ServerMessage, ServerMessageOf, User } from "../lib/protocol.ts";
import { timeMessage, welcomeMessage } from "./fake_surroundings.ts";

/** What {@linkcode startFakeServer} takes. */
export interface FakeServerOptions {
  /** Refuses more than so many messages a second, in a bucket of twice as many. */
  readonly messagesPerSecond?: number;
  /** Whether the clock is told each second; else by {@linkcode FakeServer.tick} only. */
  readonly ticks?: boolean;
}

interface Client {
  readonly socket: WebSocket;
  readonly user: User;
  readonly session: string;
  tokens: number;
  refilledAt: number;
}

interface Welcomed extends Pick<Client, "socket" | "user" | "session"> {
  /** The position that is resumed from. */
  readonly after: number | undefined;
}

/** A running fake server. */
export class FakeServer {
  readonly #options: FakeServerOptions;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #clients = new Map<string, Client>();
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  readonly #watchers = new Set<() => void>();
  /** Whom the sessions that are away belong to, by their secrets. */
  readonly #away = new Map<string, User>();
  /** Every chat, in its order. */
  readonly #chats: ServerMessageOf<"chat">[] = [];
  #count = 0;
  /** The texts of the chats that were taken, oldest first. */
  readonly said: string[] = [];
  /** How many messages were refused for being over the rate. */
  refusals = 0;
  /** The close codes of clients that left. */
  readonly goodbyes: number[] = [];

  constructor(options: FakeServerOptions) {
    this.#options = options;
    this.#server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      (request) => this.#upgrade(request),
    );
    if (options.ticks !== false) this.#timer = setInterval(() => this.tick(), 1000);
  }

  /** The address of the socket. */
  get url(): string {
    return `ws://127.0.0.1:${this.#server.addr.port}/api/ws`;
  }

  /** The names of who is connected. */
  get names(): string[] {
    return [...this.#clients.values()].map(({ user }) => user.username);
  }

  /** Resolves once `condition` holds, looked at whenever something happens. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#watchers.add(resolve);
      await promise;
      this.#watchers.delete(resolve);
    }
  }

  /** A chat to everybody from somebody who is not there. */
  say(message: string, username = "bot"): void {
    this.#broadcast(this.#order({ message, username, client_id: "c-bot" }));
  }

  /** Tells everybody the time. */
  tick(): void {
    this.#broadcast({
      ...timeMessage(),
      timestamp: new Date().toISOString(),
      offset: this.#chats.length,
      online: this.#clients.size,
    });
  }

  /** Closes everybody's connection. */
  closeAll(code: number): void {
    for (const { socket } of this.#clients.values()) socket.close(code);
  }

  /** Stops the server; returns once it is down. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.closeAll(1001);
    await this.#server.shutdown();
  }

  #upgrade(request: Request): Response {
    if (request.headers.get("upgrade") === null) return new Response(null, { status: 426 });
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onopen = () => this.#admit(socket, new URL(request.url).searchParams);
    return response;
  }

  #admit(socket: WebSocket, wishes: URLSearchParams): void {
    const session = wishes.get("session") ?? "";
    const known = this.#away.get(session);
    const after = Number(wishes.get("after"));
    if (known !== undefined) return this.#welcome({ socket, user: known, session, after });
    const username = wishes.get("username") ?? `guest-${++this.#count}`;
    const holders = [...this.#clients.values()].map(({ user }) => user);
    const isHeld = [...holders, ...this.#away.values()].some((holder) =>
      holder.username.toLowerCase() === username.toLowerCase()
    );
    if (isHeld) {
      const suggestions = [`${username}2`, `${username}3`];
      const error = {
        type: "error",
        code: "username_taken",
        message: "the name is taken",
      } as const;
      socket.send(JSON.stringify({ ...error, suggestions }));
      setTimeout(() => socket.close(4009), 0);
      return;
    }
    const connected_at = new Date().toISOString();
    const user = { username, client_id: `c${++this.#count}`, connected_at, node: "n1" };
    this.#welcome({ socket, user, session: `secret-${this.#count}`, after: undefined });
    this.#presence({ joined: [user], left: [] });
  }

  #welcome({ socket, user, session, after }: Welcomed): void {
    const { username, client_id } = user;
    const client = { socket, user, session, tokens: this.#bucket, refilledAt: Date.now() };
    this.#away.delete(session);
    this.#clients.set(username.toLowerCase(), client);
    const welcome = welcomeMessage({
      message: `Welcome, ${username}`,
      client_id,
      username,
      session,
      offset: this.#chats.length,
      resumed: after !== undefined,
      online: this.#clients.size,
      limits: {
        message_length: 4096,
        fibonacci_input: 100_000,
        messages_per_second: this.#options.messagesPerSecond ?? null,
      },
      timestamp: new Date().toISOString(),
    });
    const missed = this.#chats.slice(after ?? this.#chats.length);
    const replay = missed.map((chat) => chat.client_id === client_id ? toAck(chat) : chat);
    for (const message of [welcome, ...replay]) socket.send(JSON.stringify(message));
    socket.onmessage = ({ data }) => {
      for (const line of String(data).split("\n")) this.#take(client, JSON.parse(line));
      this.#happened();
    };
    socket.onclose = ({ code }) => {
      this.goodbyes.push(code);
      if (this.#clients.get(username.toLowerCase()) !== client) return;
      this.#clients.delete(username.toLowerCase());
      if (code === 1000 || code === 1005) this.#presence({ joined: [], left: [user] });
      else this.#away.set(session, user);
      this.#happened();
    };
    this.#happened();
  }

  get #bucket(): number {
    return (this.#options.messagesPerSecond ?? Infinity) * 2;
  }

  #take(client: Client, message: { type: string; message: string; id: string; input: number }) {
    const send = (answer: ServerMessage) => client.socket.send(JSON.stringify(answer));
    const { id } = message;
    const perSecond = this.#options.messagesPerSecond ?? Infinity;
    const now = Date.now();
    const refill = perSecond === Infinity ? Infinity : (now - client.refilledAt) / 1000 * perSecond;
    client.tokens = Math.min(this.#bucket, client.tokens + refill);
    client.refilledAt = now;
    if (client.tokens < 1) {
      this.refusals++;
      return send({
        type: "error",
        code: "rate_limited",
        message: "slow down",
        retry_after_ms: 60,
        id,
      });
    }
    client.tokens -= 1;
    if (message.type === "fibonacci") {
      const result = fibonacci(message.input);
      const digits = String(result).length;
      return send({ type: "fibonacci", input: message.input, result, digits, elapsed_ms: 1, id });
    }
    if (message.type === "users") {
      const users = [...this.#clients.values()].map(({ user }) => user);
      return send({ type: "users", users, online: users.length });
    }
    if (message.type === "ping") {
      return send({ type: "pong", timestamp: new Date().toISOString(), id });
    }
    const { username, client_id } = client.user;
    const known = this.#chats.find((chat) => chat.client_id === client_id && chat.id === id);
    if (known !== undefined) return send(toAck(known));
    this.said.push(message.message);
    const chat = this.#order({ message: message.message, username, client_id, id });
    for (const other of this.#clients.values()) {
      if (other !== client) other.socket.send(JSON.stringify(chat));
    }
    send({ ...toAck(chat), recipients: this.#clients.size - 1 });
  }

  #order(
    said: Pick<ServerMessageOf<"chat">, "message" | "username" | "client_id" | "id">,
  ): ServerMessageOf<"chat"> {
    const timestamp = new Date().toISOString();
    const chat = { type: "chat", ...said, timestamp, offset: this.#chats.length + 1 } as const;
    this.#chats.push(chat);
    return chat;
  }

  #presence({ joined, left }: { joined: User[]; left: User[] }): void {
    this.#broadcast({ type: "presence", joined, left, online: this.#clients.size });
  }

  #broadcast(message: ServerMessage): void {
    const text = JSON.stringify(message);
    for (const { socket } of this.#clients.values()) {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    }
  }

  #happened(): void {
    for (const watch of this.#watchers) watch();
  }
}

function toAck({ id = "", offset, timestamp }: ServerMessageOf<"chat">): ServerMessageOf<"ack"> {
  return { type: "ack", id, offset, timestamp, recipients: 0 };
}

function fibonacci(n: number): number | string {
  let [a, b] = [0n, 1n];
  for (let i = 0; i < n; i++) [a, b] = [b, a + b];
  return a <= Number.MAX_SAFE_INTEGER ? Number(a) : String(a);
}

/** Starts a fake server on a free port. */
export function startFakeServer(options: FakeServerOptions = {}): FakeServer {
  return new FakeServer(options);
}
