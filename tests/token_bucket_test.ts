/**
 * The token bucket, by hand-counted cases and against what a rate and a burst promise.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { TokenBucket } from "../lib/token_bucket.ts";

const T0 = Date.parse("2026-11-20T14:30:25.000Z");

Deno.test("TokenBucket.take() gives the whole burst at once, then says how long to wait", () => {
  const bucket = new TokenBucket({ perSecond: 20, burst: 3 }, T0);
  assert.deepEqual([1, 2, 3, 4, 5].map(() => bucket.take(T0)), [0, 0, 0, 50, 50]);
});

Deno.test("TokenBucket.take() gives one token for each interval of the rate", () => {
  const bucket = new TokenBucket({ perSecond: 4, burst: 1 }, T0);
  const taken = [0, 249, 250, 499, 500, 1250, 1251].map((ms) => bucket.take(T0 + ms));
  assert.deepEqual(taken, [0, 1, 0, 1, 0, 0, 249]);
});

Deno.test("TokenBucket.take() saves no more than the burst, however long nothing is taken", () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 2 }, T0);
  bucket.take(T0);
  const later = T0 + 86_400_000;
  assert.deepEqual([1, 2, 3].map(() => bucket.take(later)), [0, 0, 100]);
});

Deno.test("TokenBucket.take() gives a large burst to the last token, new and refilled", () => {
  const bucket = new TokenBucket({ perSecond: 1000, burst: 5000 }, T0);
  for (const now of [T0, T0 + 60_000]) {
    for (let i = 0; i < 5000; i++) assert.equal(bucket.take(now), 0);
    assert.equal(bucket.take(now), 1);
  }
});

Deno.test("TokenBucket.take() rounds the wait up to whole ms", () => {
  const bucket = new TokenBucket({ perSecond: 3, burst: 1 }, T0);
  bucket.take(T0);
  assert.equal(bucket.take(T0), 334);
});

Deno.test("TokenBucket.take() always gives where the rate is 0, which is no limit", () => {
  const bucket = new TokenBucket({ perSecond: 0, burst: 0 }, T0);
  for (let i = 0; i < 1000; i++) assert.equal(bucket.take(T0), 0);
  assert.equal(bucket.isFull(T0), true);
});

Deno.test("TokenBucket.peek() tells what take() would, and takes nothing", () => {
  const bucket = new TokenBucket({ perSecond: 2, burst: 3 }, T0);
  for (const at of [0, 0, 0, 0, 100, 500, 500, 2000]) {
    const told = [bucket.peek(T0 + at), bucket.peek(T0 + at)];
    const waitMs = bucket.take(T0 + at);
    assert.deepEqual(told, [waitMs, waitMs]);
  }
});

Deno.test("TokenBucket.isFull() is true when new, false after a take and true once refilled", () => {
  const bucket = new TokenBucket({ perSecond: 2, burst: 2 }, T0);
  assert.equal(bucket.isFull(T0), true);
  bucket.take(T0);
  assert.equal(bucket.isFull(T0), false);
  assert.equal(bucket.isFull(T0 + 499), false);
  assert.equal(bucket.isFull(T0 + 500), true);
});

Deno.test("TokenBucket.isFull() takes nothing", () => {
  const bucket = new TokenBucket({ perSecond: 1, burst: 1 }, T0);
  for (let i = 0; i < 5; i++) assert.equal(bucket.isFull(T0), true);
  assert.equal(bucket.take(T0), 0);
});

const rates = fc.record({
  perSecond: fc.integer({ min: 1, max: 2000 }),
  burst: fc.integer({ min: 1, max: 100 }),
});

Deno.test("TokenBucket.take() has a token when the wait that it named is over", () => {
  fc.assert(
    fc.property(rates, fc.array(fc.nat(700), { maxLength: 30 }), (rate, gaps) => {
      const bucket = new TokenBucket(rate, T0);
      let now = T0;
      for (const gap of gaps) {
        now += gap;
        let waitMs = 0;
        while (waitMs === 0) waitMs = bucket.take(now);
        assert.ok(Number.isInteger(waitMs) && waitMs > 0, `waits ${waitMs}`);
        now += waitMs;
        assert.equal(bucket.take(now), 0, `nothing after ${waitMs} ms`);
      }
    }),
    { numRuns: 1000 },
  );
});

Deno.test("TokenBucket.take() gives in no window more than the burst and the window's rate", () => {
  fc.assert(
    fc.property(rates, fc.array(fc.nat(50), { minLength: 1, maxLength: 300 }), (rate, gaps) => {
      const bucket = new TokenBucket(rate, T0);
      let now = T0;
      const taken: number[] = [];
      for (const gap of gaps) {
        now += gap;
        if (bucket.take(now) === 0) taken.push(now);
      }
      for (const [first, from] of taken.entries()) {
        for (const [more, until] of taken.slice(first).entries()) {
          const most = rate.burst + (until - from) / 1000 * rate.perSecond;
          // Intervals such as 1000/3 ms need not add up to the last digit.
          assert.ok(more + 1 <= most + 0.05, `${more + 1} in ${until - from} ms`);
        }
      }
    }),
    { numRuns: 200 },
  );
});
