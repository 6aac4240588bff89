/**
 * What is read of a chat that was kept elsewhere, and what a node knows of the order that it has position.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { describeOrder, epochOf, isNamed, type Order, orderOf } from "../lib/stream_order.ts";
import { continueFrom, StreamPosition } from "../lib/stream_position.ts";
import { encodeChat, parseEntry, type StoredMessage } from "../lib/journal_entry.ts";
import { chatOf, offsetsOf, range } from "./journal_contract.ts";

const timestamp = "2026-11-20T14:30:25.123Z";

/** A chat as it comes back, or a text that is none. */
function storedOf(offset: number, text?: string): StoredMessage {
  const data = text === undefined
    ? encodeChat(chatOf(`${offset}`, { id: `${offset}` }))
    : new TextEncoder().encode(text);
  return { offset, timestamp, data };
}

const ORDER = { id: "20261120T1430Z", generation: 0 };

function heardUpTo(offset: number, size = 100): StreamPosition {
  const position = new StreamPosition({ order: ORDER, offset: 0, size });
  for (const next of range(1, offset)) position.take(storedOf(next));
  return position;
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
  assert.deepEqual(parseEntry(storedOf(3, text)), {
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
  assert.ok(parseEntry(storedOf(1, JSON.stringify(GOOD))));
  for (const poison of POISON) {
    const text = JSON.stringify(poison);
    assert.equal(parseEntry(storedOf(1, text)), undefined, text);
  }
  for (const text of ["", "{", "[".repeat(60_000), '{"__proto__": 1}']) {
    assert.equal(parseEntry(storedOf(1, text)), undefined);
  }
  fc.assert(fc.property(fc.uint8Array(), (data) => {
    parseEntry({ offset: 1, timestamp, data });
  }));
});

Deno.test("StreamPosition.take() counts a place that holds no chat, and reaches back only to it", () => {
  const position = heardUpTo(3);
  assert.equal(position.newestGap, 0);
  assert.equal(position.take(storedOf(4, "poison")), undefined);
  assert.deepEqual([position.offset, position.newestGap], [4, 4]);
  position.take(storedOf(5));
  assert.deepEqual([position.offset, position.newestGap], [5, 4]);
  assert.deepEqual(offsetsOf(position.recent.after(4, 10)), [5]);
  assert.equal(position.recent.after(3, 10), undefined);
});

Deno.test("StreamPosition.take() goes on after places that were removed before it heard of them", () => {
  const position = heardUpTo(3);
  position.take(storedOf(10));
  assert.deepEqual([position.offset, position.newestGap], [10, 9]);
  assert.deepEqual(offsetsOf(position.recent.after(9, 10)), [10]);
  assert.equal(position.recent.after(3, 10), undefined);
});

Deno.test("StreamPosition.skipTo() goes forward only, StreamPosition.noteGap() keeps the newest", () => {
  const position = heardUpTo(3);
  for (const offset of [-1, 0, 2, 3]) position.skipTo(offset);
  assert.deepEqual([position.offset, position.newestGap, position.newestAt], [3, 0, timestamp]);
  position.skipTo(7);
  assert.deepEqual([position.offset, position.newestGap, position.newestAt], [7, 7, undefined]);
  position.noteGap(2);
  assert.equal(position.newestGap, 7);
});

const state = { order: ORDER, first: 1, last: 5 };

/** A stream that holds the same at each offset. */
function streamOf(at: string | undefined) {
  const written: string[] = [];
  return {
    written,
    get: (offset: number) =>
      Promise.resolve(at === undefined ? undefined : { ...storedOf(offset), timestamp: at }),
    setOrder: (order: Order) => Promise.resolve(void written.push(epochOf(order))),
  };
}

Deno.test("continueFrom() goes on with the same stream, after what was removed meanwhile", async () => {
  for (const [first, offset, gap] of [[1, 3, 0], [4, 3, 0], [5, 4, 4], [6, 5, 5]] as const) {
    const position = heardUpTo(3);
    const options = { stream: streamOf(timestamp), state: { ...state, first }, size: 10 };
    assert.equal(await continueFrom(position, options), position);
    assert.deepEqual([position.offset, position.newestGap], [offset, gap], `${first}`);
    assert.deepEqual(options.stream.written, []);
  }
});

Deno.test("continueFrom() begins another epoch with a stream that was made anew, so far back as entries are held", async () => {
  const starts = [
    [1, 5, 10, 0],
    [1, 5, 2, 3],
    [4, 5, 10, 3],
    [6, 5, 10, 5],
    [0, 0, 10, 0],
  ] as const;
  for (const [first, last, size, offset] of starts) {
    const former = heardUpTo(3);
    const order = { id: "20261121T0000Z", generation: 0 };
    const other = { order, first, last };
    const stream = streamOf(timestamp);
    const begun = await continueFrom(former, { stream, state: other, size });
    assert.notEqual(begun, former);
    assert.deepEqual([begun.epoch, begun.offset, begun.newestGap], [order.id, offset, 0]);
    assert.deepEqual(stream.written, []);
  }
});

Deno.test("continueFrom() begins another epoch, and writes so, where the stream has lost what was heard or holds another past", async () => {
  const cases = [
    [{ ...state, last: 2 }, timestamp],
    [state, "2026-11-20T14:30:25.124Z"],
  ] as const;
  for (const [state, at] of cases) {
    const stream = streamOf(at);
    const begun = await continueFrom(heardUpTo(3), { stream, state, size: 10 });
    assert.equal(begun.epoch, "20261120T1430Z-1");
    assert.deepEqual([begun.offset, stream.written], [0, ["20261120T1430Z-1"]]);
    // What was written was lost with another copy.
    const again = await continueFrom(begun, { stream, state, size: 10 });
    assert.deepEqual([again.epoch, stream.written[1]], ["20261120T1430Z-2", "20261120T1430Z-2"]);
  }
  const position = heardUpTo(3);
  const unknown = { stream: streamOf(undefined), state, size: 10 };
  assert.equal(await continueFrom(position, unknown), position);
});

Deno.test("continueFrom() takes the epoch that another node has written", async () => {
  const stream = streamOf(timestamp);
  const options = { stream, state: { ...state, order: { ...ORDER, generation: 3 } }, size: 10 };
  const begun = await continueFrom(heardUpTo(3), options);
  assert.deepEqual([begun.epoch, begun.offset, stream.written], ["20261120T1430Z-3", 0, []]);
});

Deno.test("orderOf() reads what describeOrder() wrote, and names any other stream by when it was made", () => {
  const created = "2026-11-20T14:30:25.123456789Z";
  for (const generation of [0, 1, 12]) {
    const order = { id: "20261120T1430Z", generation };
    const named = { created, config: { description: describeOrder(order) } };
    assert.deepEqual([orderOf(named), isNamed(named)], [order, true]);
    assert.match(epochOf(order), /^[\w-]{8,36}$/);
  }
  for (const config of [{}, { description: "" }, { description: "our chats" }]) {
    const unnamed = { created, config };
    assert.deepEqual(orderOf(unnamed), { id: "20261120T143025123456789Z", generation: 0 });
    assert.equal(isNamed(unnamed), false);
  }
});
