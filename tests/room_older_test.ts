/**
 * Chats that the page fetches: those before its first, and those of before it was connected.
 *
 * @module
 */

import assert from "node:assert/strict";
import { ITEMS_KEPT } from "../client/page/talk.ts";
import { ackOf, chat, chats, gapsOf, online, open, range, say, settled } from "./fake_room.ts";

/** A server that keeps the chats from an offset on, and what it was asked. */
function history(oldest: number, newest: number, { most = 1000, epoch = "e1" } = {}) {
  const asked: string[] = [];
  const kept = Array.from({ length: newest - oldest + 1 }, (_, n) => chat(oldest + n, "kept"));
  const fetchJson = (path: string) => {
    asked.push(path);
    const { searchParams } = new URL(path, "http://room.test");
    const after = Number(searchParams.get("after"));
    const limit = Math.min(most, Number(searchParams.get("limit")));
    const messages = kept.filter(({ offset }) => offset > after).slice(0, limit);
    return Promise.resolve({ epoch, messages, next: null });
  };
  return { asked, fetchJson };
}

Deno.test("Older asks for the 50 before the first and puts them there, down to the very first", async () => {
  const { asked, fetchJson } = history(1, 100);
  const { room } = online({ messages: range(71, 100), fetchJson });
  assert.equal(room.conversation.older.state.value, "some");
  await room.conversation.older.ask();
  assert.deepEqual(asked, ["/api/messages?after=20&limit=50"]);
  assert.deepEqual(chats(room).map(({ offset }) => offset), range(21, 100).map((c) => c.offset));
  await room.conversation.older.ask();
  assert.equal(chats(room)[0]?.offset, 1);
  assert.equal(room.conversation.older.state.value, "none");
  await room.conversation.older.ask();
  assert.equal(asked.length, 2);
});

Deno.test("Older offers nothing to who lacks the token that the server asks for, and some once they are in", async () => {
  const { asked, fetchJson } = history(1, 100);
  const { room, env } = open({ asksForToken: true, offset: 50, fetchJson });
  const state = () => room.conversation.older.state.value;
  assert.equal(state(), "none");
  room.start("http://room.test");
  assert.equal(state(), "none");
  await room.conversation.older.ask();
  assert.deepEqual(asked, []);
  room.enter("aaaa.bbbb.cccc");
  assert.equal(state(), "none");
  env.socket.welcome({ client_id: "c-marina", offset: 50 });
  assert.equal(state(), "some");
  env.socket.lose(4001);
  assert.equal(state(), "none");
});

Deno.test("Older fetches what the server gives in parts, and each chat once", async () => {
  const { asked, fetchJson } = history(1, 100, { most: 20 });
  const { room } = online({ messages: range(71, 100), fetchJson });
  await Promise.all([room.conversation.older.ask(), room.conversation.older.ask()]);
  assert.equal(asked.length, 3);
  assert.deepEqual(chats(room).map(({ offset }) => offset), range(21, 100).map((c) => c.offset));
});

Deno.test("Older says when the server keeps no more, of this order or at all", async () => {
  const some = online({ messages: range(71, 100), fetchJson: history(60, 100).fetchJson }).room;
  await some.conversation.older.ask();
  assert.equal(chats(some)[0]?.offset, 60);
  assert.equal(some.conversation.older.state.value, "gone");
  const { fetchJson } = history(1, 100, { epoch: "another" });
  const other = online({ messages: range(71, 100), fetchJson }).room;
  await other.conversation.older.ask();
  assert.equal(chats(other)[0]?.offset, 71);
  assert.equal(other.conversation.older.state.value, "gone");
});

Deno.test("Older says that it failed, takes no nonsense, and can be asked again", async () => {
  const { fetchJson } = history(1, 100);
  let answer: () => Promise<unknown> = () => Promise.reject(new Error("no network"));
  const { room } = online({
    messages: range(71, 100),
    fetchJson: (path) => answer?.() ?? fetchJson(path),
  });
  await room.conversation.older.ask();
  assert.equal(room.conversation.older.state.value, "failed");
  for (const nonsense of [null, [], { epoch: "e1" }, { epoch: 1, messages: [] }]) {
    answer = () => Promise.resolve(nonsense);
    await room.conversation.older.ask();
    assert.equal(room.conversation.older.state.value, "failed");
  }
  const messages = [null, { ...chat(60, "a"), message: 7 }, { ...chat(60, "b"), timestamp: "?" }];
  answer = () => Promise.resolve({ epoch: "e1", messages });
  assert.equal(chats(room).length, 30);
  answer = undefined as unknown as typeof answer;
  await room.conversation.older.ask();
  assert.equal(chats(room).length, 80);
});

Deno.test("Older adds no more than the talk keeps", async () => {
  const last = ITEMS_KEPT + 100;
  const { fetchJson } = history(1, last);
  const { env, room } = online({ messages: range(101, 130), fetchJson });
  env.socket.receive(...range(131, last - 20));
  await room.conversation.older.ask();
  assert.equal(room.conversation.talk.items.value.length, ITEMS_KEPT);
  assert.equal(room.conversation.older.state.value, "gone");
  assert.equal(room.conversation.talk.begin, -20);
  env.socket.receive(...range(last - 19, last));
  assert.equal(room.conversation.talk.items.value.length, ITEMS_KEPT);
  assert.equal(room.conversation.talk.begin, 0);
});

Deno.test("Older asks for those up to the page's position where the page came without any", async () => {
  const { asked, fetchJson } = history(1, 100);
  const { room } = online({ offset: 60, fetchJson });
  await room.conversation.older.ask();
  assert.deepEqual(asked.slice(-1), ["/api/messages?after=10&limit=50"]);
  assert.deepEqual(chats(room).map(({ offset }) => offset), range(11, 60).map((c) => c.offset));
});

