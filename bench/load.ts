/**
 * The generator: many clients of one server, in a process of its own. `deno run -A bench/load.ts '<plan as JSON>'` prints
 * one line of JSON, a {@linkcode Measured}. It never waits for events: it looks at all sockets, sleeps 100 µs, looks again.
 *
 * @module
 */

import {
  ChatFrame,
  clientFrame,
  DIALECTS,
  type Events,
  Receiver,
  Tally,
  textFrame,
} from "./frames.ts";
import { Sockets } from "./libc.ts";
import { ownCpuSeconds, ProcessTree } from "./processes.ts";

/** What to do to a server. */
export interface Plan {
  /** Of one server, or of the nodes of a cluster, over which the clients are spread. */
  readonly ports: readonly number[];
  readonly pids: readonly number[];
  /** What follows it is a client's name. */
  readonly path: string;
  readonly dialect: keyof typeof DIALECTS;
  /** Whether it says `welcome` when one is in. */
  readonly greets: boolean;
  readonly clients: number;
  readonly senders: number;
  /** How many chats are under way at any time, or how many are sent a second, or none. */
  readonly load:
    | { readonly outstanding: number }
    | { readonly perSecond: number }
    | { readonly idle: true };
  /** How many of the clients ask for a Fibonacci number without pause, and for which. */
  readonly asking?: { readonly clients: number; readonly input: number };
  readonly seconds: number;
  readonly warmupSeconds: number;
  /** Between the last connect and the first chat. */
  readonly settleSeconds: number;
}

/** What came of it. */
export interface Measured {
  readonly connectsPerSecond: number;
  readonly bytesPerConnection: number;
  readonly chatsPerSecond: number;
  readonly deliveriesPerSecond: number;
  readonly deliveriesPerCpuSecond: number;
  readonly framesPerSecond: number;
  /** In cores. */
  readonly serverCpu: number;
  readonly generatorCpu: number;
  /** Whether the generator's core was the busier one: the figures are then a lower bound. */
  readonly generatorBound: boolean;
  /** From when a chat was due to be sent until a receiver read it. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** Chats that a client should have received and did not, and those that it should not. */
  readonly missing: number;
  readonly surplus: number;
  readonly answersPerSecond: number;
  /** After the full second. */
  readonly tickP99Ms: number | null;
  readonly ticksPerClient: number;
  /** How connections ended that should not have, with how many of each. */
  readonly lost: Readonly<Record<string, number>>;
}

const TEXT_BYTES = 100;
const CONNECTING_AT_ONCE = 64;
const CONNECT_MS = 60_000;
const NAP_US = 100;
/** So many receivers read the moments in the chats. */
const SAMPLED = 64;
const MOST_SAMPLES = 4_000_000;
/** So many chats are sent before what has come is read again. */
const AT_ONCE = 64;
/** How long after the last delivery the rest is given up for lost. */
const SILENCE_MS = 1500;
const BOUND_CPU = 0.9;
const MOST_EARLY_MS = 100;

const encoder = new TextEncoder();

/** One client. */
interface Client {
  readonly number: number;
  readonly receiver: Receiver;
  socket: number;
  state: "connecting" | "upgrading" | "waiting" | "open" | "lost";
  sent: number;
}

/** Where the counters stood at a moment. */
interface Mark {
  readonly at: number;
  readonly sent: number;
  readonly chats: number;
  readonly frames: number;
  readonly answers: number;
  readonly serverCpu: number;
  readonly ownCpu: number;
}

