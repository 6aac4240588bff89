/**
 * Chats from outside: what `POST /api/messages` takes, and what becomes of it on one node and on several.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Journal, JournalSubscriber } from "../lib/journal.ts";
import { encodeChat, parseEntry } from "../lib/journal_entry.ts";
import { postMessage } from "../lib/post_message.ts";
import { readBody } from "../lib/request_body.ts";
import { settle, setUp } from "./fake_hub.ts";
import { FakeTime } from "./fakes.ts";
import { isBroker, testWithNats } from "./nodes.ts";

const KEY = "0123456789abcdef";
const CONFIG = { API_KEY: KEY, FRAME_BYTES: 16_384, MESSAGE_LENGTH: 4096, FIBONACCI_MAX: 100 };

type Hub = ReturnType<typeof setUp>["hub"];

function post(
  hub: Hub,
  body: unknown,
  init: { key?: string; config?: object; time?: FakeTime } = {},
) {
  const { key = KEY, config = CONFIG, time } = init;
  const request = new Request("http://localhost/api/messages", {
    method: "POST",
    headers: { authorization: `Bearer ${key}` },
    body: typeof body === "string" || body instanceof ReadableStream ? body : JSON.stringify(body),
  });
  return postMessage({ hub, config: config as typeof CONFIG, time }, request);
}

/** The offset, or the status of the problem. */
async function offsetOf(posted: ReturnType<typeof post>): Promise<number | string> {
  const result = await posted;
  return result.ok ? result.value : `refused ${result.error.status}`;
}

Deno.test("postMessage() says it to every connection, as the server, with its place in the order", async () => {
  const { hub, online, journal } = setUp();
  const ana = await online("ana");
  const bob = await online("bob");
  await ana.say({ message: "one", id: "1" });
  assert.equal(await offsetOf(post(hub, { message: " two ", id: "2" })), 2);
  await Promise.resolve();
  for (const client of [ana, bob]) {
    const { timestamp, ...chat } = client.take().at(-1)!;
    assert.ok(timestamp);
    assert.deepEqual(chat, {
      type: "chat",
      message: "two",
      username: "server",
      client_id: "server",
      offset: 2,
      id: "2",
    });
  }
  assert.equal(journal.offset, 2);
});

