/**
 * Surroundings for the client end that a test holds in its hand: sockets that connect nowhere and a clock that stands
 * still until it is told to go on.
 *
 * @module
 */

import type { ServerMessage, ServerMessageOf } from "../lib/protocol.ts";
import type { Surroundings } from "../client/surroundings.ts";

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock, in ms since the epoch, and the timers on it. */
export class FakeTime {
  #now = Date.UTC(2026, 10, 20, 14, 30);
  #setByMs = 0;
  readonly #timers = new Set<Timer>();

  readonly now = (): number => this.#now + this.#setByMs;

  /** Time that nobody can set. */
  readonly elapsed = (): number => this.#now;

  readonly after = (ms: number, callback: () => void): () => void => {
    const timer = { at: this.#now + ms, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  /** How many timers are set. */
  get timerCount(): number {
    return this.#timers.size;
  }

  /** Lets time pass; timers fire at their time, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#now = Math.max(this.#now, next.at);
      this.#fire(next);
    }
    this.#now = end;
  }

  /** Somebody sets the clock; timers and {@linkcode FakeTime.elapsed} do not notice. */
  set(byMs: number): void {
    this.#setByMs += byMs;
  }

  /** Time passes, and no timer is let out yet. */
  hold(ms: number): void {
    this.#now += ms;
  }

  /** The process sleeps: time passes, and what fell due meanwhile fires late, once. */
  sleep(ms: number): void {
    this.#now += ms;
    for (const timer of [...this.#timers].sort((a, b) => a.at - b.at)) {
      if (timer.at <= this.#now) this.#fire(timer);
    }
  }

  #next(end: number): Timer | undefined {
    const due = [...this.#timers].filter(({ at }) => at <= end);
    return due.sort((a, b) => a.at - b.at)[0];
  }

  #fire(timer: Timer): void {
    // One that fired before it may have cancelled it.
    if (this.#timers.delete(timer)) timer.callback();
  }
}

/** A message of a client, as it was sent. */
export interface SentMessage {
  readonly type: string;
  readonly id?: string;
  readonly message?: string;
  readonly input?: number;
  readonly round_trip_ms?: number;
}

/** A socket whose server is the test. */
export class FakeSocket {
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  onerror: ((event: Partial<Event>) => void) | null = null;
  readonly url: URL;
  /** Everything that was sent, oldest first. */
  readonly sent: SentMessage[] = [];
  /** The code with which the client closed. */
  closedWith: number | undefined;
  /** The offset of the newest chat that the server has sent or acknowledged here. */
  #offset = 0;

  constructor(url: string) {
    this.url = new URL(url);
  }

  /** The texts of the chats that were sent, oldest first. */
  get chats(): (string | undefined)[] {
    return this.sent.filter(({ type }) => type === "chat").map(({ message }) => message);
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(code: number): void {
    this.closedWith ??= code;
  }

  /** The server sends messages, in one frame. */
  receive(...messages: readonly ServerMessage[]): void {
    for (const message of messages) this.#offset = Math.max(this.#offset, this.#offsetOf(message));
    this.receiveText(messages.map((message) => JSON.stringify(message)).join("\n"));
  }

  /** The server sends a frame. */
  receiveText(data: string): void {
    this.onmessage?.({ data });
  }

  /** The server welcomes the client, under the name it wished for. */
  welcome(fields: Partial<ServerMessageOf<"welcome">> = {}): void {
    this.receive(welcomeMessage({ username: this.wish ?? "guest-ab12", ...fields }));
  }

  /** The server welcomes the client back; there is nothing to catch up with unless the newest `offset` says so. */
  resume(fields: Partial<ServerMessageOf<"welcome">> = {}): void {
    this.welcome({ resumed: true, offset: this.after ?? 0, ...fields });
  }

  /** Others say something, one after the other. */
  hear(...messages: readonly string[]): void {
    for (const message of messages) this.receive(chatMessage(message, this.#offset + 1));
  }

  /** The position that the client resumes from. */
  get after(): number | undefined {
    const after = this.url.searchParams.get("after");
    return after === null ? undefined : Number(after);
  }

  /** The name that the client wished for. */
  get wish(): string | undefined {
    return this.url.searchParams.get("username") ?? undefined;
  }

  /** The server acknowledges all chats that were sent and are not in `except`. */
  acknowledge({ except = [] }: { except?: readonly (string | undefined)[] } = {}): void {
    for (const { type, id = "", message } of [...this.sent]) {
      if (type !== "chat" || except.includes(message)) continue;
      this.receive(ackMessage(id, this.#offset + 1));
    }
  }

  /** The connection ends, from the other side or by the network. */
  lose(code = 1006): void {
    this.onclose?.({ code });
  }

  #offsetOf(message: ServerMessage): number {
    if (message.type === "welcome") return message.resumed ? this.after ?? 0 : message.offset;
    return message.type === "chat" || message.type === "ack" ? message.offset : 0;
  }
}

/** A welcome with sensible fields; those that matter are given. */
export function welcomeMessage(
  fields: Partial<ServerMessageOf<"welcome">> = {},
): ServerMessageOf<"welcome"> {
  return {
    type: "welcome",
    message: "Welcome",
    client_id: "c1",
    username: "ana",
    session: "secret",
    epoch: "e1",
    offset: 0,
    resumed: false,
    online: 1,
    node: "n1",
    limits: { message_length: 4096, fibonacci_input: 100_000, messages_per_second: null },
    timestamp: "2026-11-20T14:30:00.000Z",
    ...fields,
  };
}

/** The server's clock, with sensible fields. */
export function timeMessage(
  fields: Partial<ServerMessageOf<"time">> = {},
): ServerMessageOf<"time"> {
  return {
    type: "time",
    time: "14:30:25",
    date: "2026-11-20",
    timestamp: "2026-11-20T14:30:25.000Z",
    epoch: "e1",
    offset: 0,
    online: 3,
    ...fields,
  };
}

/** A chat of somebody else, with sensible fields. */
export function chatMessage(message: string, offset = 1): ServerMessageOf<"chat"> {
  const timestamp = "2026-11-20T14:30:00.000Z";
  return { type: "chat", message, username: "bot", client_id: "c9", timestamp, offset };
}

/** An ack, with sensible fields. */
export function ackMessage(id: string, offset = 1): ServerMessageOf<"ack"> {
  return { type: "ack", id, offset, timestamp: "2026-11-20T14:30:00.000Z", recipients: 3 };
}

/** Surroundings with a clock that stands still, sockets that connect nowhere, and no chance but the one that is set. */
export class FakeSurroundings implements Surroundings {
  readonly time = new FakeTime();
  /** Every socket that was made, oldest first. */
  readonly sockets: FakeSocket[] = [];
  /** What `random` gives. */
  chance = 0.5;

  // Fields, not methods: the client copies them one by one.
  readonly now = this.time.now;
  readonly elapsed = this.time.elapsed;
  readonly after = this.time.after;
  readonly random = (): number => this.chance;
  readonly createSocket = (url: string): WebSocket => {
    const socket = new FakeSocket(url);
    this.sockets.push(socket);
    // The client uses no more of a socket than the fake has.
    return socket as unknown as WebSocket;
  };

  /** Lets time pass with the server's clock on the newest socket each second, as a live connection has it. */
  live(seconds: number): void {
    for (let second = 0; second < seconds; second++) {
      this.time.advance(1000);
      this.socket.receive(timeMessage());
    }
  }

  /** The newest socket. */
  get socket(): FakeSocket {
    const newest = this.sockets.at(-1);
    if (newest === undefined) throw new Error("Could not find a socket: none was made");
    return newest;
  }
}
