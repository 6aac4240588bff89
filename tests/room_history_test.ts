/**
 * The last five minutes, second by second, and the lines that are drawn of them.
 *
 * @module
 */

import assert from "node:assert/strict";
import { plotPaths } from "../components/plot_path.ts";
import { History, SECONDS_KEPT } from "../client/page/history.ts";

/** A history that has been online for some seconds, with so many messages in each. */
function history(...messages: readonly number[]) {
  const kept = new History();
  kept.entered(true, 0);
  messages.forEach((count, second) => {
    for (let n = 0; n < count; n++) kept.received(second * 1000 + n);
  });
  kept.publish(messages.length * 1000, Date.UTC(2026, 10, 20, 14, 30));
  return kept;
}

Deno.test("History counts the messages of each whole second, newest last", () => {
  const { messages } = history(2, 0, 3).view.value;
  assert.equal(messages.length, SECONDS_KEPT);
  assert.deepEqual(messages.slice(-4), [undefined, 2, 0, 3]);
});

Deno.test("History knows nothing of seconds without a connection, or of a sleep", () => {
  const kept = history(1, 1);
  kept.entered(false, 2500);
  kept.entered(true, 4500);
  kept.received(4600);
  kept.publish(5000, 0);
  assert.deepEqual(kept.view.value.messages.slice(-5), [1, 1, undefined, undefined, 1]);
  kept.received(20_000);
  kept.publish(21_000, 0);
  assert.deepEqual(kept.view.value.messages.slice(-3), [undefined, undefined, 1]);
});

Deno.test("History is bounded, also after a sleep of hours", () => {
  const kept = history(...Array(400).fill(1));
  assert.equal(kept.view.value.messages.length, SECONDS_KEPT);
  assert.ok(kept.view.value.messages.every((count) => count === 1));
  kept.publish(100 * 3_600_000, 0);
  assert.ok(kept.view.value.messages.every((count) => count === undefined));
});

Deno.test("History holds a round trip until the next, and for ten seconds at most", () => {
  const kept = history(1);
  kept.measured(7, 1200);
  for (let second = 2; second <= 14; second++) kept.received(second * 1000);
  kept.publish(14_000, 0);
  assert.deepEqual(kept.view.value.roundTrips.slice(-4), [7, undefined, undefined, undefined]);
  assert.equal(kept.view.value.roundTrips.filter((ms) => ms === 7).length, 10);
});

Deno.test("History cuts the seconds between the ticks, so that each has its own", () => {
  const kept = new History();
  kept.entered(true, 0);
  // Ticks about the turn of this device's seconds: one a little before it, one a little after.
  for (let second = 1; second <= 20; second++) {
    const at = second * 1000 + (second % 2 === 0 ? 4 : -4);
    kept.ticked(at);
    kept.received(at);
  }
  kept.publish(20_600, 0);
  assert.deepEqual(kept.view.value.messages.slice(-15), Array(15).fill(1));
});

Deno.test("History.choose() keeps to a second while it moves on, and lets it go when it is over", () => {
  const kept = history(1, 2, 3);
  kept.choose(SECONDS_KEPT - 2);
  assert.equal(kept.chosen.value, SECONDS_KEPT - 2);
  kept.publish(4000, 0);
  assert.equal(kept.chosen.value, SECONDS_KEPT - 3);
  kept.choose(1000);
  assert.equal(kept.chosen.value, SECONDS_KEPT - 1);
  kept.choose(-5);
  assert.equal(kept.chosen.value, 0);
  kept.publish(5000, 0);
  assert.equal(kept.chosen.value, undefined);
  kept.choose(5);
  kept.choose(undefined);
  assert.equal(kept.chosen.value, undefined);
});

Deno.test("plotPaths() draws a line through what is known, nothing where nothing is, one alone included", () => {
  const { line, area } = plotPaths([0, 10, undefined, undefined, 5, undefined], 10);
  assert.equal(line, "M0 47L1 8M4 27.5");
  assert.equal(area, "M0 47L1 8V47H0ZM4 27.5V47H4Z");
  assert.deepEqual(plotPaths([], 10), { line: "", area: "" });
});