/** One run of a plan. */
class Load {
  readonly #plan: Plan;
  readonly #sockets = new Sockets();
  readonly #buffer = new Uint8Array(256 * 1024);
  readonly #tally = new Tally();
  readonly #server: ProcessTree;
  readonly #clients: Client[] = [];
  readonly #chat: ChatFrame;
  readonly #question: Uint8Array<ArrayBuffer>;
  readonly #lost = new Map<string, number>();
  readonly #latencies = new Float64Array(MOST_SAMPLES);
  #latencyCount = 0;
  readonly #lateness: number[] = [];
  #connecting = 0;
  #open = 0;
  #sent = 0;
  #answers = 0;
  #readAt = 0;
  #measuring = false;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#server = new ProcessTree(plan.pids);
    this.#chat = new ChatFrame(DIALECTS[plan.dialect], TEXT_BYTES);
    const { input = 0 } = plan.asking ?? {};
    this.#question = textFrame(JSON.stringify({ type: "fibonacci", input }));
  }

  run(): Measured {
    const { seconds, warmupSeconds, settleSeconds } = this.#plan;
    const bytesBefore = this.#server.residentBytes;
    const connectsPerSecond = this.#connectAll();
    this.#pass(settleSeconds, () => {});
    const bytesPerConnection = (this.#server.residentBytes - bytesBefore) / this.#open;
    for (const { receiver } of this.#clients) receiver.chats = 0;
    this.#tally.chats = 0;
    this.#askFirst();
    const send = this.#sender();
    this.#pass(warmupSeconds, send);
    const ticksBefore = this.#tally.ticks;
    const first = this.#mark();
    this.#measuring = true;
    this.#pass(seconds, send);
    this.#measuring = false;
    const last = this.#mark();
    const ticksPerClient = (this.#tally.ticks - ticksBefore) / this.#open;
    this.#awaitRest();
    return {
      connectsPerSecond,
      bytesPerConnection,
      ...rates(first, last),
      p50Ms: quantile(this.#latencies.subarray(0, this.#latencyCount), 0.5),
      p99Ms: quantile(this.#latencies.subarray(0, this.#latencyCount), 0.99),
      ...this.#compare(),
      tickP99Ms: quantile(Float64Array.from(this.#lateness), 0.99),
      ticksPerClient,
      lost: Object.fromEntries(this.#lost),
    };
  }

  /** Returns how many were connected a second. */
  #connectAll(): number {
    const { clients } = this.#plan;
    const begun = performance.now();
    while (this.#open + this.#lostCount < clients) {
      while (this.#clients.length < clients && this.#connecting < CONNECTING_AT_ONCE) {
        this.#connect(this.#clients.length);
      }
      this.#look();
      if (performance.now() - begun > CONNECT_MS) throw new Error("could not connect in time");
    }
    if (this.#open < 2) throw new Error(`could not connect: ${JSON.stringify([...this.#lost])}`);
    return this.#open / (performance.now() - begun) * 1000;
  }

  get #lostCount(): number {
    return [...this.#lost.values()].reduce((sum, count) => sum + count, 0);
  }

  #connect(number: number): void {
    const { ports, dialect } = this.#plan;
    const receiver = new Receiver({
      tally: this.#tally,
      dialect: DIALECTS[dialect],
      textBytes: TEXT_BYTES,
      events: this.#eventsOf(number),
    });
    const socket = this.#sockets.connect(ports[number % ports.length]!, number);
    this.#clients.push({ number, receiver, socket, state: "connecting", sent: 0 });
    this.#connecting++;
  }

  #eventsOf(number: number): Events {
    const { clients } = this.#plan;
    const isSampled = number % Math.max(1, Math.floor(clients / SAMPLED)) === 0;
    const client = () => this.#clients[number]!;
    return {
      ...isSampled && { stamped: (at: number) => this.#takeStamp(at) },
      ticked: () => this.#takeTick(),
      welcomed: () => this.#entered(client()),
      answered: () => this.#answered(client()),
      pinged: (payload) => this.#send(client(), clientFrame("pong", payload)),
      packet: (payload) => this.#takePacket(client(), payload),
      closed: (code) => this.#lose(client(), `code ${code}`),
    };
  }

  #takeStamp(at: number): void {
    if (!this.#measuring || this.#latencyCount === MOST_SAMPLES) return;
    this.#latencies[this.#latencyCount++] = this.#readAt - at / 1000;
  }

  #takeTick(): void {
    // A little before the second is not late.
    if (this.#measuring) {
      this.#lateness.push((Date.now() + MOST_EARLY_MS) % 1000 - MOST_EARLY_MS);
    }
  }

  #takePacket(client: Client, payload: string): void {
    if (payload.startsWith("0")) this.#send(client, textFrame("40"));
    else if (payload === "2") this.#send(client, textFrame("3"));
    else if (payload.startsWith("40")) this.#entered(client);
  }

  #entered(client: Client): void {
    if (client.state !== "waiting") return;
    client.state = "open";
    this.#connecting--;
    this.#open++;
  }

  #lose(client: Client, why: string): void {
    if (client.state === "lost") return;
    if (client.state === "open") this.#open--;
    else this.#connecting--;
    client.state = "lost";
    this.#sockets.close(client.socket);
    this.#lost.set(why, (this.#lost.get(why) ?? 0) + 1);
  }

  #answered(client: Client): void {
    if (this.#plan.asking === undefined || client.state !== "open") return;
    this.#answers++;
    this.#send(client, this.#question);
  }

  #askFirst(): void {
    const { asking } = this.#plan;
    if (asking === undefined) return;
    for (const client of this.#clients.slice(-asking.clients)) this.#send(client, this.#question);
  }

  #send(client: Client, frame: Uint8Array<ArrayBuffer>): void {
    if (client.state === "lost") return;
    if (!this.#sockets.send(client.socket, frame)) this.#lose(client, "takes nothing");
  }

  /** Looks at all sockets once. */
  #look(): void {
    this.#sockets.ready((number, readiness) => {
      const client = this.#clients[number]!;
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
    this.#send(client, encoder.encode([...lines, "", ""].join("\r\n")));
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

  /** Looks at the sockets for some time, and sends before each time. */
  #pass(seconds: number, send: () => void): void {
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end) {
      send();
      this.#sockets.wait(NAP_US);
      this.#look();
    }
  }

  /** What sends the chats that are due. */
  #sender(): () => void {
    const { load } = this.#plan;
    if ("idle" in load) return () => {};
    if ("outstanding" in load) {
      return () => {
        const underWay = this.#sent - Math.floor(this.#tally.chats / (this.#open - 1));
        const now = performance.now();
        for (let due = Math.min(load.outstanding - underWay, AT_ONCE); due > 0; due--) {
          this.#say(now);
        }
      };
    }
    const begun = performance.now();
    const dueAt = () => begun + this.#sent / load.perSecond * 1000;
    return () => {
      const now = performance.now();
      for (let count = 0; count < AT_ONCE && dueAt() <= now; count++) this.#say(dueAt());
    };
  }

  /** @param at When it was due, in ms. */
  #say(at: number): void {
    const client = this.#clients[this.#sent % this.#plan.senders]!;
    this.#chat.stamp(Math.floor(at * 1000));
    this.#send(client, this.#chat.bytes);
    client.sent++;
    this.#sent++;
  }

  #mark(): Mark {
    return {
      at: performance.now(),
      sent: this.#sent,
      chats: this.#tally.chats,
      frames: this.#tally.frames,
      answers: this.#answers,
      serverCpu: this.#server.cpuSeconds,
      ownCpu: ownCpuSeconds(),
    };
  }

  /** Waits until everything has come, or nothing comes any more. */
  #awaitRest(): void {
    let seenAt = performance.now();
    for (let chats = -1; this.#compare().missing > 0; this.#look()) {
      const now = performance.now();
      if (this.#tally.chats !== chats) seenAt = now;
      else if (now - seenAt > SILENCE_MS) return;
      chats = this.#tally.chats;
    }
  }

  #compare(): { missing: number; surplus: number } {
    let missing = 0;
    let surplus = 0;
    for (const { receiver, sent } of this.#clients) {
      const difference = this.#sent - sent - receiver.chats;
      if (difference > 0) missing += difference;
      else surplus -= difference;
    }
    return { missing, surplus };
  }
}

