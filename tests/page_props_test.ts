/**
 * What the server renders the page with.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { RoomProps } from "../client/page/room_props.ts";
import { type Journal, JournalError, MemoryJournal } from "../lib/journal.ts";
import { handler } from "../routes/index.tsx";

/** What a visitor gets, with these chats. */
async function propsWith(journal: Journal): Promise<RoomProps> {
  const hub = { users: () => [], online: 0 };
  const config = { MESSAGE_LENGTH: 4096, FIBONACCI_MAX: 100 };
  const url = new URL("http://pulso.test/");
  const context = { req: new Request(url), url, state: { config, hub, journal } };
  const answer = await handler.GET(context as unknown as Parameters<typeof handler.GET>[0]);
  assert.ok("data" in answer);
  return answer.data;
}

/** A journal in which something has been said so many times. */
function said(count: number): MemoryJournal {
  const journal = new MemoryJournal({ size: 1000 });
  for (let n = 0; n < count; n++) {
    journal.append({ message: "hello", username: "Ana", clientId: "c1", recipients: 0 });
  }
  return journal;
}

Deno.test("GET / gives the page the last 50 messages and the place in the order up to which it has them", async () => {
  const journal = said(60);
  const { messages, epoch, offset } = await propsWith(journal);
  assert.deepEqual([messages.length, messages[0]?.offset, messages.at(-1)?.offset], [50, 11, 60]);
  assert.deepEqual([epoch, offset], [journal.epoch, 60]);
});

Deno.test("GET / gives the page no message that was said while the others were read", async () => {
  const journal = said(3);
  const read = journal.read.bind(journal);
  journal.read = (after, limit) => {
    journal.append({ message: "late", username: "Ana", clientId: "c1", recipients: 0 });
    return read(after, limit);
  };
  const { messages, offset } = await propsWith(journal);
  assert.deepEqual([messages.at(-1)?.offset, offset], [3, 3]);
});

Deno.test("GET / gives the page without messages where they cannot be had, and its place all the same", async () => {
  const journal = said(3);
  journal.read = () => Promise.reject(new JournalError("away"));
  const { messages, offset } = await propsWith(journal);
  assert.deepEqual([messages, offset], [[], 3]);
});