Deno.test("postMessage() says it once for an id, and each without one", async () => {
  const { hub, journal, online } = setUp();
  const ana = await online("ana");
  const offsets = await Promise.all([
    offsetOf(post(hub, { message: "a", id: "1" })),
    offsetOf(post(hub, { message: "a", id: "1" })),
    offsetOf(post(hub, { message: "a" })),
  ]);
  assert.deepEqual(offsets.toSorted(), [1, 1, 2]);
  assert.equal(await offsetOf(post(hub, { message: "b", id: "1" })), offsets[0]);
  assert.equal(await offsetOf(post(hub, { message: "a" })), 3);
  assert.equal(journal.offset, 3);
  await Promise.resolve();
  const ids = ana.take().filter(({ type }) => type === "chat").map(({ id }) => id);
  assert.equal(new Set(ids).size, 3);
  for (const id of ids) {
    assert.match(String(id), /^(?:1|[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/);
  }
});

Deno.test("postMessage() answers 404 without a key, 401 to another one, before it reads anything", async () => {
  const { hub, journal } = setUp();
  const unread = () =>
    new ReadableStream({
      pull: () => {
        throw new Error("was read");
      },
    }, { highWaterMark: 0 });
  const { API_KEY: _, ...keyless } = CONFIG;
  assert.equal(await offsetOf(post(hub, unread(), { config: keyless })), "refused 404");
  const refused = await post(hub, unread(), { key: `${KEY}x` });
  assert.ok(!refused.ok);
  assert.equal(refused.error.status, 401);
  assert.match(refused.error.headers?.["www-authenticate"] ?? "", /^Bearer realm=/);
  assert.equal(journal.offset, 0);
});

const WRONG: readonly (readonly [status: number, what: string, body: unknown])[] = [
  [400, "no JSON", "{"],
  [400, "nothing", ""],
  [400, "a list", "[]"],
  [400, "no message", {}],
  [400, "a blank message", { message: "  " }],
  [400, "a number", { message: 1 }],
  [400, "a long id", { message: "a", id: "x".repeat(65) }],
  [400, "a long message", { message: "x".repeat(4097) }],
  [400, "another type", { type: "ping" }],
  [400, "a Fibonacci request", { cmd: "fib", n: 3 }],
  [400, "no UTF-8", new Blob(['{"message": "a', new Uint8Array([0xff]), '"}']).stream()],
  [413, "a large body", { message: "a", more: "x".repeat(16_384) }],
];

for (const [status, what, body] of WRONG) {
  Deno.test(`postMessage() answers ${status} to ${what}`, async () => {
    const { hub, journal } = setUp();
    assert.equal(await offsetOf(post(hub, body)), `refused ${status}`);
    assert.equal(journal.offset, 0);
    assert.equal(await offsetOf(post(hub, { message: "fine" })), 1);
  });
}

Deno.test("readBody() takes a body that is as long as it may be, and none at all for an empty one", async () => {
  const most = 10;
  const request = (body?: string, declared?: string) =>
    new Request("http://localhost/", {
      method: "POST",
      ...body !== undefined && { body },
      ...declared !== undefined && { headers: { "content-length": declared } },
    });
  assert.deepEqual(await readBody(request("olá, olá", "10"), { most }), {
    ok: true,
    value: "olá, olá",
  });
  assert.deepEqual(await readBody(request(), { most }), { ok: true, value: "" });
  for (const refused of [request("olá, olá!"), request("short", "11")]) {
    const read = await readBody(refused, { most });
    assert.equal(!read.ok && read.error.status, 413);
  }
});

Deno.test("postMessage() reads no more of an endless body than is allowed, and survives one that breaks off", async () => {
  const { hub } = setUp();
  let pulls = 0;
  let isCancelled = false;
  const endless = new ReadableStream({
    pull: (controller) => {
      pulls++;
      controller.enqueue(new Uint8Array(8192));
    },
    cancel: () => {
      isCancelled = true;
    },
  });
  assert.equal(await offsetOf(post(hub, endless)), "refused 413");
  assert.ok(pulls < 10 && isCancelled, `${pulls}`);
  const broken = new ReadableStream({ pull: (controller) => controller.error(new Error("gone")) });
  assert.equal(await offsetOf(post(hub, broken)), "refused 400");
});

Deno.test("postMessage() answers 408 to a body that takes its time, and reads no more of it", async () => {
  const { hub, journal } = setUp();
  const time = new FakeTime();
  let sender: ReadableStreamDefaultController | undefined;
  const cancelled = Promise.withResolvers<void>();
  const slow = new ReadableStream({
    start: (controller) => {
      sender = controller;
    },
    cancel: () => cancelled.resolve(),
  });
  const posted = offsetOf(post(hub, slow, { time }));
  // A part now and then does not make it longer.
  for (let second = 0; second < 9; second++) {
    sender?.enqueue(new TextEncoder().encode(" "));
    await Promise.resolve();
    time.advance(1000);
  }
  sender?.enqueue(new TextEncoder().encode('{"message": "late"}'));
  time.advance(1000);
  assert.equal(await posted, "refused 408");
  await cancelled.promise;
  assert.equal(journal.offset, 0);
  assert.equal(await offsetOf(post(hub, { message: "fine" }, { time })), 1);
  assert.equal(time.pending, 0);
});

Deno.test("postMessage() takes nothing that is complete only when the server is leaving", async () => {
  const { hub, journal } = setUp();
  let sender: ReadableStreamDefaultController | undefined;
  const slow = new ReadableStream({
    start: (controller) => {
      sender = controller;
    },
  });
  const posted = offsetOf(post(hub, slow));
  hub.drain();
  sender?.enqueue(new TextEncoder().encode('{"message": "late"}'));
  sender?.close();
  assert.equal(await posted, "refused 503");
  assert.equal(journal.offset, 0);
});

Deno.test("postMessage() keeps the key to the rate of one connection, and says when to come again", async () => {
  const { hub, time } = setUp({ MESSAGES_PER_SECOND: 2, MESSAGES_BURST: 3 });
  for (let number = 1; number <= 3; number++) {
    assert.equal(await offsetOf(post(hub, { message: "a" })), number);
  }
  const refused = await post(hub, { message: "a" });
  assert.ok(!refused.ok);
  assert.deepEqual([refused.error.status, refused.error.headers], [429, { "retry-after": "1" }]);
  time.advance(500);
  assert.equal(await offsetOf(post(hub, { message: "a" })), 4);
});

Deno.test("postMessage() answers 503 while the server is leaving, and where the order is not to be had", async () => {
  const asked: unknown[] = [];
  let subscriber: JournalSubscriber | undefined;
  const journal = {
    epoch: "e",
    offset: 0,
    broker: "down",
    subscribe: (given: JournalSubscriber) => subscriber = given,
    append: (chat) => {
      asked.push(chat);
      queueMicrotask(() => subscriber?.unavailable(chat));
    },
  } as Partial<Journal> as Journal;
  const { hub, online, time } = setUp({}, { journal });
  await online("ana");
  const isRefused = async () => {
    const refused = await post(hub, { message: "a", id: "1" });
    assert.ok(!refused.ok);
    assert.deepEqual([refused.error.status, refused.error.headers], [503, { "retry-after": "1" }]);
  };
  await isRefused();
  // It is tried anew where it is sent again.
  await isRefused();
  const chat = {
    message: "a",
    username: "server",
    clientId: "server",
    id: "1",
    recipients: 1,
    heardAt: time.elapsed(),
  };
  assert.deepEqual(asked, [chat, chat]);
  hub.drain();
  await isRefused();
  assert.equal(asked.length, 2);
});

Deno.test("OutsideChats takes no client's chat for its own, whatever its id is", async () => {
  let subscriber: JournalSubscriber | undefined;
  const journal = {
    epoch: "e",
    offset: 0,
    subscribe: (given: JournalSubscriber) => subscriber = given,
    append: () => {},
  } as Partial<Journal> as Journal;
  const { hub } = setUp({}, { journal });
  const posted = offsetOf(post(hub, { message: "a", id: "1" }));
  await settle();
  const place = { message: "b", id: "1", timestamp: "", recipients: 0 };
  subscriber?.entry({ ...place, offset: 1, username: "ana", clientId: "abc" });
  subscriber?.entry({ ...place, offset: 2, username: "server", clientId: "server" });
  assert.equal(await posted, 2);
});

Deno.test("parseEntry() takes the server's name of the server alone", () => {
  const entry = (username: string, clientId: string) =>
    parseEntry({
      offset: 1,
      timestamp: "2026-11-20T14:30:25.000Z",
      data: encodeChat({ message: "a", username, clientId, recipients: 0 }),
    });
  assert.equal(entry("server", "server")?.username, "server");
  assert.equal(entry("server", "abcdefghijkl"), undefined);
  assert.equal(entry("ana", "server"), undefined);
  assert.equal(entry("admin", "server"), undefined);
});

testWithNats(
  "postMessage() gives over NATS the place that every node sees, once for an id on whichever node",
  async ({ open }) => {
    const nodes = await Promise.all([open(), open()]);
    for (const node of nodes) await isBroker(node, "up");
    const [one, two] = nodes.map(({ journal }) => setUp({}, { journal }).hub);
    const first = await offsetOf(post(one!, { message: "hello", id: "1" }));
    assert.equal(first, 1);
    assert.equal(await offsetOf(post(two!, { message: "hello", id: "1" })), 1);
    assert.deepEqual(
      await Promise.all([
        offsetOf(post(one!, { message: "again", id: "2" })),
        offsetOf(post(two!, { message: "again", id: "2" })),
      ]),
      [2, 2],
    );
    assert.equal(await offsetOf(post(two!, { message: "more" })), 3);
  },
);
