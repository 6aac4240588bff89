/**
 * The journal in memory, and what all versions of it have in common.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type JournalEntry,
  MemoryJournal,
  newestWithin,
  RecentEntries,
  toAck,
  toChat,
} from "../lib/journal.ts";
import { ackSchema, chatSchema } from "../lib/protocol.ts";
import { FakeTime } from "./fakes.ts";
import { appendSome, chatOf, Ear, offsetsOf, range, testJournal } from "./journal_contract.ts";

testJournal({
  name: "MemoryJournal",
  ignore: false,
  keepsAll: false,
  open: (size) =>
    Promise.resolve({ journal: new MemoryJournal({ size }), close: () => Promise.resolve() }),
});

/** An entry with a place. */
function entryOf(offset: number, fields: Partial<JournalEntry> = {}): JournalEntry {
  return { ...chatOf(`${offset}`), offset, timestamp: "2026-11-20T14:30:25.000Z", ...fields };
}

Deno.test("MemoryJournal.append() takes the time of the clock that it is given", () => {
  const time = new FakeTime();
  const journal = new MemoryJournal({ size: 3, now: time.now });
  const ear = new Ear(journal);
  time.advance(123);
  journal.append(chatOf("hi"));
  assert.equal(ear.entries[0]?.timestamp, "2026-11-20T14:30:25.123Z");
});

Deno.test("MemoryJournal.append() tells the subscriber before it returns", () => {
  const journal = new MemoryJournal({ size: 3 });
  const ear = new Ear(journal);
  for (const count of [1, 2, 3]) {
    journal.append(chatOf("hi"));
    assert.equal(ear.entries.length, count);
  }
});

Deno.test("MemoryJournal knows an id also where the chat is no longer kept", () => {
  const journal = new MemoryJournal({ size: 0 });
  const ear = new Ear(journal);
  for (let i = 0; i < 3; i++) journal.append(chatOf("hi", { id: "7" }));
  assert.deepEqual(ear.offsets, [1]);
  assert.deepEqual(ear.repetitions.map(({ offset }) => offset), [1, 1]);
});

Deno.test("MemoryJournal of size 0 counts and tells, and keeps nothing", async () => {
  const journal = new MemoryJournal({ size: 0 });
  const ear = new Ear(journal);
  for (let i = 0; i < 5; i++) journal.append(chatOf("hi", { id: `${i}` }));
  assert.deepEqual(ear.offsets, range(1, 5));
  for (const after of [0, 3, 5]) assert.deepEqual(await journal.read(after, 100), []);
  assert.equal(await journal.reaches(journal.epoch, 4), false);
  assert.equal(await journal.reaches(journal.epoch, 5), true);
});

Deno.test("MemoryJournal has an epoch of its own", () => {
  const epochs = Array.from({ length: 100 }, () => new MemoryJournal({ size: 1 }).epoch);
  assert.equal(new Set(epochs).size, 100);
});

