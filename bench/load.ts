/**
 * The generator: many clients of one server, in a process of its own. `deno run -A bench/load.ts '<plan as JSON>'` prints
 * one line of JSON, a {@linkcode Measured}. It never waits for events: it looks at all sockets, sleeps 100 µs, looks again.
 *
 * @module
 */

import { type Client, Crowd, type CrowdPlan, TEXT_BYTES } from "./crowd.ts";
import { ChatFrame, DIALECTS, textFrame } from "./frames.ts";
import { ownCpuSeconds, ProcessTree } from "./processes.ts";

/** What to do to a server. */
export interface Plan extends CrowdPlan {
  /** Of the server, whose CPU time and memory are measured. */
  readonly pids: readonly number[];
  /** How often as many clients come and go before: what is measured is a server that has served. */
  readonly rehearsals: number;
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

const NAP_US = 100;
/** So long after a rehearsal a server has forgotten those who took part. */
const FORGOTTEN_MS = 1500;
const MOST_SAMPLES = 4_000_000;
/** So many chats are sent before what has come is read again. */
const AT_ONCE = 64;
/** How long after the last delivery the rest is given up for lost. */
const SILENCE_MS = 1500;
const BOUND_CPU = 0.9;
const MOST_EARLY_MS = 100;

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
  readonly #crowd: Crowd;
  readonly #server: ProcessTree;
  readonly #chat: ChatFrame;
  readonly #question: Uint8Array<ArrayBuffer>;
  /** How many chats each of the senders has sent, by its number. */
  readonly #sentBy: number[];
  readonly #latencies = new Float64Array(MOST_SAMPLES);
  #latencyCount = 0;
  readonly #lateness: number[] = [];
  #sent = 0;
  #answers = 0;
  #measuring = false;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#server = new ProcessTree(plan.pids);
    this.#sentBy = Array(plan.clients).fill(0);
    this.#crowd = new Crowd(plan, {
      delayed: (ms) => this.#takeDelay(ms),
      ticked: () => this.#takeTick(),
      answered: (client) => this.#answered(client),
    });
    this.#chat = new ChatFrame(DIALECTS[plan.dialect], TEXT_BYTES);
    const { input = 0 } = plan.asking ?? {};
    this.#question = textFrame(JSON.stringify({ type: "fibonacci", input }));
  }

  run(): Measured {
    const { seconds, warmupSeconds, settleSeconds, rehearsals } = this.#plan;
    for (let count = 1; count <= rehearsals; count++) this.#rehearse(count);
    const bytesBefore = this.#server.residentBytes;
    const connectsPerSecond = this.#crowd.connectAll();
    this.#pass(settleSeconds, () => {});
    const bytesPerConnection = (this.#server.residentBytes - bytesBefore) / this.#crowd.open;
    for (const { receiver } of this.#crowd.clients) receiver.chats = 0;
    this.#crowd.tally.chats = 0;
    this.#askFirst();
    const send = this.#sender();
    this.#pass(warmupSeconds, send);
    const ticksBefore = this.#crowd.tally.ticks;
    const first = this.#mark();
    this.#measuring = true;
    this.#pass(seconds, send);
    this.#measuring = false;
    const last = this.#mark();
    const ticksPerClient = (this.#crowd.tally.ticks - ticksBefore) / this.#crowd.open;
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
      lost: Object.fromEntries(this.#crowd.lost),
    };
  }

  #rehearse(number: number): void {
    const path = `${this.#plan.path}r${number}-`;
    const events = { delayed: () => {}, ticked: () => {}, answered: () => {} };
    const crowd = new Crowd({ ...this.#plan, path }, events);
    crowd.connectAll();
    crowd.leave();
    crowd.wait(FORGOTTEN_MS * 1000);
  }

  #takeDelay(ms: number): void {
    if (!this.#measuring || this.#latencyCount === MOST_SAMPLES) return;
    this.#latencies[this.#latencyCount++] = ms;
  }

  #takeTick(): void {
    // A little before the second is not late.
    if (this.#measuring) {
      this.#lateness.push((Date.now() + MOST_EARLY_MS) % 1000 - MOST_EARLY_MS);
    }
  }

  #answered(client: Client): void {
    if (this.#plan.asking === undefined || client.state !== "open") return;
    this.#answers++;
    this.#crowd.send(client, this.#question);
  }

  #askFirst(): void {
    const { asking } = this.#plan;
    if (asking === undefined) return;
    for (const client of this.#crowd.clients.slice(-asking.clients)) {
      this.#crowd.send(client, this.#question);
    }
  }

  /** Looks at the sockets for some time, and sends before each time. */
  #pass(seconds: number, send: () => void): void {
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end) {
      send();
      this.#crowd.wait(NAP_US);
      this.#crowd.look();
    }
  }

  /** What sends the chats that are due. */
  #sender(): () => void {
    const { load } = this.#plan;
    if ("idle" in load) return () => {};
    if ("outstanding" in load) {
      return () => {
        const underWay = this.#sent - Math.floor(this.#crowd.tally.chats / (this.#crowd.open - 1));
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
    const client = this.#crowd.clients[this.#sent % this.#plan.senders]!;
    this.#chat.stamp(Math.floor(at * 1000));
    this.#crowd.send(client, this.#chat.bytes);
    this.#sentBy[client.number]!++;
    this.#sent++;
  }

  #mark(): Mark {
    return {
      at: performance.now(),
      sent: this.#sent,
      chats: this.#crowd.tally.chats,
      frames: this.#crowd.tally.frames,
      answers: this.#answers,
      serverCpu: this.#server.cpuSeconds,
      ownCpu: ownCpuSeconds(),
    };
  }

  /** Waits until everything has come, or nothing comes any more. */
  #awaitRest(): void {
    let seenAt = performance.now();
    for (let chats = -1; this.#compare().missing > 0; this.#crowd.look()) {
      const now = performance.now();
      if (this.#crowd.tally.chats !== chats) seenAt = now;
      else if (now - seenAt > SILENCE_MS) return;
      chats = this.#crowd.tally.chats;
    }
  }

  #compare(): { missing: number; surplus: number } {
    let missing = 0;
    let surplus = 0;
    for (const { receiver, number } of this.#crowd.clients) {
      const difference = this.#sent - this.#sentBy[number]! - receiver.chats;
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
  await Deno.stdout.write(
    new TextEncoder().encode(`${JSON.stringify(runLoad(JSON.parse(plan)))}\n`),
  );
}
