/**
 * TCP sockets straight from the C library: `Deno.connect` takes several µs for each read, and a generator built on it
 * would be slower than the servers that it is to measure. Linux only. What the bytes mean is said elsewhere.
 *
 * Invariant: nothing here waits, but `wait()` for the time that it is given.
 *
 * @module
 */

const AF_INET = 2;
const SOCK_STREAM_NONBLOCK = 1 | 0o4000;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const IP_BIND_ADDRESS_NO_PORT = 24;
const MSG_NOSIGNAL = 0x4000;
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_MOD = 3;
const EPOLLIN = 1;
const EPOLLOUT = 4;
const EPOLLERR_OR_HUP = 8 | 16;
const MOST_EVENTS = 1024;
/** The packed `struct epoll_event` of x86-64 has 3 words, elsewhere there are 4. */
const EVENT = Deno.build.arch === "x86_64" ? { words: 3, data: 1 } : { words: 4, data: 2 };

const int = "i32" as const;
const buffer = "buffer" as const;

function openLibrary() {
  return Deno.dlopen("libc.so.6", {
    socket: { parameters: [int, int, int], result: int },
    setsockopt: { parameters: [int, int, int, buffer, "u32"], result: int },
    bind: { parameters: [int, buffer, "u32"], result: int },
    connect: { parameters: [int, buffer, "u32"], result: int },
    recv: { parameters: [int, buffer, "u32", int], result: int },
    send: { parameters: [int, buffer, "u32", int], result: int },
    close: { parameters: [int], result: int },
    epoll_create1: { parameters: [int], result: int },
    epoll_ctl: { parameters: [int, int, int, buffer], result: int },
    epoll_wait: { parameters: [int, buffer, int, int], result: int },
    usleep: { parameters: ["u32"], result: int },
  }).symbols;
}

/** What a socket of {@linkcode Sockets} was found to be: to be read, to be written to for the first time, or over. */
export type Readiness = "readable" | "connected" | "over";

function address(
  ip: readonly [number, number, number, number],
  port: number,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(16);
  bytes[0] = AF_INET;
  bytes.set([port >> 8, port & 255, ...ip], 2);
  return bytes;
}

/** Client sockets to ports of loopback, each with a number of the caller's. */
export class Sockets {
  readonly #libc = openLibrary();
  readonly #poll: number;
  /** One address of 127/8 for all, since a busy run uses up the ports of a single one. */
  readonly #source: Uint8Array<ArrayBuffer>;
  readonly #one = new Uint8Array(new Int32Array([1]).buffer);
  readonly #event = new Int32Array(EVENT.words);
  readonly #eventBytes = new Uint8Array(this.#event.buffer);
  readonly #events = new Int32Array(EVENT.words * MOST_EVENTS);
  readonly #eventsBytes = new Uint8Array(this.#events.buffer);

  constructor() {
    this.#poll = this.#libc.epoll_create1(0);
    const random = () => 1 + Math.floor(Math.random() * 250);
    this.#source = address([127, random(), random(), random()], 0);
  }

  /**
   * Begins to connect to a port of this machine.
   *
   * @param number What {@linkcode Sockets.ready} calls it.
   * @returns The descriptor.
   * @throws {Error} If there are no more descriptors.
   */
  connect(port: number, number: number): number {
    const socket = this.#libc.socket(AF_INET, SOCK_STREAM_NONBLOCK, 0);
    if (socket < 0) throw new Error("could not open a socket: too many files: raise ulimit -n");
    this.#libc.setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, this.#one, 4);
    this.#libc.setsockopt(socket, 0, IP_BIND_ADDRESS_NO_PORT, this.#one, 4);
    this.#libc.bind(socket, this.#source, 16);
    // It is under way, or has failed: then the socket is soon over.
    this.#libc.connect(socket, address([127, 0, 0, 1], port), 16);
    this.#watch(EPOLL_CTL_ADD, socket, { events: EPOLLIN | EPOLLOUT, number });
    return socket;
  }

  #watch(
    operation: number,
    socket: number,
    of: { readonly events: number; readonly number: number },
  ): void {
    this.#event[0] = of.events;
    this.#event[EVENT.data] = of.number;
    this.#libc.epoll_ctl(this.#poll, operation, socket, this.#eventBytes);
  }

  /** From now on only what can be read is told of it. */
  onlyReads(socket: number, number: number): void {
    this.#watch(EPOLL_CTL_MOD, socket, { events: EPOLLIN, number });
  }

  /** Calls back for each socket that something has happened to, with its number; at most 1024 of them. */
  ready(each: (number: number, readiness: Readiness) => void): void {
    const count = this.#libc.epoll_wait(this.#poll, this.#eventsBytes, MOST_EVENTS, 0);
    for (let index = 0; index < count; index++) {
      const events = this.#events[index * EVENT.words]!;
      const number = this.#events[index * EVENT.words + EVENT.data]!;
      if ((events & EPOLLIN) !== 0) each(number, "readable");
      else each(number, (events & EPOLLERR_OR_HUP) !== 0 ? "over" : "connected");
    }
  }

  /** Reads what is there; returns how many bytes, 0 or less at the end. */
  read(socket: number, into: Uint8Array<ArrayBuffer>): number {
    return this.#libc.recv(socket, into, into.length, 0);
  }

  /** Sends all of it; returns whether the peer took it within a second. */
  send(socket: number, bytes: Uint8Array<ArrayBuffer>): boolean {
    let rest = bytes;
    for (let tries = 0; tries < 20_000; tries++) {
      const sent = this.#libc.send(socket, rest, rest.length, MSG_NOSIGNAL);
      if (sent === rest.length) return true;
      if (sent > 0) rest = rest.subarray(sent);
      else this.wait(50);
    }
    return false;
  }

  close(socket: number): void {
    this.#libc.close(socket);
  }

  /** Sleeps for some µs. */
  wait(us: number): void {
    this.#libc.usleep(us);
  }
}
