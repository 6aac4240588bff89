/**
 * The journal: the order of chats, and how much of it is kept.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { type Chat, Journal, type JournalEntry, newestWithin, toChat } from "../lib/journal.ts";
import { chatSchema } from "../lib/protocol.ts";
import { FakeTime } from "./fakes.ts";

const chat = (message: string): Chat => ({ message, username: "ana", clientId: "c" });

function filled(size: number, count: number): Journal {
  const journal = new Journal({ size });
  for (let i = 1; i <= count; i++) journal.append(chat(`${i}`));
  return journal;
}

const offsets = (entries: readonly JournalEntry[]) => entries.map(({ offset }) => offset);

/** The whole numbers from one to another. */
function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
}

Deno.test("Journal.append() gives offsets that count up by one from 1", () => {
  const journal = new Journal({ size: 3 });
  assert.equal(journal.offset, 0);
  for (let i = 1; i <= 20; i++) {
    assert.equal(journal.append(chat("hi")).offset, i);
    assert.equal(journal.offset, i);
  }
});

Deno.test("Journal.append() keeps what the chat says, and when it was placed", () => {
  const time = new FakeTime();
  const journal = new Journal({ size: 3, now: time.now });
  time.advance(123);
  const entry = journal.append({ message: "Olá", username: "ana", clientId: "c", id: "7" });
  assert.deepEqual(entry, {
    message: "Olá",
    username: "ana",
    clientId: "c",
    id: "7",
    offset: 1,
    timestamp: "2026-11-20T14:30:25.123Z",
  });
  assert.deepEqual(journal.read(0, 1), [entry]);
});

Deno.test("Journal.append() takes the time of its own clock by default", () => {
  const before = Date.now();
  const at = Date.parse(new Journal({ size: 1 }).append(chat("hi")).timestamp);
  assert.ok(at >= before && at <= Date.now());
});

Deno.test("Journal.append() tells the subscriber each entry once, before it returns", () => {
  const journal = new Journal({ size: 2 });
  const heard: JournalEntry[] = [];
  journal.append(chat("before anybody listens"));
  journal.subscribe((entry) => heard.push(entry));
  for (let i = 2; i <= 10; i++) {
    const entry = journal.append(chat(`${i}`));
    assert.equal(heard.length, i - 1);
    assert.equal(heard.at(-1), entry);
  }
  assert.deepEqual(offsets(heard), range(2, 10));
});

Deno.test("Journal.append() has kept the entry when the subscriber hears it", () => {
  const journal = new Journal({ size: 2 });
  const seen: unknown[] = [];
  journal.subscribe(({ offset }) => {
    seen.push([journal.offset, offsets(journal.read(offset - 1, 10))]);
  });
  for (let i = 0; i < 3; i++) journal.append(chat("hi"));
  assert.deepEqual(seen, [[1, [1]], [2, [2]], [3, [3]]]);
});

Deno.test("Journal.subscribe() sets who hears from now on", () => {
  const journal = new Journal({ size: 2 });
  const heard: string[] = [];
  journal.subscribe(({ offset }) => heard.push(`first ${offset}`));
  journal.append(chat("hi"));
  journal.subscribe(({ offset }) => heard.push(`second ${offset}`));
  journal.append(chat("hi"));
  assert.deepEqual(heard, ["first 1", "second 2"]);
});

const READS: readonly (readonly [
  what: string,
  read: readonly [after: number, limit: number],
  offsets: readonly number[],
])[] = [
  ["from the beginning", [0, 100], range(6, 10)],
  ["from before the beginning", [-5, 100], range(6, 10)],
  ["from a chat that is gone", [3, 2], [6, 7]],
  ["from the one before the oldest that is kept", [5, 2], [6, 7]],
  ["from the oldest that is kept", [6, 2], [7, 8]],
  ["from the middle to the end", [8, 100], [9, 10]],
  ["the newest", [9, 1], [10]],
  ["after the newest", [10, 100], []],
  ["beyond the newest", [1000, 100], []],
  ["none", [6, 0], []],
];

