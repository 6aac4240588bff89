/**
 * Fibonacci numbers, exact, and the workers that compute them beside the event loop. Who asked is the hub's business.
 *
 * Invariant: whoever asks gets exactly one answer, within the deadline plus the wait in a bounded queue.
 *
 * @module
 */

import type { Result } from "./result.ts";
import { systemTime, type Time } from "./clock.ts";

/**
 * F(n) by fast doubling, in O(log n) multiplications.
 *
 * @param n An integer from 0 up.
 * @see https://www.nayuki.io/page/fast-fibonacci-algorithms
 */
export function fibonacci(n: number): bigint {
  let a = 0n; // F(k)
  let b = 1n; // F(k + 1)
  for (let bit = 31 - Math.clz32(n); bit >= 0; bit--) {
    const doubled = a * (2n * b - a);
    b = a * a + b * b;
    a = doubled;
    if ((n >>> bit) & 1) [a, b] = [b, a + b];
  }
  return a;
}

/** F(n) in decimal digits, and how long the work took; 0 ms where it was known already. */
export interface FibonacciAnswer {
  readonly digits: string;
  readonly elapsedMs: number;
}

/** Why there is no answer: the queue is full, the deadline passed, or the worker failed. */
export type FibonacciFailure = "queue_full" | "deadline" | "fault";

type Outcome = Result<FibonacciAnswer, FibonacciFailure>;

interface Job {
  readonly n: number;
  readonly settle: (outcome: Outcome) => void;
}

/** The part of a Worker that the pool needs; tests give fakes. */
export type FibonacciWorker = Pick<
  Worker,
  "postMessage" | "terminate" | "onmessage" | "onerror"
>;

/** What {@linkcode FibonacciPool} takes. */
export interface FibonacciPoolOptions {
  /** How many workers; by default one core is left to the event loop, and there are at most 4. */
  readonly workers?: number;
  readonly queueLength?: number;
  readonly deadlineMs?: number;
  /** How many decimal digits of results are kept, over all of them. */
  readonly cacheDigits?: number;
  readonly createWorker?: () => FibonacciWorker;
  readonly time?: Time;
}

/** A pool of workers that start when first needed, with a bounded queue and a small cache of results. */
export class FibonacciPool {
  readonly #options: Required<FibonacciPoolOptions>;
  readonly #idle: FibonacciWorker[] = [];
  readonly #queue: Job[] = [];
  /** What gives up the computation of each worker that is at work. */
  readonly #busy = new Map<FibonacciWorker, (why: FibonacciFailure) => void>();
  readonly #underWay = new Map<number, Promise<Outcome>>();
  // Least recently used first: a Map keeps the order of insertion.
  readonly #cache = new Map<number, string>();
  #cachedDigits = 0;

  constructor(options: FibonacciPoolOptions = {}) {
    this.#options = {
      workers: Math.min(4, Math.max(1, navigator.hardwareConcurrency - 1)),
      queueLength: 256,
      deadlineMs: 2000,
      cacheDigits: 4_000_000,
      createWorker: () =>
        new Worker(new URL("./fibonacci_worker.ts", import.meta.url), { type: "module" }),
      time: systemTime,
      ...options,
    };
  }

  /** Computes F(n), or says why not. Those who ask for the same n meanwhile share one computation. Never rejects. */
  compute(n: number): Promise<Outcome> {
    const known = this.#cache.get(n);
    if (known !== undefined) {
      this.#cache.delete(n);
      this.#cache.set(n, known);
      return Promise.resolve({ ok: true, value: { digits: known, elapsedMs: 0 } });
    }
    const shared = this.#underWay.get(n);
    if (shared !== undefined) return shared;
    if (this.#queue.length >= this.#options.queueLength) {
      return Promise.resolve({ ok: false, error: "queue_full" });
    }
    const outcome = new Promise<Outcome>((resolve) => {
      this.#queue.push({
        n,
        settle: (outcome) => {
          this.#underWay.delete(n);
          if (outcome.ok) this.#keep(n, outcome.value.digits);
          resolve(outcome);
        },
      });
    });
    this.#underWay.set(n, outcome);
    this.#assign();
    return outcome;
  }

  /** Ends the workers; what was asked is answered with a failure. */
  close(): void {
    for (const worker of this.#idle.splice(0)) worker.terminate();
    for (const job of this.#queue.splice(0)) job.settle({ ok: false, error: "fault" });
    for (const giveUp of [...this.#busy.values()]) giveUp("fault");
  }

  #assign(): void {
    while (this.#queue.length > 0) {
      if (this.#idle.length === 0 && this.#busy.size >= this.#options.workers) return;
      const job = this.#queue.shift()!;
      try {
        this.#run(this.#idle.pop() ?? this.#options.createWorker(), job);
      } catch {
        job.settle({ ok: false, error: "fault" });
      }
    }
  }

  #run(worker: FibonacciWorker, job: Job): void {
    const leave = () => {
      cancelDeadline();
      this.#busy.delete(worker);
    };
    const giveUp = (why: FibonacciFailure) => {
      leave();
      worker.terminate();
      // It may fail between two jobs, too.
      const idleAt = this.#idle.indexOf(worker);
      if (idleAt >= 0) this.#idle.splice(idleAt, 1);
      job.settle({ ok: false, error: why });
      this.#assign();
    };
    const cancelDeadline = this.#options.time.after(
      this.#options.deadlineMs,
      () => giveUp("deadline"),
    );
    worker.onmessage = (event: MessageEvent<FibonacciAnswer>) => {
      leave();
      this.#idle.push(worker);
      job.settle({ ok: true, value: event.data });
      this.#assign();
    };
    worker.onerror = (event) => {
      // Unhandled, it would end the process.
      event.preventDefault();
      giveUp("fault");
    };
    this.#busy.set(worker, giveUp);
    worker.postMessage(job.n);
  }

  #keep(n: number, digits: string): void {
    this.#cache.set(n, digits);
    this.#cachedDigits += digits.length;
    for (const [oldest, { length }] of this.#cache) {
      if (this.#cachedDigits <= this.#options.cacheDigits) return;
      this.#cache.delete(oldest);
      this.#cachedDigits -= length;
    }
  }
}
