/**
 * Clients that keep their history: those of the client library, and those that follow the protocol by hand, as a second
 * opinion of it.
 *
 * @module
 */

import { Connection } from "../client/connection.ts";
import type { ServerMessage, ServerMessageOf } from "../lib/protocol.ts";
import type { Chance } from "./chance.ts";
import { Recorder } from "./history.ts";

/** How one socket of a client went; times by `performance.now()`. */
export interface Stay {
  /** The node that welcomed it. */
  node?: string;
  closedAt?: number;
  code?: number;
  /** When the server asked it to come back, in ms. */
  reconnectAfterMs?: number;
  /** When the next socket was made. */
  returnedAt?: number;
}

/** A client that keeps its history. */
export interface Talker {
  /** What it has done and heard, and the same as it went over its sockets: a client may mend what a server does wrong. */
  readonly recorder: Recorder;
  readonly wire: Recorder;
  /** Its sockets, oldest first. */
  readonly stays: readonly Stay[];
  readonly isOnline: boolean;
  /** How many of its chats have neither an ack nor an error. */
  readonly outstanding: number;
  /** Up to this offset everything has come by. */
  readonly position: number;
  say(text: string): void;
  /** Asks for a Fibonacci number, where it can. */
  ask(input: number): void;
  end(): void;
}

/** What a talker takes. */
export interface TalkerOptions {
  readonly url: string;
  readonly name: string;
  readonly chance: Chance;
}

/** Makes the sockets of one client and writes down how they go, and what goes over them. */
class Sockets {
  readonly stays: Stay[] = [];
  readonly wire: Recorder;

  constructor(client: string) {
    this.wire = new Recorder(client);
  }

  readonly create = (url: string): WebSocket => {
    const socket = new WebSocket(url);
    const before = this.stays.at(-1);
    if (before) before.returnedAt = performance.now();
    const stay: Stay = {};
    this.stays.push(stay);
    socket.addEventListener("message", ({ data }) => {
      // Whoever has left it does not hear it any more.
      if (socket.onmessage === null) return;
      for (const line of data.split("\n")) this.#heard(JSON.parse(line), stay);
    });
    socket.addEventListener("close", ({ code }) => {
      stay.closedAt = performance.now();
      stay.code = code;
    });
    const send = socket.send.bind(socket);
    socket.send = (data) => {
      const { type, id, message, input } = JSON.parse(String(data));
      if (type === "chat") this.wire.said(id, message);
      else if (type === "fibonacci") this.wire.asked(id, input);
      send(data);
    };
    return socket;
  };

  #heard(message: ServerMessage, stay: Stay): void {
    this.wire.heard(message);
    if (message.type === "welcome") stay.node = message.node;
    if (message.type === "status" && message.reconnect_after_ms !== undefined) {
      stay.reconnectAfterMs = message.reconnect_after_ms;
    }
  }
}

/** A client of the library. */
export class LibraryTalker implements Talker {
  readonly recorder: Recorder;
  readonly #sockets: Sockets;
  readonly #connection: Connection;
  #questions = 0;

