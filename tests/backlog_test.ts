/**
 * The backlog: order, bounds that can be seen, and what a slow reader does not need to read.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { Backlog } from "../lib/backlog.ts";
import type { ServerMessageOf, User } from "../lib/protocol.ts";

const T0 = Date.parse("2026-11-20T14:30:25.000Z");

function user(name: string): User {
  return {
    username: name,
    client_id: `c-${name}`,
    connected_at: "2026-11-20T14:30:25.123Z",
    node: "n",
  };
}

function presence(
  joined: readonly string[],
  left: readonly string[],
  online = 5,
): ServerMessageOf<"presence"> {
  return { type: "presence", joined: joined.map(user), left: left.map(user), online };
}

/** Takes everything, a line a frame. */
function drain(backlog: Backlog): string[] {
  const lines: string[] = [];
  for (;;) {
    const line = backlog.shift(0);
    if (line === undefined) return lines;
    lines.push(line);
  }
}

Deno.test("Backlog is empty at first, and again when all has been taken", () => {
  const backlog = new Backlog();
  assert.deepEqual([backlog.bytes, backlog.since], [0, Infinity]);
  assert.equal(backlog.shift(0), undefined);
  backlog.push("one", T0);
  backlog.mergePresence(presence(["ana"], []), T0);
  backlog.replaceTime("time");
  assert.equal(drain(backlog).length, 3);
  assert.deepEqual([backlog.bytes, backlog.since], [0, Infinity]);
  assert.equal(backlog.shift(1000), undefined);
});

Deno.test("Backlog.shift() gives lines in order, then presence, then the time", () => {
  const backlog = new Backlog();
  backlog.replaceTime("time");
  backlog.mergePresence(presence(["ana"], ["bob"], 7), T0);
  backlog.push("one", T0);
  backlog.push("two", T0);
  assert.deepEqual(drain(backlog), [
    "one",
    "two",
    JSON.stringify(presence(["ana"], ["bob"], 7)),
    "time",
  ]);
});

Deno.test("Backlog.replaceTime() keeps only the newest time", () => {
  const backlog = new Backlog();
  for (const time of ["first", "second", "third"]) backlog.replaceTime(time);
  assert.deepEqual(drain(backlog), ["third"]);
});

Deno.test("Backlog.shift() joins as many lines as have no more than the length", () => {
  const backlog = new Backlog();
  for (const line of ["12345", "67890", "abcde", "fghij"]) backlog.push(line, T0);
  assert.equal(backlog.shift(8), "12345");
  assert.equal(backlog.shift(12), "67890\nabcde");
  assert.equal(backlog.shift(1000), "fghij");
  for (const line of ["12345", "67890", "abcde"]) backlog.push(line, T0);
  assert.equal(backlog.shift(10), "12345\n67890");
});

Deno.test("Backlog.shift() gives one line where it is as long as the length, or longer", () => {
  const backlog = new Backlog();
  for (const line of ["12345", "67890"]) backlog.push(line, T0);
  assert.equal(backlog.shift(5), "12345");
  assert.equal(backlog.shift(3), "67890");
});

Deno.test("Backlog.shift() joins lines, presence and time into one frame", () => {
  const backlog = new Backlog();
  backlog.replaceTime("time");
  backlog.push("one", T0);
  backlog.mergePresence(presence(["ana"], []), T0);
  assert.equal(backlog.shift(10_000), `one\n${JSON.stringify(presence(["ana"], []))}\ntime`);
});