Deno.test("MemoryJournal.read() gives after any count of chats exactly the newest that are kept", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(12),
      fc.nat(60),
      fc.integer({ min: -2, max: 70 }),
      fc.nat(20),
      async (size, count, after, limit) => {
        const journal = new MemoryJournal({ size });
        appendSome(journal, { count });
        const first = Math.max(after + 1, count - size + 1, 1);
        const expected = range(first, Math.min(count, first + limit - 1));
        assert.deepEqual(offsetsOf(await journal.read(after, limit)), expected);
        const reaches = await journal.reaches(journal.epoch, after);
        assert.equal(
          reaches,
          after <= count && after >= Math.min(count, Math.max(count - size, 0)),
        );
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("RecentEntries.clear() forgets all, and goes on from any offset", () => {
  const recent = new RecentEntries(5);
  for (const offset of [1, 2]) recent.push(entryOf(offset, { id: `${offset}` }));
  recent.clear();
  assert.equal(recent.after(1, 10), undefined);
  for (const offset of [9, 10]) recent.push(entryOf(offset));
  assert.deepEqual(offsetsOf(recent.after(8, 10)), [9, 10]);
  assert.equal(recent.after(7, 10), undefined);
});

/** Does something, and gives how many entries were in the largest map at its end. */
function largestMapAfter(act: () => void): number {
  const maps = new Set<Map<unknown, unknown>>();
  const { set } = Map.prototype;
  // What is held cannot be seen otherwise.
  Map.prototype.set = function (this: Map<unknown, unknown>, ...pair: [unknown, unknown]) {
    maps.add(this);
    return set.apply(this, pair);
  };
  try {
    act();
  } finally {
    Map.prototype.set = set;
  }
  return Math.max(...[...maps].map(({ size }) => size));
}

Deno.test("RecentEntries holds no more than it keeps, however many there are", () => {
  const recent = new RecentEntries(50);
  const held = largestMapAfter(() => {
    for (const offset of range(1, 10_000)) recent.push(entryOf(offset, { id: `${offset}` }));
  });
  assert.equal(held, 50);
  assert.deepEqual(offsetsOf(recent.after(9950, 100)), range(9951, 10_000));
  assert.equal(recent.after(9949, 100), undefined);
});

Deno.test("RecentEntries holds 16 Mi characters of text at the most, the newest, however many it may keep", () => {
  const recent = new RecentEntries(1_000_000);
  const message = "x".repeat(4096);
  const held = largestMapAfter(() => {
    for (const offset of range(1, 10_000)) {
      recent.push(entryOf(offset, { message, id: `${offset}` }));
    }
  });
  assert.equal(held, 4096);
  assert.equal(recent.after(10_000 - 4096, 5000)?.length, 4096);
  assert.equal(recent.after(10_000 - 4097, 5000), undefined);
  // Where the chats become shorter, there is room for more of them; where nothing is held, for as much as ever.
  for (const offset of range(10_001, 14_096)) recent.push(entryOf(offset, { message: "" }));
  assert.equal(recent.after(10_000 - 4096, 10_000)?.length, 8192);
  recent.clear();
  for (const offset of range(1, 4096)) recent.push(entryOf(offset, { message }));
  assert.equal(recent.after(0, 5000)?.length, 4096);
});

Deno.test("toChat() gives the message that clients receive, its type first", () => {
  for (const id of ["7", undefined]) {
    const message = toChat(entryOf(3, { message: "hi", id }));
    assert.deepEqual(chatSchema.parse(message), message);
    assert.deepEqual(JSON.parse(JSON.stringify(message)), {
      type: "chat",
      message: "hi",
      username: "ana",
      client_id: "c1",
      timestamp: "2026-11-20T14:30:25.000Z",
      offset: 3,
      ...(id === undefined ? {} : { id }),
    });
    assert.equal(Object.keys(message)[0], "type");
  }
});

Deno.test("toAck() gives the message that the sender receives, where the chat has an id", () => {
  assert.equal(toAck(entryOf(3)), undefined);
  const message = toAck(entryOf(3, { id: "7" }));
  assert.deepEqual(ackSchema.parse(message), {
    type: "ack",
    id: "7",
    offset: 3,
    timestamp: "2026-11-20T14:30:25.000Z",
    recipients: 2,
  });
});

Deno.test("newestWithin() keeps the newest entries whose texts are not too long together, whole", () => {
  const entries = [1, 4, 3, 2].map((length, index) =>
    entryOf(index + 1, { message: "x".repeat(length) })
  );
  const kept = (length: number) =>
    newestWithin(entries, length).map(({ message }) => message.length);
  assert.deepEqual([0, 1, 2, 5, 8, 9, 10].map(kept), [
    [],
    [],
    [2],
    [3, 2],
    [3, 2],
    [4, 3, 2],
    [1, 4, 3, 2],
  ]);
});
