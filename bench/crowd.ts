/**
 * The clients of one server: they connect, read what comes and keep their connections alive. What they say, and when, is
 * load.ts's business.
 *
 * @module
 */

import { clientFrame, DIALECTS, type Events, Receiver, Tally, textFrame } from "./frames.ts";
import { Sockets } from "./libc.ts";

/** How to reach a server. */
export interface CrowdPlan {
  /** Of one server, or of the nodes of a cluster, over which the clients are spread. */
  readonly ports: readonly number[];
  /** What follows it is a client's name. */
  readonly path: string;
  readonly dialect: keyof typeof DIALECTS;
  /** Whether it says `welcome` when one is in. */
  readonly greets: boolean;
  readonly clients: number;
}

/** What a crowd tells. */
export interface CrowdEvents {
  /** One of the sampled receivers has read a chat, so many ms after it was due. */
  readonly delayed: (ms: number) => void;
  readonly ticked: () => void;
  /** An answer to a Fibonacci request, or an error. */
  readonly answered: (client: Client) => void;
}

/** One client. */
export interface Client {
  readonly number: number;
  readonly receiver: Receiver;
  readonly socket: number;
  state: "connecting" | "upgrading" | "waiting" | "open" | "lost";
}

/** How long the texts of the chats are, in bytes. */
export const TEXT_BYTES = 100;
const CONNECTING_AT_ONCE = 256;
const GOODBYE = clientFrame("close", new Uint8Array([1000 >> 8, 1000 & 255]));
const CONNECT_MS = 60_000;
/** So many receivers read the moments in the chats. */
const SAMPLED = 64;

const encoder = new TextEncoder();

/** The clients. */
export class Crowd {
  readonly clients: Client[] = [];
  readonly tally = new Tally();
  /** How connections ended that should not have, with how many of each. */
  readonly lost = new Map<string, number>();
  /** How many are open. */
  open = 0;
  readonly #plan: CrowdPlan;
  readonly #events: CrowdEvents;
  readonly #sockets = new Sockets();
  readonly #buffer = new Uint8Array(256 * 1024);
  #connecting = 0;
  #readAt = 0;

  constructor(plan: CrowdPlan, events: CrowdEvents) {
    this.#plan = plan;
    this.#events = events;
  }

  /**
   * Connects all of them, some at a time.
   *
   * @returns How many were connected a second.
   * @throws {Error} If that takes longer than a minute, or fewer than two could.
   */
  connectAll(): number {
    const { clients } = this.#plan;
    const begun = performance.now();
    while (this.open + this.#lostCount < clients) {
      while (this.clients.length < clients && this.#connecting < CONNECTING_AT_ONCE) {
        this.#connect(this.clients.length);
      }
      this.look();
      if (performance.now() - begun > CONNECT_MS) throw new Error("could not connect in time");
    }
    if (this.open < 2) throw new Error(`could not connect: ${JSON.stringify([...this.lost])}`);
    return this.open / (performance.now() - begun) * 1000;
  }

  get #lostCount(): number {
    return [...this.lost.values()].reduce((sum, count) => sum + count, 0);
  }

  #connect(number: number): void {
    const { ports, dialect } = this.#plan;
    const receiver = new Receiver({
      tally: this.tally,
      dialect: DIALECTS[dialect],
      textBytes: TEXT_BYTES,
      events: this.#eventsOf(number),
    });
    const socket = this.#sockets.connect(ports[number % ports.length]!, number);
    this.clients.push({ number, receiver, socket, state: "connecting" });
    this.#connecting++;
  }

  #eventsOf(number: number): Events {
    const { clients } = this.#plan;
    const isSampled = number % Math.max(1, Math.floor(clients / SAMPLED)) === 0;
    const client = () => this.clients[number]!;
    return {
      ...isSampled && { stamped: (at: number) => this.#events.delayed(this.#readAt - at / 1000) },
      ticked: this.#events.ticked,
      welcomed: () => this.#entered(client()),
      answered: () => this.#events.answered(client()),
      pinged: (payload) => this.send(client(), clientFrame("pong", payload)),
      packet: (payload) => this.#takePacket(client(), payload),
      closed: (code) => this.#lose(client(), `code ${code}`),
    };
  }

  #takePacket(client: Client, payload: string): void {
    if (payload.startsWith("0")) this.send(client, textFrame("40"));
    else if (payload === "2") this.send(client, textFrame("3"));
    else if (payload.startsWith("40")) this.#entered(client);
  }

  #entered(client: Client): void {
    if (client.state !== "waiting") return;
    client.state = "open";
    this.#connecting--;
    this.open++;
  }

  #lose(client: Client, why: string): void {
    if (client.state === "lost") return;
    if (client.state === "open") this.open--;
    else this.#connecting--;
    client.state = "lost";
    this.#sockets.close(client.socket);
    this.lost.set(why, (this.lost.get(why) ?? 0) + 1);
  }

  /** Sends a frame; one that takes nothing for a second is lost. */
  send(client: Client, frame: Uint8Array<ArrayBuffer>): void {
    if (client.state === "lost") return;
    if (!this.#sockets.send(client.socket, frame)) this.#lose(client, "takes nothing");
  }

  /** Looks at all sockets once. */
  look(): void {
    this.#sockets.ready((number, readiness) => {
      const client = this.clients[number]!;
      if (client.state === "lost") return;
      if (readiness === "readable") this.#read(client);
      else if (readiness === "over") this.#lose(client, "connection failed");
      else this.#upgrade(client);
    });
  }

  #upgrade(client: Client): void {
    const { ports: [port], path } = this.#plan;
    client.state = "upgrading";
    this.#sockets.onlyReads(client.socket, client.number);
    const lines = [
      `GET ${path}u${client.number} HTTP/1.1`,
      `Host: 127.0.0.1:${port}`,
      "Upgrade: websocket",
      "Connection: Upgrade",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      "Sec-WebSocket-Version: 13",
    ];
    this.send(client, encoder.encode([...lines, "", ""].join("\r\n")));
  }

  #read(client: Client): void {
    const length = this.#sockets.read(client.socket, this.#buffer);
    if (length <= 0) return this.#lose(client, "end of stream");
    this.#readAt = performance.now();
    const from = client.state === "upgrading" ? this.#takeAnswer(client, length) : 0;
    client.receiver.take(this.#buffer, from, length);
  }

  /** Reads the answer to the handshake, which comes in one piece; returns where it ends. */
  #takeAnswer(client: Client, length: number): number {
    const text = String.fromCharCode(...this.#buffer.subarray(0, Math.min(length, 2000)));
    const end = text.indexOf("\r\n\r\n");
    if (!text.startsWith("HTTP/1.1 101") || end < 0) {
      this.#lose(client, text.slice(0, 30).split("\r\n")[0]!);
      return length;
    }
    client.state = "waiting";
    if (!this.#plan.greets) this.#entered(client);
    return end + 4;
  }

  /** Says goodbye for everybody. */
  leave(): void {
    for (const client of this.clients) {
      this.send(client, GOODBYE);
      this.#lose(client, "left");
    }
  }

  /** Sleeps for some µs. */
  wait(us: number): void {
    this.#sockets.wait(us);
  }
}
