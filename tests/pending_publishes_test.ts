/**
 * The chats that wait for their place: in order, bounded, none for longer than the deadline.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type PendingPublish,
  PendingPublishes,
  type PendingPublishesOptions,
} from "../lib/pending_publishes.ts";
import { FakeTime } from "./fakes.ts";
import { chatOf } from "./journal_contract.ts";

function setUp(options: Partial<PendingPublishesOptions> = {}) {
  const time = new FakeTime();
  const expired: string[] = [];
  const pending = new PendingPublishes({
    time,
    expired: ({ messageId }) => expired.push(messageId),
    ...options,
  });
  const add = (messageId: string, bytes = 10) =>
    pending.add({ chat: chatOf(messageId), messageId, data: new Uint8Array(bytes) });
  const ids = () => pending.all().map(({ messageId }) => messageId);
  return { time, expired, pending, add, ids };
}

Deno.test("PendingPublishes.all() gives what waits in the order in which it came, also after some were answered", () => {
  const { pending, add, ids } = setUp();
  for (const id of ["a", "b", "c", "d"]) add(id);
  assert.equal(pending.take("b")?.messageId, "b");
  assert.equal(pending.take("b"), undefined);
  add("b");
  assert.deepEqual(ids(), ["a", "c", "d", "b"]);
});

Deno.test("PendingPublishes.find() finds by numbers, of which none comes again", () => {
  const { pending, add } = setUp();
  const first = add("a") as PendingPublish;
  assert.equal(pending.find(first.number)?.messageId, "a");
  pending.take("a");
  const second = add("a") as PendingPublish;
  assert.equal(pending.find(first.number), undefined);
  assert.equal(pending.find(second.number)?.messageId, "a");
});

Deno.test("PendingPublishes.add() counts how often one of the same id is asked for", () => {
  const { pending, add, ids } = setUp();
  assert.deepEqual([typeof add("a"), add("a"), add("a")], ["object", "joined", "joined"]);
  assert.deepEqual(ids(), ["a"]);
  assert.equal(pending.take("a")?.times, 3);
});

Deno.test("PendingPublishes lets each wait for 5 s, not longer, and no shorter", () => {
  const { time, expired, pending, add, ids } = setUp();
  add("a");
  time.advance(2000);
  add("b");
  add("c");
  pending.take("b");
  time.advance(2999);
  assert.deepEqual(expired, []);
  time.advance(1);
  assert.deepEqual([expired, ids()], [["a"], ["c"]]);
  time.advance(1999);
  assert.deepEqual(expired, ["a"]);
  time.advance(1);
  assert.deepEqual([expired, ids(), time.pending], [["a", "c"], [], 0]);
});

Deno.test("PendingPublishes.add() refuses what is more than the count or the bytes, until there is room again", () => {
  for (const limit of [{ maxCount: 3 }, { maxBytes: 35 }]) {
    const { pending, add, time } = setUp(limit);
    for (const id of ["a", "b", "c"]) assert.equal(typeof add(id), "object");
    assert.equal(add("d"), "full");
    assert.equal(add("a"), "joined");
    pending.take("a");
    assert.equal(typeof add("d"), "object");
    assert.equal(add("e"), "full");
    time.advance(5000);
    for (const id of ["e", "f", "g"]) assert.equal(typeof add(id), "object");
    assert.equal(add("h"), "full");
  }
});

Deno.test("PendingPublishes bounds what waits by default", () => {
  const { add } = setUp();
  let count = 0;
  while (add(`${count}`, 1) !== "full") count++;
  assert.equal(count, 10_000);
  assert.equal(setUp().add("large", 16_777_217), "full");
});

Deno.test("PendingPublishes.clear() forgets all and keeps no timer", () => {
  const { pending, add, time, expired, ids } = setUp();
  for (const id of ["a", "b"]) add(id);
  pending.clear();
  assert.deepEqual([ids(), time.pending], [[], 0]);
  time.advance(10_000);
  assert.deepEqual(expired, []);
});

Deno.test("PendingPublishes answers each once, by being taken or by expiring at its time, whatever happens", () => {
  const step = fc.record({ wait: fc.nat(3000), take: fc.option(fc.nat(9)), add: fc.nat(9) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { time, pending, add } = setUp({
        expired: (waiting) => {
          assert.equal(waiting.chat.recipients, 2);
          answered.push([waiting.messageId, time.elapsed() - since.get(waiting.messageId)!]);
          since.delete(waiting.messageId);
        },
      });
      const since = new Map<string, number>();
      const answered: [string, number][] = [];
      for (const { wait, take, add: id } of steps) {
        time.advance(wait);
        if (take !== null && pending.take(`${take}`)) since.delete(`${take}`);
        if (typeof add(`${id}`) === "object") since.set(`${id}`, time.elapsed());
        assert.deepEqual(pending.all().map(({ messageId }) => messageId), [...since.keys()]);
      }
      time.advance(5000);
      assert.equal(since.size, 0);
      assert.ok(answered.every(([, waited]) => waited === 5000));
    }),
    { numRuns: 300 },
  );
});
