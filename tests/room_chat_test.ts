/**
 * The chat of the page: what of it is in the document, where something is missing, and what is unread.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Order } from "../client/page/order.ts";
import { IN_DOCUMENT, sightOf, slide } from "../client/page/sight.ts";
import { chat, chats, online, presence, range, say, TIMESTAMP, user } from "./fake_room.ts";

Deno.test("sightOf() shows the newest and at most 200, and begins anew only every 50 items", () => {
  const begins = new Set<number>();
  for (let length = 0; length <= 1000; length++) {
    const { start, end } = sightOf({ begin: 0, length }, undefined);
    assert.equal(end, length);
    assert.ok(end - start <= IN_DOCUMENT && (start === 0 || end - start > IN_DOCUMENT - 50));
    begins.add(start);
  }
  assert.equal(begins.size, 17);
});

Deno.test("sightOf() stands still when older items are put before it or dropped", () => {
  const from = 300;
  assert.deepEqual(sightOf({ begin: 0, length: 1000 }, from), { start: 300, end: 500 });
  assert.deepEqual(sightOf({ begin: -50, length: 1050 }, from), { start: 350, end: 550 });
  assert.deepEqual(sightOf({ begin: 280, length: 1000 }, from), { start: 20, end: 220 });
  assert.deepEqual(sightOf({ begin: 400, length: 1000 }, from), { start: 0, end: 200 });
});

Deno.test("slide() leads back to the first item and on to the last", () => {
  const extent = { begin: 10, length: 420 };
  let sight = sightOf(extent, undefined);
  const starts = (direction: -1 | 1) => {
    const seen = [];
    for (
      let from = slide({ extent, sight }, direction);
      from !== undefined;
      from = slide({ extent, sight }, direction)
    ) {
      sight = sightOf(extent, from);
      seen.push(sight.start);
    }
    return seen;
  };
  assert.equal(sight.start, 240);
  assert.deepEqual(starts(-1), [190, 140, 90, 40, 0]);
  assert.deepEqual(starts(1), [50, 100, 150, 200, 240]);
  assert.equal(sight.end, extent.length);
});

Deno.test("Order finds nothing missing where chats come out of turn or a moment after the time", () => {
  const order = new Order(3);
  order.came(5, 0);
  order.came(4, 900);
  assert.equal(order.missing(5000), undefined);
  assert.equal(order.position, 5);
  for (let second = 1; second < 10; second++) {
    // The time runs ahead each second, and what it tells of comes.
    order.known(5 + second * 10, second * 1000);
    assert.equal(order.missing(second * 1000), undefined);
    for (let n = 1; n <= 10; n++) order.came(5 + (second - 1) * 10 + n, second * 1000 + 500);
  }
});

Deno.test("Order tells each gap once, and goes on behind it", () => {
  const order = new Order(3);
  for (const offset of [6, 7, 10]) order.came(offset, 0);
  assert.equal(order.missing(1000), undefined);
  assert.equal(order.missing(1001), 4);
  assert.equal(order.position, 7);
  assert.equal(order.missing(1002), undefined);
  assert.equal(order.missing(2002), 8);
  assert.equal(order.position, 10);
  assert.equal(order.missing(9000), undefined);
  order.known(12, 9000);
  assert.equal(order.missing(10_001), 11);
  assert.equal(order.position, 12);
});

Deno.test("Order begins anew without what came ahead before", () => {
  const order = new Order(3);
  order.came(6, 0);
  order.begin(0);
  for (const offset of [1, 2, 3, 4, 5]) order.came(offset, 0);
  assert.equal(order.position, 5);
});

Deno.test("Talk says where chats are missing while connected, once for each gap, and counts", () => {
  const { env, room } = online();
  const kinds = () => room.conversation.talk.items.value.map(({ kind }) => kind);
  env.socket.receive(chat(1, "one"), chat(4, "four"));
  env.time.advance(500);
  env.socket.receive(chat(5, "five"));
  assert.deepEqual(kinds(), ["chat", "chat", "chat"]);
  env.time.advance(600);
  env.socket.receive(chat(6, "six"));
  assert.deepEqual(kinds(), ["chat", "gap", "chat", "chat", "chat"]);
  env.live(5);
  env.socket.receive(chat(7, "seven"));
  assert.equal(room.conversation.talk.gaps.value, 1);
});

Deno.test("Talk finds missing what the server's time tells of and does not come", () => {
  const { env, room } = online();
  const time = {
    type: "time",
    time: "14:30:25",
    date: "2026-11-20",
    timestamp: TIMESTAMP,
  } as const;
  const tick = (offset: number, epoch = "e1") =>
    env.socket.receive({ ...time, epoch, offset, online: 2 });
  env.socket.receive(chat(1, "one"));
  for (const offset of [1, 3, 3]) {
    tick(offset);
    env.time.advance(1100);
  }
  assert.equal(room.conversation.talk.gaps.value, 1);
  tick(3);
  tick(9, "another");
  env.time.advance(1100);
  tick(9, "another");
  assert.equal(room.conversation.talk.gaps.value, 1);
  assert.deepEqual(room.conversation.talk.items.value.map(({ kind }) => kind), ["chat", "gap"]);
});

Deno.test("Talk finds nothing missing where one's own chats take their places", () => {
  const { env, room } = online();
  say(room, "mine");
  const id = env.socket.sent.find(({ type }) => type === "chat")?.id ?? "";
  env.socket.receive(chat(1, "before"), chat(3, "after"));
  env.socket.receive({ type: "ack", id, offset: 2, timestamp: TIMESTAMP, recipients: 1 });
  env.time.advance(1100);
  env.socket.receive(chat(4, "later"));
  assert.equal(room.conversation.talk.gaps.value, 0);
});

Deno.test("Talk finds nothing missing where a chat was given up on its way and is sent after all", () => {
  const { env, room } = online();
  say(room, "mine");
  const id = env.socket.sent.find(({ type }) => type === "chat")?.id ?? "";
  room.conversation.discard(id);
  env.socket.receive({ type: "ack", id, offset: 1, timestamp: TIMESTAMP, recipients: 1 });
  env.socket.receive(chat(2, "after"));
  env.time.advance(1100);
  env.socket.receive(chat(3, "later"));
  assert.equal(room.conversation.talk.gaps.value, 0);
  assert.deepEqual(chats(room).map(({ text }) => text), ["after", "later"]);
});

Deno.test("Talk puts one's own chat among those of the present order, whatever their offsets were before", () => {
  const { env, room } = online({ messages: range(1, 3) });
  env.socket.lose();
  room.retry();
  env.socket.welcome({ offset: 0, epoch: "e2" });
  say(room, "mine");
  const id = env.socket.sent.find(({ type }) => type === "chat")?.id ?? "";
  env.socket.receive(chat(2, "after"));
  env.socket.receive({ type: "ack", id, offset: 1, timestamp: TIMESTAMP, recipients: 1 });
  assert.deepEqual(chats(room).slice(3).map(({ text }) => text), ["mine", "after"]);
});

Deno.test("Reading keeps a bounded number of long texts unfolded, and folds each again", () => {
  const { reading } = online().room.conversation;
  for (let n = 0; n < 60; n++) reading.toggleText(`chat-${n}`);
  assert.deepEqual([reading.unfolded.value.length, reading.unfolded.value[0]], [50, "chat-10"]);
  reading.toggleText("chat-30");
  assert.equal(reading.unfolded.value.includes("chat-30"), false);
});

Deno.test("Reading marks where it stopped, again where it stops again before the mark is gone", () => {
  const { env, room } = online();
  const { reading } = room.conversation;
  env.socket.receive(chat(1, "seen"));
  reading.looked(false);
  env.socket.receive(chat(2, "a"), chat(3, "b"));
  reading.looked(true);
  assert.equal(reading.lineCount.value, 2);
  env.time.advance(4000);
  reading.looked(false);
  env.socket.receive(chat(4, "c"));
  assert.equal(reading.unreadFrom.value, chats(room)[3]?.key);
  assert.deepEqual([reading.unread.value, reading.lineCount.value], [1, 1]);
  env.time.advance(4000);
  assert.equal(reading.unreadFrom.value, chats(room)[3]?.key);
});

Deno.test("Reading stands where it was told until one jumps or sends", () => {
  const { room } = online();
  for (const leave of [() => room.conversation.reading.jump(), () => say(room, "mine")]) {
    room.conversation.reading.stand(40);
    leave();
    assert.equal(room.conversation.reading.from.value, undefined);
  }
});

Deno.test("Talk keeps the line of who came where it stands while others talk, but not over a gap", () => {
  const { env, room } = online();
  env.socket.receive(presence([user("Ana")], []), chat(1, "a"), presence([user("Bia")], []));
  const [line] = room.conversation.talk.items.value;
  assert.deepEqual(line?.kind === "moves" && line.joined, {
    first: "Ana",
    second: "Bia",
    count: 2,
  });
  env.socket.lose();
  room.retry();
  env.socket.welcome({ offset: 3 });
  env.socket.receive(presence([user("Caio")], []));
  const kinds = room.conversation.talk.items.value.map(({ kind }) => kind);
  assert.deepEqual(kinds, ["moves", "chat", "gap", "moves"]);
});

Deno.test("Talk tells chats of an order that began anew since the page was rendered from its own", () => {
  const { env, room } = online({ messages: range(1, 3), users: [] });
  env.socket.lose();
  room.retry();
  env.socket.welcome({ offset: 0, epoch: "e2" });
  env.socket.receive(chat(1, "new"));
  assert.equal(new Set(chats(room).map(({ key }) => key)).size, 4);
  assert.equal(room.conversation.older.state.value, "none");
});