const MERGES: readonly (readonly [
  what: string,
  changes: readonly (readonly [joined: readonly string[], left: readonly string[]])[],
  joined: readonly string[],
  left: readonly string[],
])[] = [
  ["adds those who came", [[["ana"], []], [["bob"], []]], ["ana", "bob"], []],
  ["adds those who went", [[[], ["ana"]], [[], ["bob"]]], [], ["ana", "bob"]],
  ["keeps both of one change", [[["ana"], ["bob"]]], ["ana"], ["bob"]],
  [
    "keeps that somebody went who had come: the reader may know them from a list",
    [[["ana", "bob"], []], [["carol"], ["ana"]]],
    ["bob", "carol"],
    ["ana"],
  ],
  [
    "keeps that somebody is there again who had gone, and not that they went",
    [[[], ["ana", "bob"]], [["ana"], []]],
    ["ana"],
    ["bob"],
  ],
  ["keeps the last of many changes", [[["ana"], []], [[], ["ana"]], [["ana"], []]], ["ana"], []],
];

for (const [what, changes, joined, left] of MERGES) {
  Deno.test(`Backlog.mergePresence() ${what}`, () => {
    const backlog = new Backlog();
    changes.forEach(([came, went], at) => backlog.mergePresence(presence(came, went, at), T0));
    assert.deepEqual(drain(backlog).map((line) => JSON.parse(line)), [
      presence(joined, left, changes.length - 1),
    ]);
  });
}

Deno.test("Backlog.mergePresence() keeps the line of a single change, which all slow readers share", () => {
  const backlog = new Backlog();
  const change = { type: "presence", joined: [], left: [user("a")], online: 1 } as const;
  backlog.mergePresence({ ...change, joined: [], left: [user("a")] }, T0, "the shared line");
  assert.equal(backlog.shift(0), "the shared line");
  backlog.mergePresence({ ...change, joined: [], left: [user("a")] }, T0, "the shared line");
  backlog.mergePresence({ ...change, joined: [], left: [user("b")] }, T0, "another line");
  assert.deepEqual(JSON.parse(backlog.shift(0) ?? "").left.length, 2);
});

Deno.test("Backlog.mergePresence() costs as much for who comes and goes often as for who came once", () => {
  const backlog = new Backlog();
  backlog.mergePresence(presence(["ana"], []), T0);
  const { bytes } = backlog;
  for (let times = 0; times < 10; times++) {
    backlog.mergePresence(presence([], ["ana"]), T0);
    backlog.mergePresence(presence(["ana"], []), T0);
  }
  assert.equal(backlog.bytes, bytes);
});

Deno.test("Backlog.shift() gives a list of users before the changes, so that they make it right", () => {
  const backlog = new Backlog();
  backlog.mergePresence(presence(["ana"], []), T0);
  backlog.push("the list, with ana", T0);
  backlog.mergePresence(presence([], ["ana"]), T0);
  const [list, changes] = drain(backlog);
  assert.equal(list, "the list, with ana");
  assert.deepEqual(JSON.parse(changes ?? ""), presence([], ["ana"]));
});

Deno.test("Backlog.mergePresence() writes a message whose first key is type", () => {
  const backlog = new Backlog();
  backlog.mergePresence(presence(["ana"], []), T0);
  assert.ok(backlog.shift(0)?.startsWith('{"type":"presence"'));
});

Deno.test("Backlog.since is when the oldest of lines and presence began to wait", () => {
  const backlog = new Backlog();
  backlog.replaceTime("time");
  assert.equal(backlog.since, Infinity);
  backlog.push("one", T0 + 10);
  backlog.push("two", T0 + 20);
  backlog.mergePresence(presence(["ana"], []), T0 + 15);
  backlog.mergePresence(presence(["bob"], []), T0 + 30);
  assert.equal(backlog.since, T0 + 10);
  backlog.shift(0);
  assert.equal(backlog.since, T0 + 15);
  backlog.shift(0);
  assert.equal(backlog.since, T0 + 15);
  backlog.shift(0);
  assert.equal(backlog.since, Infinity);
});

