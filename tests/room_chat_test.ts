/**
 * The chat of the page: what of it is in the document, where something is missing, and what is unread.
 *
 * @module
 */

import assert from "node:assert/strict";
import { IN_DOCUMENT, sightOf, slide } from "../client/page/sight.ts";
import {
  ackOf,
  chat,
  chats,
  gapsOf,
  online,
  presence,
  range,
  say,
  settled,
  user,
} from "./fake_room.ts";

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

Deno.test("Talk says where chats are missing that the connection has given up, and counts it", () => {
  const { env, room } = online();
  const kinds = () => room.conversation.talk.items.value.map(({ kind }) => kind);
  env.socket.receive(chat(1, "one"), chat(4, "four"));
  assert.deepEqual(kinds(), ["chat"]);
  // It has asked once more, and the server does not have them.
  env.socket.welcome({ offset: 4, resumed: true });
  env.socket.receive(chat(4, "four"), chat(5, "five"));
  assert.deepEqual(kinds(), ["chat", "gap", "chat", "chat"]);
  env.live(1);
  assert.equal(room.meter.counters.view.value.gaps, 1);
  assert.equal(room.link.banner.value?.kind, "missed");
});

Deno.test("Talk finds nothing missing where one's own chats take their places", () => {
  const { env, room } = online();
  say(room, "mine");
  env.socket.receive(chat(1, "before"), ackOf(env, 2), chat(3, "after"));
  assert.deepEqual(gapsOf(room), []);
  assert.deepEqual(chats(room).map(({ text }) => text), ["before", "mine", "after"]);
});

Deno.test("Talk finds nothing missing where a chat was given up on its way and is sent after all", () => {
  const { env, room } = online();
  say(room, "mine");
  const ack = ackOf(env, 1);
  room.conversation.discard(ack.id);
  env.socket.receive(ack, chat(2, "after"));
  assert.deepEqual(gapsOf(room), []);
  assert.deepEqual(chats(room).map(({ text }) => text), ["after"]);
});

Deno.test("Talk puts one's own chat among those of the present order, whatever their offsets were before", () => {
  const { env, room } = online({ messages: range(1, 3) });
  env.socket.lose();
  room.retry();
  env.socket.welcome({ offset: 0, epoch: "e2" });
  say(room, "mine");
  env.socket.receive(chat(1, "before"), ackOf(env, 2), chat(3, "after"));
  assert.deepEqual(chats(room).slice(3).map(({ text }) => text), ["before", "mine", "after"]);
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
  env.live(4);
  reading.looked(false);
  env.socket.receive(chat(4, "c"));
  assert.equal(reading.unreadFrom.value, chats(room)[3]?.key);
  assert.deepEqual([reading.unread.value, reading.lineCount.value], [1, 1]);
  env.live(4);
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

Deno.test("Talk keeps the line of who came where it stands while others talk, but not over a gap", async () => {
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
  await settled();
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
