/**
 * Reading back a stream: what is shared between those who ask at the same time.
 *
 * @module
 */

import assert from "node:assert/strict";
import { encodeChat, type StoredMessage } from "../lib/journal_entry.ts";
import { StreamPosition } from "../lib/stream_position.ts";
import { StreamReader } from "../lib/stream_reader.ts";
import { chatOf, offsetsOf, range } from "./journal_contract.ts";

function storedOf(offset: number): StoredMessage {
  const data = encodeChat(chatOf(`${offset}`));
  return { offset, timestamp: "2026-11-20T14:30:25.123Z", data };
}

Deno.test("StreamReader.read() shares a page with whoever has heard no more of it, and with nobody else", async () => {
  const order = { id: "20261120T1430Z", generation: 0 };
  const position = new StreamPosition({ order, offset: 0, size: 0 });
  let reads = 0;
  const stream = {
    read: ({ from, to, limit }: { from: number; to: number; limit: number }) => {
      reads++;
      const end = Math.min(to, from + limit - 1);
      return Promise.resolve({ messages: range(from, end).map(storedOf), isLast: end >= to });
    },
    state: () => Promise.resolve({ order, first: 1, last: position.offset }),
    giveUp: () => assert.fail(),
  };
  const reader = new StreamReader();
  const read = (limit: number) => reader.read({ stream, position, after: 0, limit });
  for (const offset of range(1, 5)) position.take(storedOf(offset));
  const [full, all, same] = [read(3), read(10), read(10)];
  position.take(storedOf(6));
  const [later, stillFull] = [read(10), read(3)];
  assert.equal(await all, await same);
  assert.equal(await full, await stillFull);
  assert.deepEqual(offsetsOf(await full), range(1, 3));
  assert.deepEqual(offsetsOf(await later), range(1, 6));
  assert.equal(reads, 3);
});