function rates(first: Mark, last: Mark) {
  const seconds = (last.at - first.at) / 1000;
  const chats = last.chats - first.chats;
  const cpu = last.serverCpu - first.serverCpu;
  const serverCpu = cpu / seconds;
  const generatorCpu = (last.ownCpu - first.ownCpu) / seconds;
  return {
    chatsPerSecond: (last.sent - first.sent) / seconds,
    deliveriesPerSecond: chats / seconds,
    deliveriesPerCpuSecond: cpu === 0 ? 0 : chats / cpu,
    framesPerSecond: (last.frames - first.frames) / seconds,
    answersPerSecond: (last.answers - first.answers) / seconds,
    serverCpu,
    generatorCpu,
    generatorBound: generatorCpu > BOUND_CPU && generatorCpu > serverCpu,
  };
}

/** The value below which a part of them is, or null of none. */
function quantile(values: Float64Array, part: number): number | null {
  return values.length === 0 ? null : values.toSorted()[Math.floor(values.length * part)]!;
}

/** Runs a plan. @throws {Error} If the clients cannot connect. */
export function runLoad(plan: Plan): Measured {
  return new Load(plan).run();
}

if (import.meta.main) {
  const [plan = ""] = Deno.args;
  await Deno.stdout.write(encoder.encode(`${JSON.stringify(runLoad(JSON.parse(plan)))}\n`));
}
