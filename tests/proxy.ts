/**
 * A load balancer that is a bad network: it passes TCP connections on to several targets in turn, breaks some of them in
 * the middle of a frame, and lets others go silent.
 *
 * @module
 */

import type { Chance } from "./chance.ts";

/** The most that a connection still passes on to its client before it breaks, in bytes. */
const LAST_BYTES = 2000;
/** What a connection has passed on to its client by when it is past its handshake and its welcome, in bytes. */
const FIRST_BYTES = 1000;

/** What {@linkcode Proxy} takes. */
export interface ProxyOptions {
  /** The ports of loopback that there are now; each connection gets the next one. */
  readonly targets: () => readonly number[];
  readonly chance: Chance;
}

/** One connection on its way through. */
class Link {
  readonly #ends: readonly Deno.TcpConn[];
  readonly #ended: () => void;
  /** How much has passed to the client, and how much may; then it breaks. */
  #passed = 0;
  #most = Infinity;
  #gate: PromiseWithResolvers<void> | undefined;
  #open = 2;

  constructor(ends: readonly [Deno.TcpConn, Deno.TcpConn], ended: () => void) {
    this.#ends = ends;
    this.#ended = ended;
    const [client, target] = ends;
    this.#run(this.#pump(client, target, (part) => part));
    this.#run(this.#pump(target, client, (part) => this.#count(part)));
  }

  /** Whether it is a connection in use. */
  get isLively(): boolean {
    return this.#gate === undefined && this.#passed >= FIRST_BYTES;
  }

  /** Breaks when it has passed on so many more bytes to its client. */
  breakAfter(bytes: number): void {
    this.#most = this.#passed + bytes;
  }

  /** Ends both sides at once. */
  break(): void {
    this.flow();
    for (const end of this.#ends) {
      try {
        end.close();
      } catch {
        // It is closed already.
      }
    }
    this.#ended();
  }

  /** Nothing passes from now on. */
  stall(): void {
    this.#gate ??= Promise.withResolvers();
  }

  /** What was held back passes, and what follows. */
  flow(): void {
    this.#gate?.resolve();
    this.#gate = undefined;
  }

  async #run(pump: Promise<void>): Promise<void> {
    try {
      await pump;
      if (--this.#open === 0) this.break();
    } catch {
      // One side is gone: so is the other.
      this.break();
    }
  }

  async #pump(
    from: Deno.TcpConn,
    to: Deno.TcpConn,
    take: (part: Uint8Array) => Uint8Array,
  ): Promise<void> {
    const buffer = new Uint8Array(16_384);
    for (;;) {
      const length = await from.read(buffer);
      await this.#gate?.promise;
      if (length === null) return await to.closeWrite();
      const part = take(buffer.subarray(0, length));
      for (let at = 0; at < part.length;) at += await to.write(part.subarray(at));
      if (this.#passed === this.#most) return this.break();
    }
  }

  /** Takes what may pass to the client. */
  #count(part: Uint8Array): Uint8Array {
    const taken = part.subarray(0, this.#most - this.#passed);
    this.#passed += taken.length;
    return taken;
  }
}

/** A proxy on a free port of loopback. */
export class Proxy {
  readonly #options: ProxyOptions;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #links = new Set<Link>();
  #turn = 0;
  #isClosed = false;
  /** How many connections it has broken, and let go silent. */
  cuts = 0;
  stalls = 0;

  constructor(options: ProxyOptions) {
    this.#options = options;
    this.#listen();
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  /** Breaks one of the connections after a few more bytes, in the middle of whatever they are. */
  cut(): void {
    const { chance } = this.#options;
    const link = chance.pick([...this.#links]);
    if (link === undefined) return;
    this.cuts++;
    link.breakAfter(chance.below(LAST_BYTES));
  }

  /** Lets one of the connections go silent; what went silent before flows again, late. */
  stall(): void {
    this.heal();
    // A client gives an attempt as long as its session lasts: one that goes silent is another promise.
    const link = this.#options.chance.pick([...this.#links].filter(({ isLively }) => isLively));
    if (link === undefined) return;
    this.stalls++;
    link.stall();
  }

  /** Lets everything flow. */
  heal(): void {
    for (const link of this.#links) link.flow();
  }

  /** Breaks all connections and takes no more. */
  close(): void {
    this.#isClosed = true;
    this.#listener.close();
    this.breakAll();
  }

  /** Breaks all connections. */
  breakAll(): void {
    for (const link of [...this.#links]) link.break();
  }

  async #listen(): Promise<void> {
    try {
      for await (const client of this.#listener) this.#pass(client);
    } catch {
      // It is closed while a connection comes in.
    }
  }

  async #pass(client: Deno.TcpConn): Promise<void> {
    const target = await this.#connect();
    if (target === undefined) return client.close();
    const link = new Link([client, target], () => this.#links.delete(link));
    this.#links.add(link);
    if (this.#isClosed) link.break();
  }

  /** Connects to the next target that listens. */
  async #connect(): Promise<Deno.TcpConn | undefined> {
    const targets = this.#options.targets();
    for (let tries = 0; tries < targets.length; tries++) {
      const port = targets[this.#turn++ % targets.length] ?? 0;
      try {
        return await Deno.connect({ hostname: "127.0.0.1", port });
      } catch {
        // It is about to go: the next one then.
      }
    }
  }
}