  constructor({ url, name, chance }: TalkerOptions) {
    this.recorder = new Recorder(name);
    this.#sockets = new Sockets(name);
    this.#connection = new Connection({
      url,
      listeners: { message: (message) => this.recorder.heard(message) },
      // Kind chance: somebody who is cut off again and again waits longer each time, but not for longer than a session
      // lasts.
      surroundings: { createSocket: this.#sockets.create, random: () => chance.draw() / 4 },
    });
    this.#connection.connect(name);
  }

  get stays(): readonly Stay[] {
    return this.#sockets.stays;
  }

  get wire(): Recorder {
    return this.#sockets.wire;
  }

  get isOnline(): boolean {
    return this.#connection.state.phase === "online";
  }

  get outstanding(): number {
    return this.#connection.outstanding;
  }

  get position(): number {
    return this.#connection.storedSession?.position ?? 0;
  }

  say(text: string): void {
    this.recorder.said(this.#connection.say(text), text);
  }

  ask(input: number): void {
    const id = `${this.recorder.client} asks ${this.#questions++}`;
    if (this.#connection.fibonacci(input, id)) this.recorder.asked(id, input);
  }

  end(): void {
    this.#connection.disconnect();
  }
}

/** For so long nothing is heard of a dead link; ticks come each second. */
const DEAD_AFTER_MS = 3000;
/** The wait before it tries again. */
const RETRY_MS = 200;

/** A client that follows PROTOCOL.md by hand. It mends nothing: whatever it misses is the server's fault. */
export class HandTalker implements Talker {
  readonly #options: TalkerOptions;
  readonly #sockets: Sockets;
  /** Without ack, by their ids, oldest first. */
  readonly #unacknowledged = new Map<string, string>();
  #socket: WebSocket | undefined;
  #welcome: ServerMessageOf<"welcome"> | undefined;
  #isOnline = false;
  #isEnded = false;
  #position = 0;
  #count = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: TalkerOptions) {
    this.#options = options;
    this.#sockets = new Sockets(options.name);
    this.#open();
  }

  get stays(): readonly Stay[] {
    return this.#sockets.stays;
  }

  get wire(): Recorder {
    return this.#sockets.wire;
  }

  get recorder(): Recorder {
    return this.wire;
  }

  get isOnline(): boolean {
    return this.#isOnline;
  }

  get outstanding(): number {
    return this.#unacknowledged.size;
  }

  get position(): number {
    return this.#position;
  }

  say(text: string): void {
    const id = `${this.#options.name} says ${this.#count++}`;
    this.#unacknowledged.set(id, text);
    if (this.#isOnline) this.#transmit(id, text);
  }

  ask(input: number): void {
    if (!this.#isOnline) return;
    const id = `${this.#options.name} asks ${this.#count++}`;
    this.#send({ type: "fibonacci", input, id });
  }

  end(): void {
    this.#isEnded = true;
    this.#leave(1000);
  }

  #open(): void {
    const url = new URL(this.#options.url);
    url.searchParams.set("username", this.#options.name);
    if (this.#welcome !== undefined) {
      url.searchParams.set("session", this.#welcome.session);
      url.searchParams.set("epoch", this.#welcome.epoch);
      url.searchParams.set("after", String(this.#position));
    }
    const socket = this.#socket = this.#sockets.create(url.href);
    socket.onmessage = ({ data }) => this.#heard(JSON.parse(data));
    socket.onclose = ({ code }) => this.#lost(code);
    socket.onerror = (event) => event.preventDefault();
    this.#listen();
  }

  /** Waits for the next message, but not for ever. */
  #listen(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#lost(4000), DEAD_AFTER_MS);
  }

  #leave(code: number): void {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = undefined;
    this.#isOnline = false;
    if (socket === undefined) return;
    socket.onmessage = socket.onclose = null;
    socket.close(code);
  }

  #lost(code: number): void {
    this.#leave(4000);
    if (this.#isEnded) return;
    // It should not have been sent away: what it misses from now on is found missing.
    if (code === 1000 || code === 1008 || (code > 4000 && code !== 4008)) return;
    const waitMs = this.stays.at(-1)?.reconnectAfterMs ?? RETRY_MS;
    this.#timer = setTimeout(() => this.#open(), waitMs);
  }

  #heard(message: ServerMessage): void {
    this.#listen();
    if (message.type === "welcome") this.#welcomed(message);
    // Another order has begun: it asks what is left of this one.
    else if (message.type === "time" && message.epoch !== this.#welcome?.epoch) this.#lost(4000);
    // What crosses the close might cost it the code.
    else if (message.type === "status" && message.draining) this.#isOnline = false;
    else if (message.type === "chat") this.#position = message.offset;
    else if (message.type === "ack") {
      this.#unacknowledged.delete(message.id);
      // Of a chat that was sent again it may be an old one.
      this.#position = Math.max(this.#position, message.offset);
    } else if (message.type === "error" && message.id !== undefined) {
      this.#unacknowledged.delete(message.id);
    }
  }

  #welcomed(welcome: ServerMessageOf<"welcome">): void {
    const before = this.#welcome;
    this.#welcome = welcome;
    this.#isOnline = true;
    if (!welcome.resumed) this.#position = welcome.offset;
    const isSame = before?.client_id === welcome.client_id;
    // What another one has said has an unknown fate.
    if (!isSame) this.#unacknowledged.clear();
    for (const [id, text] of this.#unacknowledged) this.#transmit(id, text);
  }

  #transmit(id: string, text: string): void {
    this.#send({ type: "chat", message: text, id });
  }

  #send(message: Record<string, unknown>): void {
    this.#socket?.send(JSON.stringify(message));
  }
}