for (const [what, [after, limit], expected] of READS) {
  Deno.test(`Journal.read() gives ${what}, of 10 chats of which 5 are kept`, () => {
    assert.deepEqual(offsets(filled(5, 10).read(after, limit)), expected);
  });
}

Deno.test("Journal.read() gives nothing of an empty journal", () => {
  assert.deepEqual(new Journal({ size: 5 }).read(0, 100), []);
});

Deno.test("Journal of size 0 counts and tells, and keeps nothing", () => {
  const journal = new Journal({ size: 0 });
  const heard: number[] = [];
  journal.subscribe(({ offset }) => heard.push(offset));
  for (let i = 0; i < 5; i++) journal.append(chat("hi"));
  assert.deepEqual(heard, range(1, 5));
  assert.equal(journal.offset, 5);
  for (const after of [0, 3, 5]) assert.deepEqual(journal.read(after, 100), []);
});

Deno.test("Journal.read() gives a copy", () => {
  const journal = filled(5, 5);
  journal.read(0, 100).pop();
  assert.deepEqual(offsets(journal.read(0, 100)), range(1, 5));
});

Deno.test("Journal.read() gives after any count of chats exactly the newest that are kept", () => {
  fc.assert(
    fc.property(
      fc.nat(12),
      fc.nat(60),
      fc.integer({ min: -2, max: 70 }),
      fc.nat(20),
      (size, count, after, limit) => {
        const first = Math.max(after + 1, count - size + 1, 1);
        const expected = range(first, Math.min(count, first + limit - 1));
        assert.deepEqual(offsets(filled(size, count).read(after, limit)), expected);
      },
    ),
    { numRuns: 1000 },
  );
});

Deno.test("Journal holds no more than twice what it keeps, however many chats there are", () => {
  const journal = filled(50, 9800);
  // What is held cannot be seen otherwise than by what is sliced.
  let held = 0;
  const { slice } = Array.prototype;
  Array.prototype.slice = function (this: unknown[], ...bounds: [number?, number?]) {
    held = Math.max(held, this.length);
    return slice.apply(this, bounds);
  };
  try {
    for (let i = 0; i < 200; i++) {
      journal.append(chat("hi"));
      journal.read(0, 100);
    }
  } finally {
    Array.prototype.slice = slice;
  }
  assert.ok(held >= 50 && held <= 100, `${held} are held`);
});

Deno.test("Journal has an epoch of its own", () => {
  const epochs = Array.from({ length: 100 }, () => new Journal({ size: 1 }).epoch);
  assert.equal(new Set(epochs).size, 100);
  for (const epoch of epochs) assert.match(epoch, /^[\w-]{8,36}$/);
});

Deno.test("toChat() gives the message that clients receive, its type first", () => {
  const journal = new Journal({ size: 1, now: new FakeTime().now });
  for (const id of ["7", undefined]) {
    const message = toChat(journal.append({ ...chat("hi"), id }));
    assert.deepEqual(chatSchema.parse(message), message);
    assert.deepEqual(JSON.parse(JSON.stringify(message)), {
      type: "chat",
      message: "hi",
      username: "ana",
      client_id: "c",
      timestamp: "2026-11-20T14:30:25.000Z",
      offset: journal.offset,
      ...(id === undefined ? {} : { id }),
    });
    assert.equal(Object.keys(message)[0], "type");
  }
});

Deno.test("newestWithin() keeps the newest entries whose texts are not too long together, whole", () => {
  const journal = new Journal({ size: 9 });
  for (const length of [1, 4, 3, 2]) journal.append(chat("x".repeat(length)));
  const kept = (length: number) =>
    newestWithin(journal.read(0, 9), length).map(({ message }) => message.length);
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
