/**
 * What is read of a chat that was kept elsewhere, and what a node knows of the order that it has heard.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { Heard, hearOn } from "../lib/heard.ts";
import { encodeChat, type Kept, parseEntry } from "../lib/journal_entry.ts";
import { chatOf, offsetsOf, range } from "./journal_contract.ts";

const timestamp = "2026-11-20T14:30:25.123Z";

/** A chat as it comes back, or a text that is none. */
function keptOf(offset: number, text?: string): Kept {
  const data = text === undefined
    ? encodeChat(chatOf(`${offset}`, { id: `${offset}` }))
    : new TextEncoder().encode(text);
  return { offset, timestamp, data };
}

function heardUpTo(offset: number, size = 100): Heard {
  const heard = new Heard({ epoch: "20261120T1430Z", offset: 0, size });
  for (const next of range(1, offset)) heard.take(keptOf(next));
  return heard;
}

Deno.test("parseEntry() gives back what encodeChat() took, with its place", () => {
  for (const id of [undefined, "7", "ü\n"]) {
    const chat = chatOf("Olá\u0000👋", { username: "Ângela", id, recipients: 0 });
    const entry = parseEntry({ offset: 3, timestamp, data: encodeChat(chat) });
    assert.deepEqual(entry, { ...chat, id, offset: 3, timestamp });
  }
});

Deno.test("parseEntry() drops what it does not know, and mends half characters", () => {
  const json = { message: "x", username: "ana", client_id: "c1", recipients: 1, offset: 9, a: "b" };
  const text = JSON.stringify(json).replace('"x"', '"\\ud800"');
  assert.deepEqual(parseEntry(keptOf(3, text)), {
    ...chatOf("\ufffd", { recipients: 1 }),
    id: undefined,
    offset: 3,
    timestamp,
  });
});

const GOOD = { message: "hi", username: "ana", client_id: "c1", recipients: 1 };

const POISON: readonly unknown[] = [
  null,
  7,
  [],
  {},
  { ...GOOD, message: 7 },
  { ...GOOD, message: " " },
  { ...GOOD, username: "" },
  { ...GOOD, username: "x".repeat(33) },
  { ...GOOD, username: "a\u202eb" },
  { ...GOOD, username: "a\nb" },
  { ...GOOD, username: "admin" },
  { ...GOOD, username: " ana" },
  { ...GOOD, client_id: "x".repeat(17) },
  { ...GOOD, id: "" },
  { ...GOOD, id: "x".repeat(65) },
  { ...GOOD, recipients: -1 },
  { ...GOOD, recipients: "1" },
];

Deno.test("parseEntry() takes nothing that no node would have kept, and never throws", () => {
  assert.ok(parseEntry(keptOf(1, JSON.stringify(GOOD))));
  for (const poison of POISON) {
    const text = JSON.stringify(poison);
    assert.equal(parseEntry(keptOf(1, text)), undefined, text);
  }
  for (const text of ["", "{", "[".repeat(60_000), '{"__proto__": 1}']) {
    assert.equal(parseEntry(keptOf(1, text)), undefined);
  }
  fc.assert(fc.property(fc.uint8Array(), (data) => {
    parseEntry({ offset: 1, timestamp, data });
  }));
});

Deno.test("Heard.take() counts a place that holds no chat, and reaches back only to it", () => {
  const heard = heardUpTo(3);
  assert.equal(heard.missing, 0);
  assert.equal(heard.take(keptOf(4, "poison")), undefined);
  assert.deepEqual([heard.offset, heard.missing], [4, 4]);
  heard.take(keptOf(5));
  assert.deepEqual([heard.offset, heard.missing], [5, 4]);
  assert.deepEqual(offsetsOf(heard.recent.after(4, 10)), [5]);
  assert.equal(heard.recent.after(3, 10), undefined);
});

Deno.test("Heard.take() goes on after places that were removed before it heard of them", () => {
  const heard = heardUpTo(3);
  heard.take(keptOf(10));
  assert.deepEqual([heard.offset, heard.missing], [10, 9]);
  assert.deepEqual(offsetsOf(heard.recent.after(9, 10)), [10]);
  assert.equal(heard.recent.after(3, 10), undefined);
});

Deno.test("Heard.skipTo() goes forward only, Heard.lacks() keeps the newest", () => {
  const heard = heardUpTo(3);
  for (const offset of [-1, 0, 2, 3]) heard.skipTo(offset);
  assert.deepEqual([heard.offset, heard.missing, heard.newestAt], [3, 0, timestamp]);
  heard.skipTo(7);
  assert.deepEqual([heard.offset, heard.missing, heard.newestAt], [7, 7, undefined]);
  heard.lacks(2);
  assert.equal(heard.missing, 7);
});

const state = { identity: "20261120T1430Z", first: 1, last: 5 };

/** A stream that holds the same at each offset. */
function streamOf(at: string | undefined) {
  return {
    get: (offset: number) =>
      Promise.resolve(at === undefined ? undefined : { ...keptOf(offset), timestamp: at }),
  };
}

Deno.test("hearOn() goes on with the same stream, after what was removed meanwhile", async () => {
  for (const [first, offset, missing] of [[1, 3, 0], [4, 3, 0], [5, 4, 4], [6, 5, 5]] as const) {
    const heard = heardUpTo(3);
    const options = { stream: streamOf(timestamp), state: { ...state, first }, size: 10 };
    assert.equal(await hearOn(heard, options), heard);
    assert.deepEqual([heard.offset, heard.missing], [offset, missing], `${first}`);
  }
});

Deno.test("hearOn() begins another epoch with a stream that was made anew, so far back as entries are held", async () => {
  const starts = [[1, 5, 10, 0], [1, 5, 2, 3], [4, 5, 10, 3], [6, 5, 10, 5], [
    0,
    0,
    10,
    0,
  ]] as const;
  for (const [first, last, size, offset] of starts) {
    const heard = heardUpTo(3);
    const other = { identity: "20261121T0000Z", first, last };
    const begun = await hearOn(heard, { stream: streamOf(timestamp), state: other, size });
    assert.notEqual(begun, heard);
    assert.deepEqual([begun.epoch, begun.offset, begun.missing], [other.identity, offset, 0]);
  }
});

Deno.test("hearOn() begins another epoch where the stream has lost what was heard, or holds another past", async () => {
  const cases = [
    [{ ...state, last: 2 }, timestamp],
    [state, "2026-11-20T14:30:25.124Z"],
  ] as const;
  for (const [state, at] of cases) {
    const heard = heardUpTo(3);
    const begun = await hearOn(heard, { stream: streamOf(at), state, size: 10 });
    assert.notEqual(begun.epoch, heard.epoch);
    // Still the same stream to whoever compares.
    assert.ok(begun.epoch.startsWith(state.identity));
    assert.match(begun.epoch, /^[\w-]{8,36}$/);
    assert.equal(begun.offset, 0);
  }
  const heard = heardUpTo(3);
  const unknown = { stream: streamOf(undefined), state, size: 10 };
  assert.equal(await hearOn(heard, unknown), heard);
});
