/**
 * The worker's side of lib/fibonacci.ts: takes an n, answers with a FibonacciAnswer.
 *
 * @module
 */

/// <reference lib="deno.worker" />
import { fibonacci, type FibonacciAnswer } from "./fibonacci.ts";

self.onmessage = (event: MessageEvent<number>) => {
  const startedAt = performance.now();
  const digits = fibonacci(event.data).toString();
  const elapsedMs = Math.round((performance.now() - startedAt) * 1000) / 1000;
  self.postMessage({ digits, elapsedMs } satisfies FibonacciAnswer);
};
