/**
 * Work one piece after the other, each once for all who ask for the same.
 *
 * @module
 */

import assert from "node:assert/strict";
import { SharedQueue } from "../lib/shared_queue.ts";

function setUp() {
  const queue = new SharedQueue<string>();
  const begun: string[] = [];
  const pieces = new Map<string, PromiseWithResolvers<string>>();
  const run = (key: string) =>
    queue.run(key, () => {
      begun.push(key);
      const piece = Promise.withResolvers<string>();
      pieces.set(key, piece);
      return piece.promise;
    });
  const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 0));
  return { queue, begun, pieces, run, turn };
}

Deno.test("SharedQueue.run() does one piece at a time, in the order in which they were asked for", async () => {
  const { queue, begun, pieces, run, turn } = setUp();
  const all = ["a", "b", "c"].map(run);
  for (const [index, key] of ["a", "b", "c"].entries()) {
    await turn();
    assert.deepEqual([begun.at(-1), begun.length, queue.length], [key, index + 1, 3 - index]);
    pieces.get(key)!.resolve(key.toUpperCase());
  }
  assert.deepEqual(await Promise.all(all), ["A", "B", "C"]);
  assert.equal(queue.length, 0);
});

Deno.test("SharedQueue.run() shares a piece until it is done, also one that waits", async () => {
  const { queue, begun, pieces, run, turn } = setUp();
  const all = ["a", "b", "a", "b"].map(run);
  assert.equal(queue.length, 2);
  for (const key of ["a", "b"]) {
    await turn();
    pieces.get(key)!.resolve(key);
  }
  assert.deepEqual(await Promise.all(all), ["a", "b", "a", "b"]);
  void run("a");
  await turn();
  assert.deepEqual(begun, ["a", "b", "a"]);
});

Deno.test("SharedQueue.run() fails for those who asked for what failed, and goes on", async () => {
  const { pieces, run, turn } = setUp();
  const [first, same, next] = [run("a"), run("a"), run("b")];
  await turn();
  const rejected = [first, same].map((piece) => assert.rejects(piece, /a fault/));
  pieces.get("a")!.reject(new Error("a fault"));
  await Promise.all(rejected);
  await turn();
  pieces.get("b")!.resolve("B");
  assert.equal(await next, "B");
});
