/**
 * The kept chats over HTTP: how pages are cut, and how many may be asked for at once.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type JournalEntry, JournalError, MemoryJournal } from "../lib/journal.ts";
import { MessagePages } from "../lib/message_pages.ts";
import { handler } from "../routes/api/messages.ts";
import { appendSome, chatOf, range } from "./journal_contract.ts";

interface Page {
  readonly epoch: string;
  readonly messages: readonly { readonly offset: number }[];
  readonly next: number | null;
}

function setUp() {
  const journal = new MemoryJournal({ size: 1000 });
  const pages = new MessagePages(journal);
  const read = async (after: number, limit: number) => {
    const page: Page = JSON.parse(await pages.read(after, limit));
    return { ...page, offsets: page.messages.map(({ offset }) => offset) };
  };
  return { journal, pages, read };
}

/** A journal whose reads wait until they are let through. */
function setUpSlow() {
  const { journal, pages, read } = setUp();
  const waiting: (() => void)[] = [];
  const reads: number[] = [];
  const readNow = journal.read.bind(journal);
  journal.read = async (after: number, limit: number): Promise<readonly JournalEntry[]> => {
    reads.push(after);
    await new Promise<void>((resolve) => waiting.push(resolve));
    return await readNow(after, limit);
  };
  const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 0));
  return { journal, pages, read, waiting, reads, turn };
}

Deno.test("MessagePages.read() says where the next page begins, and null on the last", async () => {
  const { journal, read } = setUp();
  appendSome(journal, { count: 5 });
  const pages = [await read(0, 3), await read(3, 3), await read(5, 3)];
  assert.deepEqual(pages.map(({ offsets, next }) => [offsets, next]), [
    [[1, 2, 3], 3],
    [[4, 5], null],
    [[], null],
  ]);
  assert.ok(pages.every(({ epoch }) => epoch === journal.epoch));
});

Deno.test("MessagePages.read() ends a page where its texts are long together, after one at the least", async () => {
  const { journal, read } = setUp();
  for (const length of [60_000, 40_000, 1, 200_000, 1]) {
    journal.append(chatOf("x".repeat(length)));
  }
  const pages = [await read(0, 100), await read(2, 100), await read(3, 100), await read(4, 100)];
  assert.deepEqual(pages.map(({ offsets, next }) => [offsets, next]), [
    [[1, 2], 2],
    [[3], 3],
    [[4], 4],
    [[5], null],
  ]);
});

Deno.test("MessagePages.read() reads equal pages once, and none that may lack a newer chat", async () => {
  const { journal, read, waiting, reads, turn } = setUpSlow();
  appendSome(journal, { count: 5 });
  const former = [read(0, 10), read(0, 10)];
  await turn();
  journal.append(chatOf("news"));
  const later = read(0, 10);
  for (const _ of [1, 2]) {
    waiting.shift()!();
    await turn();
  }
  assert.deepEqual(reads, [0, 0]);
  assert.deepEqual((await later).offsets, range(1, 6));
  for (const page of former) assert.ok((await page).offsets.length >= 5);
});

Deno.test("MessagePages.read() reads one page at a time, and refuses at once where 64 are asked for already", async () => {
  const { journal, read, waiting, reads, turn } = setUpSlow();
  appendSome(journal, { count: 70 });
  const pages = range(1, 64).map((after) => read(after, 1));
  await assert.rejects(() => read(65, 1), JournalError);
  for (const after of range(1, 64)) {
    await turn();
    assert.deepEqual([reads.at(-1), reads.length, waiting.length], [after, after, 1]);
    waiting.shift()!();
  }
  assert.deepEqual((await Promise.all(pages)).map(({ offsets }) => offsets[0]), range(2, 65));
  const next = read(65, 1);
  await turn();
  waiting.shift()!();
  assert.deepEqual((await next).offsets, [66]);
});

Deno.test("GET /api/messages says 503 and when to ask again where the chats cannot be had now", async () => {
  const { GET } = handler as unknown as {
    GET: (context: unknown) => Promise<Response>;
  };
  const url = new URL("http://localhost/api/messages");
  const messages = { read: () => Promise.reject(new JournalError("too many ask")) };
  const refused = await GET({ state: { messages }, url, req: new Request(url) });
  assert.deepEqual([refused.status, refused.headers.get("retry-after")], [503, "1"]);
  const page = await GET({ state: { messages: setUp().pages }, url, req: new Request(url) });
  assert.equal(page.headers.get("content-type"), "application/json");
  assert.deepEqual((await page.json()).messages, []);
});
