/**
 * Fibonacci requests on their way: one at a time, as a server works on one at a time for each connection, and asked again
 * where the server was busy or the connection was lost, as asking twice does no harm.
 *
 * Invariant: of each request exactly one end is told, in the order of asking.
 *
 * @module
 */

import type { ErrorCode, ServerMessage, ServerMessageOf } from "../../lib/protocol.ts";
import type { Surroundings } from "../surroundings.ts";

/** What {@linkcode FibonacciQueue} takes. */
export interface FibonacciQueueOptions {
  readonly after: Surroundings["after"];
  /** How long to wait before the next request, in ms. */
  readonly waitMs: () => number;
  /** Hands a request to the socket; false where there is none. */
  readonly transmit: (input: number, id: string) => boolean;
  readonly answered: (answer: ServerMessageOf<"fibonacci">) => void;
  readonly failed: (input: number, error: ServerMessageOf<"error">) => void;
}

const BUSY: ReadonlySet<ErrorCode> = new Set(["busy", "rate_limited", "unavailable"]);
/** The wait where the server did not say how long. */
const RETRY_AFTER_MS = 500;

/** The requests of one connection, over all its sockets. */
export class FibonacciQueue {
  readonly #options: FibonacciQueueOptions;
  readonly #inputs: number[] = [];
  #asked = 0;
  /** The id of the request under way. */
  #id: string | undefined;
  #cancelTimer: (() => void) | undefined;

  constructor(options: FibonacciQueueOptions) {
    this.#options = options;
  }

  /** How many requests have not ended. */
  get size(): number {
    return this.#inputs.length;
  }

  /** Asks for Fibonacci(input), as soon as may be. */
  ask(input: number): void {
    this.#inputs.push(input);
    this.#pump();
  }

  /** There is a connection: asks. */
  resume(): void {
    this.#pump();
  }

  /** The connection is gone: what was under way is asked again by {@linkcode FibonacciQueue.resume}. */
  pause(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = this.#id = undefined;
  }

  /** Takes an answer; returns whether the message was one. */
  take(message: ServerMessage): boolean {
    if (message.type !== "fibonacci" && message.type !== "error") return false;
    if (this.#id === undefined || message.id !== this.#id) return false;
    this.#id = undefined;
    if (message.type === "error" && BUSY.has(message.code)) {
      this.#pumpAfter(message.retry_after_ms ?? RETRY_AFTER_MS);
      return true;
    }
    const input = this.#inputs.shift() ?? 0;
    if (message.type === "error") this.#options.failed(input, message);
    else this.#options.answered(message);
    this.#pump();
    return true;
  }

  #pump(): void {
    const [input] = this.#inputs;
    if (input === undefined || this.#id !== undefined || this.#cancelTimer !== undefined) return;
    const waitMs = this.#options.waitMs();
    if (waitMs > 0) return this.#pumpAfter(waitMs);
    const id = `fib-${++this.#asked}`;
    if (this.#options.transmit(input, id)) this.#id = id;
  }

  #pumpAfter(waitMs: number): void {
    this.#cancelTimer = this.#options.after(waitMs, () => {
      this.#cancelTimer = undefined;
      this.#pump();
    });
  }
}