Deno.test("Older takes nothing that comes when the order has begun anew", async () => {
  const { fetchJson } = history(1, 100);
  const answered = Promise.withResolvers<void>();
  const { env, room } = online({
    messages: range(71, 100),
    fetchJson: (path) => answered.promise.then(() => fetchJson(path)),
  });
  const asking = room.conversation.older.ask();
  env.socket.lose();
  room.retry();
  env.socket.welcome({ epoch: "e2" });
  answered.resolve();
  await asking;
  assert.equal(chats(room).length, 30);
  assert.equal(room.conversation.older.state.value, "gone");
});

Deno.test("Older marks what this tab said", async () => {
  const { fetchJson } = history(1, 100);
  const { room } = online({ messages: range(71, 100), fetchJson, ownIds: ["c-Ana"] });
  await room.conversation.older.ask();
  assert.deepEqual(new Set(chats(room).map(({ isMine }) => isMine)), new Set([true]));
});

Deno.test("Room fetches what was said between the rendering of the page and its connection", async () => {
  const { asked, fetchJson } = history(1, 20);
  const { env, room } = open({ name: "marina", messages: range(1, 10), fetchJson });
  room.start("http://room.test");
  env.socket.welcome({ offset: 15 });
  env.socket.receive(chat(16, "live"));
  await settled();
  assert.deepEqual(asked.slice(0, 1), ["/api/messages?after=10&limit=5"]);
  assert.deepEqual(chats(room).map(({ offset }) => offset), range(1, 16).map((c) => c.offset));
  assert.deepEqual(gapsOf(room), []);
});

Deno.test("Talk finds nothing missing while it is being fetched, however long that takes", async () => {
  const { fetchJson } = history(1, 20);
  const answered = Promise.withResolvers<void>();
  const { env, room } = open({
    name: "marina",
    messages: range(1, 10),
    fetchJson: (path) => answered.promise.then(() => fetchJson(path)),
  });
  room.start("http://room.test");
  env.socket.welcome({ offset: 15 });
  env.live(5);
  env.socket.receive(chat(16, "live"));
  assert.equal(chats(room).length, 11);
  assert.deepEqual(gapsOf(room), []);
  answered.resolve();
  await settled();
  assert.deepEqual(chats(room).map(({ offset }) => offset), range(1, 16).map((c) => c.offset));
  assert.deepEqual(gapsOf(room), []);
});

Deno.test("Talk has a chat of one's own once that got its place before what was fetched has come", async () => {
  const messages = [chat(11, "before"), chat(12, "mine", "marina"), chat(13, "after")];
  const answered = Promise.withResolvers<void>();
  const { env, room } = online({
    messages: range(1, 10),
    fetchJson: () => answered.promise.then(() => ({ epoch: "e1", messages })),
  });
  say(room, "mine");
  env.socket.lose();
  room.retry();
  env.socket.welcome({ client_id: "c-marina", offset: 13 });
  env.socket.receive(ackOf(env, 12));
  answered.resolve();
  await settled();
  assert.deepEqual(chats(room).slice(10).map(({ text }) => text), ["before", "mine", "after"]);
});

Deno.test("Older fetches the newest 1,000 of what was missed, and Talk says where the rest is missing", async () => {
  const { asked, fetchJson } = history(1, 10_000);
  const { env, room } = open({ name: "marina", messages: range(1, 10), fetchJson });
  room.start("http://room.test");
  env.socket.welcome({ offset: 10_000 });
  await settled();
  assert.deepEqual(asked, ["/api/messages?after=9000&limit=1000"]);
  env.socket.receive(chat(10_001, "live"));
  assert.equal(room.conversation.talk.items.value.length, 1012);
  assert.deepEqual(gapsOf(room), [10]);
  assert.equal(chats(room)[10]?.offset, 9001);
});

Deno.test("Older asks no more where the server has no more", async () => {
  let askedCount = 0;
  const opened = online({
    offset: 3,
    fetchJson: () => {
      if (++askedCount > 9) throw new Error("asked again and again");
      return Promise.resolve({ epoch: "e1", messages: [chat(4, "four")], next: null });
    },
  });
  const { env, room } = opened;
  env.socket.lose();
  room.retry();
  env.socket.welcome({ client_id: "c-2", offset: 9 });
  await settled();
  assert.deepEqual([askedCount, chats(room).length, gapsOf(room)], [2, 1, [1]]);
});

Deno.test("Older fetches nothing where nothing was missed", async () => {
  const { asked, fetchJson } = history(1, 10);
  online({ messages: range(1, 10), fetchJson });
  await settled();
  assert.deepEqual(asked, []);
});

Deno.test("Older takes only what it asked for, whatever the server gives", async () => {
  const messages = range(1, 100);
  const { room } = online({
    messages: range(71, 100),
    fetchJson: () => Promise.resolve({ epoch: "e1", messages }),
  });
  await room.conversation.older.ask();
  assert.deepEqual(chats(room).map(({ offset }) => offset), range(21, 100).map((c) => c.offset));
});

Deno.test("Room says where something is missing if that cannot be fetched", async () => {
  const { env, room } = open({ name: "marina", messages: range(1, 10) });
  room.start("http://room.test");
  env.socket.welcome({ offset: 15 });
  env.socket.receive(chat(16, "live"));
  assert.deepEqual(gapsOf(room), []);
  await settled();
  assert.deepEqual(gapsOf(room), [10]);
  env.live(1);
  assert.equal(room.meter.counters.view.value.gaps, 1);
});
