/**
 * When requests over HTTP begin.
 *
 * @module
 */

import assert from "node:assert/strict";
import { HttpPace } from "../lib/http_pace.ts";
import { FakeTime } from "./fakes.ts";
import { settle } from "./fake_hub.ts";

/** Requests by one pace; `begun`: which have begun since the last time. */
function setUp() {
  const time = new FakeTime();
  const pace = new HttpPace(time);
  const begun: number[] = [];
  return {
    time,
    ask: (...requests: number[]) => {
      for (const request of requests) void pace.begin().then(() => begun.push(request));
    },
    begun: async () => {
      await settle();
      return begun.splice(0);
    },
  };
}

Deno.test("HttpPace.begin() lets a few begin, and the next ones in their order after a pause", async () => {
  const { time, ask, begun } = setUp();
  ask(1, 2, 3, 4, 5, 6, 7, 8, 9);
  assert.deepEqual(await begun(), [1, 2, 3, 4]);
  // Their work is done, and there is nothing to do for a while.
  time.advance(0);
  assert.deepEqual(await begun(), []);
  time.advance(1);
  assert.deepEqual(await begun(), [5, 6, 7, 8]);
  ask(10);
  assert.deepEqual(await begun(), []);
  time.advance(0);
  time.advance(1);
  ask(11);
  assert.deepEqual(await begun(), [9, 10, 11]);
});

Deno.test("HttpPace.begin() begins the pause when the work is done, however long that took", async () => {
  // Timers that are due, as after long work.
  const due: (() => void)[] = [];
  const after = (_: number, callback: () => void) => {
    due.push(callback);
    return () => {};
  };
  const pace = new HttpPace({ after });
  for (const _ of [1, 2, 3, 4]) await pace.begin();
  let isNext = false;
  void pace.begin().then(() => isNext = true);
  for (const isPauseOver of [false, true]) {
    for (const callback of due.splice(0)) callback();
    await settle();
    assert.equal(isNext, isPauseOver);
  }
});

Deno.test("HttpPace.begin() keeps nobody waiting and no timer where few come", async () => {
  const { time, ask, begun } = setUp();
  for (const request of [1, 2, 3, 4, 5, 6]) {
    ask(request);
    assert.deepEqual(await begun(), [request]);
    time.advance(0);
    time.advance(1);
  }
  assert.equal(time.pending, 0);
});