Deno.test("Backlog.bytes counts lines, the time and people, and gives back what is taken", () => {
  const backlog = new Backlog();
  backlog.push("12345", T0);
  assert.equal(backlog.bytes, 10);
  backlog.push("123", T0);
  assert.equal(backlog.bytes, 16);
  backlog.replaceTime("1234");
  assert.equal(backlog.bytes, 24);
  backlog.replaceTime("12");
  assert.equal(backlog.bytes, 20);
  backlog.shift(0);
  assert.equal(backlog.bytes, 10);
  backlog.mergePresence(presence(["ana"], []), T0);
  const each = backlog.bytes - 10;
  assert.ok(each >= 2 * JSON.stringify(user("ana")).length, "people cost something");
  backlog.mergePresence(presence(["bob"], ["carol", "dave"]), T0);
  assert.equal(backlog.bytes, 10 + 4 * each);
});

Deno.test("Backlog.bytes of people is not less than what their message holds, at its largest", () => {
  const backlog = new Backlog();
  const largest: User = {
    username: "ﷺ".repeat(32),
    client_id: "c".repeat(16),
    connected_at: "2026-11-20T14:30:25.123Z",
    node: crypto.randomUUID(),
  };
  const message = { ...presence([], []), joined: [largest] };
  backlog.mergePresence(message, T0);
  const line = JSON.stringify(message);
  const frame = JSON.stringify({ ...message, joined: [] });
  assert.ok(backlog.bytes >= new TextEncoder().encode(line).length - frame.length);
});

Deno.test("Backlog keeps everything in order and counts it right, whatever is done", () => {
  const steps = fc.array(
    fc.oneof(
      { weight: 5, arbitrary: fc.constant({ does: "push" as const, length: 0 }) },
      {
        weight: 3,
        arbitrary: fc.record({ does: fc.constant("shift" as const), length: fc.nat(60) }),
      },
    ),
    { maxLength: 300 },
  );
  fc.assert(
    fc.property(steps, (all) => {
      const backlog = new Backlog();
      let kept: string[] = [];
      all.forEach(({ does, length }, at) => {
        const line = `line ${at} ${"x".repeat(at % 7)}`;
        if (does === "push") {
          backlog.push(line, T0);
          kept.push(line);
        } else {
          const lines = backlog.shift(length)?.split("\n") ?? [];
          assert.deepEqual(lines, kept.slice(0, lines.length));
          const lengths = lines.map((line) => line.length);
          const total = (count: number) => lengths.slice(0, count).reduce((a, b) => a + b, 0);
          kept = kept.slice(lines.length);
          const more = total(lines.length) + (kept[0]?.length ?? Infinity);
          assert.ok(more > length, "more would have fitted");
          assert.ok(lines.length <= 1 || total(lines.length) <= length, "too many");
        }
        assert.equal(backlog.bytes, 2 * kept.reduce((sum, { length }) => sum + length, 0));
      });
      assert.deepEqual(drain(backlog), kept);
    }),
    { numRuns: 300 },
  );
});

Deno.test("Backlog.ownBytes counts the lines of one's own that wait, which go in their place", () => {
  const backlog = new Backlog();
  backlog.push("room", T0);
  backlog.pushOwn("mine", T0);
  backlog.push("room again", T0);
  assert.deepEqual([backlog.bytes, backlog.ownBytes], [36, 8]);
  assert.equal(backlog.shift(0), "room");
  assert.equal(backlog.ownBytes, 8);
  assert.equal(backlog.shift(0), "mine");
  assert.deepEqual([backlog.bytes, backlog.ownBytes], [20, 0]);
  assert.equal(backlog.shift(0), "room again");
  assert.deepEqual([backlog.bytes, backlog.ownBytes], [0, 0]);
});

Deno.test("Backlog.shift() keeps the order over thousands of lines while more are pushed", () => {
  const backlog = new Backlog();
  let pushed = 0;
  let taken = 0;
  for (let round = 0; round < 20; round++) {
    for (let i = 0; i < 500; i++) backlog.push(`${pushed++}`, T0);
    for (let i = 0; i < 300; i++) assert.equal(backlog.shift(0), `${taken++}`);
  }
  while (taken < pushed) assert.equal(backlog.shift(0), `${taken++}`);
  assert.equal(backlog.bytes, 0);
});
