/**
 * Asking the server for Fibonacci numbers: the field, the one request that may be under way, the last results.
 *
 * Invariant: what is sent is an integer within the server's range, and one request at a time.
 *
 * @module
 */

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { ServerMessageOf } from "../../lib/protocol.ts";

/** How many results are kept. */
const RESULTS_KEPT = 10;

/** What is wrong with what stands in the field. */
export type FibonacciProblem = "fib_integer" | "fib_out";
/** Digits in groups of three, as numbers are written in one country or the other. One that begins with 0 is a fraction. */
const GROUPED = /^[1-9]\d{0,2}(?:([.,'’ ])\d{3})(?:\1\d{3})*$/;

/** A result, with its digits as text. */
export interface FibonacciResult {
  readonly key: number;
  readonly input: number;
  readonly digits: string;
  readonly elapsedMs: number;
}

/** Why a request was not answered: the server's error, the loss of the connection, or that there was none. */
export type FibonacciFailure = ServerMessageOf<"error"> | "lost" | "unsent";

/** The state of the calculator. */
export class Fibonacci {
  /** What stands in the field. */
  readonly typed = signal("");
  /** The largest n. */
  readonly limit = signal(0);
  readonly #pending = signal<string | undefined>(undefined);
  readonly #results = signal<readonly FibonacciResult[]>([]);
  readonly #failure = signal<FibonacciFailure | undefined>(undefined);
  readonly #chosen = signal<number | undefined>(undefined);
  #count = 0;

  /** The number that stands in the field, or what is wrong with it; of an empty field neither. */
  readonly wanted: ReadonlySignal<number | FibonacciProblem | undefined> = computed(() => {
    const input = parseInteger(this.typed.value);
    if (typeof input !== "number") return input;
    return input < 0 || input > this.limit.value ? "fib_out" : input;
  });

  /** The result that is looked at: the newest, until another is chosen. */
  readonly shown: ReadonlySignal<FibonacciResult | undefined> = computed(() => {
    const results = this.#results.value;
    return results.find(({ key }) => key === this.#chosen.value) ?? results[0];
  });

  constructor(limit: number) {
    this.limit.value = limit;
  }

  /** Whether an answer is awaited. */
  readonly isComputing: ReadonlySignal<boolean> = computed(() => this.#pending.value !== undefined);

  /** The last results, newest first. */
  get results(): ReadonlySignal<readonly FibonacciResult[]> {
    return this.#results;
  }

  /** Why the last request was not answered. */
  get failure(): ReadonlySignal<FibonacciFailure | undefined> {
    return this.#failure;
  }

  /** Takes what is written into the field. */
  write(text: string): void {
    this.typed.value = text;
    this.#failure.value = undefined;
  }

  /** Looks at one of the results. */
  choose(key: number): void {
    this.#chosen.value = key;
  }

  /**
   * Asks for what stands in the field, if that is allowed and nothing is under way.
   *
   * @param send Sends a request; false where it could not.
   */
  ask(send: (input: number, id: string) => boolean): void {
    const input = this.wanted.value;
    if (typeof input !== "number" || this.isComputing.value) return;
    this.#failure.value = undefined;
    const id = `fib-${++this.#count}`;
    if (send(input, id)) this.#pending.value = id;
    else this.#failure.value = "unsent";
  }

  /** Takes an answer. */
  answered(message: ServerMessageOf<"fibonacci">): void {
    if (message.id === undefined || message.id !== this.#pending.value) return;
    this.#pending.value = undefined;
    const result: FibonacciResult = {
      key: this.#count,
      input: message.input,
      digits: String(message.result),
      elapsedMs: message.elapsed_ms,
    };
    this.#results.value = [result, ...this.#results.value].slice(0, RESULTS_KEPT);
    this.#chosen.value = undefined;
  }

  /** Takes an error, where it is about the request under way. */
  refused(error: ServerMessageOf<"error">): void {
    if (error.id === undefined || error.id !== this.#pending.value) return;
    this.#fail(error);
  }

  /** The connection is gone, and an answer with it. */
  lost(): void {
    if (this.isComputing.value) this.#fail("lost");
  }

  #fail(failure: FibonacciFailure): void {
    this.#pending.value = undefined;
    this.#failure.value = failure;
  }
}

/** The integer that a text is, however its digits are grouped; of an empty text nothing. */
function parseInteger(typed: string): number | "fib_integer" | undefined {
  // The wide digits of an input method, and the no-break spaces of a pasted text, become plain ones.
  const text = typed.normalize("NFKC").trim();
  if (text === "") return undefined;
  const [, sign = "", digits = ""] = /^([+\-−]?)(.*)$/s.exec(text) ?? [];
  if (!/^\d+$/.test(digits) && !GROUPED.test(digits)) return "fib_integer";
  const input = Number(digits.replaceAll(/\D/g, ""));
  return sign === "" || sign === "+" ? input : -input;
}
