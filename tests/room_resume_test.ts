/**
 * Coming back: what is told of it, over a loss and over a reload, and what becomes of one's own chats.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { StoredSession } from "../client/connection.ts";
import { timeMessage } from "./fake_surroundings.ts";
import {
  ackOf,
  chat,
  chats,
  gapsOf,
  online,
  open,
  presence,
  range,
  say,
  type Setting,
  settled,
  user,
} from "./fake_room.ts";

/** A session that a page left when it was loaded anew. */
const STORED: StoredSession = {
  session: "secret",
  epoch: "e1",
  position: 3,
  clientId: "c-marina",
  username: "marina",
};

/** Loses the connection, and tries again after some time. */
function loseFor({ env, room }: ReturnType<typeof online>, awayMs: number): void {
  env.socket.lose();
  env.time.advance(awayMs);
  room.retry();
}

/** A room that was loaded anew, before the server has said anything. */
function reloaded(setting: Setting = {}) {
  const opened = open({ session: STORED, ownIds: ["c-marina"], messages: range(1, 3), ...setting });
  opened.room.start("http://room.test");
  return opened;
}

/** Of what somebody said in the same room, what was said by oneself before the reload. */
function own(offset: number, message: string, id: string) {
  return { ...chat(offset, message, "marina"), id };
}

// ---------------------------------------------------------------------------------------------------- over a loss

Deno.test("Room tells for ten seconds how many messages it has caught up with, and counts that as a gap", () => {
  const opened = online();
  const { env, room } = opened;
  loseFor(opened, 400);
  env.socket.welcome({ client_id: "c-marina", offset: 2, resumed: true });
  const shown = () => room.link.banner.value;
  env.socket.receive(chat(1, "one"));
  assert.equal(shown(), undefined);
  env.socket.receive(chat(2, "two"));
  assert.deepEqual(shown(), { kind: "caught_up", messages: 2, awayMs: 400 });
  const { unreadFrom, lineCount, unread } = room.conversation.reading;
  assert.deepEqual([unreadFrom.value, lineCount.value], [chats(room)[0]?.key, 2]);
  assert.equal(unread.value, 0);
  env.live(9);
  assert.equal(shown()?.kind, "caught_up");
  assert.equal(unreadFrom.value, undefined);
  env.live(2);
  assert.equal(shown(), undefined);
  assert.deepEqual([room.meter.counters.view.value.gaps, gapsOf(room)], [1, []]);
});

Deno.test("Room says nothing of coming back where nothing was said meanwhile, or by oneself alone", () => {
  const opened = online();
  const { env, room } = opened;
  say(room, "mine");
  const ack = ackOf(env, 1);
  loseFor(opened, 400);
  env.socket.welcome({ client_id: "c-marina", offset: 1, resumed: true });
  env.socket.receive(ack);
  assert.equal(chats(room)[0]?.delivery?.at, "sent");
  env.live(1);
  assert.equal(room.link.banner.value, undefined);
  assert.equal(room.meter.counters.view.value.gaps, 0);
});

Deno.test("Room.link.dismiss() puts away that it has caught up, and another loss does", () => {
  const opened = online();
  const { env, room } = opened;
  for (const end of [() => room.link.dismiss(), () => loseFor(opened, 400)]) {
    const last = chats(room).length;
    loseFor(opened, 400);
    env.socket.welcome({ client_id: "c-marina", offset: last + 1, resumed: true });
    env.socket.receive(chat(last + 1, "meanwhile"));
    const shown = () => room.link.banner.value?.kind;
    assert.equal(shown(), "caught_up");
    end();
    env.socket.welcome({ client_id: "c-marina", offset: last + 1, resumed: true });
    assert.equal(shown(), undefined);
  }
});

Deno.test("Reading marks where it stopped and not what was missed, where somebody has scrolled up", () => {
  const opened = online();
  const { env, room } = opened;
  const { reading } = room.conversation;
  reading.looked(false);
  env.socket.receive(chat(1, "unread"));
  loseFor(opened, 400);
  env.socket.welcome({ client_id: "c-marina", offset: 2, resumed: true });
  env.socket.receive(chat(2, "missed"));
  assert.equal(reading.unreadFrom.value, chats(room)[0]?.key);
  assert.deepEqual([reading.unread.value, reading.lineCount.value], [2, 2]);
});

Deno.test("Room fetches what a connection that has not resumed has missed, and nothing is missing then", async () => {
  const asked: string[] = [];
  const opened = online({
    messages: range(1, 3),
    fetchJson: (path) => {
      asked.push(path);
      const messages = [own(4, "mine", "x"), chat(5, "five"), chat(6, "six")];
      return Promise.resolve({ epoch: "e1", messages, next: null });
    },
  });
  const { env, room } = opened;
  loseFor(opened, 60_000);
  env.socket.welcome({ offset: 6 });
  env.socket.receive(chat(7, "live"));
  await settled();
  assert.deepEqual(asked, ["/api/messages?after=3&limit=3"]);
  assert.deepEqual(chats(room).map(({ offset }) => offset), [1, 2, 3, 4, 5, 6, 7]);
  assert.deepEqual(gapsOf(room), []);
  assert.deepEqual(room.link.banner.value, { kind: "caught_up", messages: 2, awayMs: 60_000 });
  assert.equal(room.conversation.reading.unreadFrom.value, chats(room)[4]?.key);
});

Deno.test("Room says that something may be missing where the order began anew, and fetches what is of the new one", async () => {
  const opened = online({
    messages: range(1, 3),
    fetchJson: () => Promise.resolve({ epoch: "e2", messages: range(1, 2), next: null }),
  });
  const { env, room } = opened;
  loseFor(opened, 400);
  env.socket.welcome({ epoch: "e2", offset: 2 });
  await settled();
  env.socket.receive(chat(3, "live"));
  assert.deepEqual(chats(room).map(({ offset }) => offset), [1, 2, 3, 1, 2, 3]);
  assert.deepEqual(gapsOf(room), [3]);
  assert.equal(room.link.banner.value?.kind, "missed");
});

Deno.test("Room shows the chats of the order that the session goes on in, where the page has another one", async () => {
  const reload = () => reloaded({ messages: range(3, 12), epoch: "e2" });
  const live = () => {
    const opened = online({ messages: range(3, 12) });
    loseFor(opened, 400);
    return opened;
  };
  for (const [begin, epoch] of [[reload, "e1"], [live, "e2"]] as const) {
    const { env, room } = begin();
    env.socket.welcome({ client_id: "c-marina", epoch, offset: 12, resumed: true });
    await settled();
    env.socket.receive(...env.socket.after === 3 ? range(4, 12) : [], chat(13, "thirteen"));
    const texts = chats(room).map(({ text }) => text);
    assert.equal(texts.at(-1), "thirteen");
    assert.equal(gapsOf(room).length, 1);
  }
});

Deno.test("Room says that something may be missing where only the clock tells of it, unless it can be fetched", async () => {
  for (const isKept of [true, false]) {
    const messages = isKept ? range(4, 5) : [];
    const fetchJson = () => Promise.resolve({ epoch: "e1", messages, next: null });
    const { env, room } = online({ offset: 3, fetchJson });
    const tick = () => env.socket.receive(timeMessage({ offset: 5 }));
    tick();
    env.time.advance(1000);
    env.socket.welcome({ client_id: "c-marina", offset: 3, resumed: true });
    tick();
    env.time.advance(1000);
    await settled();
    assert.equal(env.sockets.length, 2);
    assert.deepEqual([chats(room).length, gapsOf(room)], isKept ? [2, []] : [0, [0]]);
    const banner = room.link.banner.value;
    assert.deepEqual(banner?.kind, isKept ? "caught_up" : "missed");
  }
});

Deno.test("Room tells nothing of an absence before a disconnection by wish", async () => {
  const answer = Promise.withResolvers<unknown>();
  const opened = online({ offset: 3, fetchJson: () => answer.promise });
  const { env, room } = opened;
  loseFor(opened, 2000);
  env.socket.welcome({ client_id: "c-2", offset: 4 });
  room.disconnect();
  answer.reject(new Error("no server"));
  await settled();
  room.connect("marina");
  env.socket.welcome({ client_id: "c-3", offset: 4 });
  assert.deepEqual([gapsOf(room), room.link.banner.value], [[0], undefined]);
});

Deno.test("Room tells no longer that it has caught up where the clock is set back", () => {
  const opened = online();
  const { env, room } = opened;
  loseFor(opened, 2000);
  env.socket.welcome({ client_id: "c-marina", offset: 1, resumed: true });
  env.socket.receive(chat(1, "one"));
  env.time.set(-3_600_000);
  env.live(12);
  assert.equal(room.link.banner.value, undefined);
});

Deno.test("Talk takes a chat that the page lacks though it came from a server that was ahead", () => {
  const { env, room } = open({ name: "marina", messages: range(8, 10) });
  room.start("http://room.test");
  env.socket.welcome({ offset: 6 });
  env.socket.receive(chat(7, "seven"), chat(8, "eight"));
  assert.deepEqual(chats(room).map(({ offset }) => offset), [7, 8, 9, 10]);
});

Deno.test("Room takes nothing that was fetched of an order which is over by then", async () => {
  const answer = Promise.withResolvers<unknown>();
  const opened = online({ messages: range(1, 3), fetchJson: () => answer.promise });
  const { env, room } = opened;
  loseFor(opened, 400);
  env.socket.welcome({ offset: 5 });
  loseFor(opened, 400);
  env.socket.welcome({ epoch: "e2" });
  answer.resolve({ epoch: "e1", messages: range(4, 5), next: null });
  await settled();
  assert.deepEqual([chats(room).length, gapsOf(room)], [3, [3]]);
});

Deno.test("Talk takes each chat once where the server is behind the one that the page came from", async () => {
  const answer = Promise.withResolvers<unknown>();
  const { env, room } = open({ messages: range(1, 3), fetchJson: () => answer.promise });
  room.start("http://room.test");
  env.socket.welcome({ offset: 6 });
  env.socket.receive(chat(7, "seven"));
  env.socket.lose();
  room.retry();
  env.socket.welcome({ offset: 5 });
  env.socket.receive(chat(6, "six"), chat(7, "seven"), chat(8, "eight"));
  answer.resolve({ epoch: "e1", messages: range(4, 6), next: null });
  await settled();
  assert.deepEqual(chats(room).map(({ offset }) => offset), [1, 2, 3, 4, 5, 6, 7, 8]);
});

Deno.test("Talk says that something is missing behind those who came and went before", async () => {
  const opened = online();
  const { env, room } = opened;
  env.socket.receive(chat(1, "one"), presence([user("Bia")], []));
  loseFor(opened, 400);
  env.socket.welcome({ offset: 3 });
  await settled();
  const kinds = room.conversation.talk.items.value.map(({ kind }) => kind);
  assert.deepEqual(kinds, ["chat", "moves", "gap"]);
});

// -------------------------------------------------------------------------------------------------- over a reload

Deno.test("Room.rest() keeps the session for a reload, which is never there while the page lives", () => {
  const { env, memory, room } = online({ session: STORED, offset: 3 });
  assert.equal(memory.session, undefined);
  env.socket.hear("four");
  room.rest();
  assert.deepEqual(memory.session, { ...STORED, position: 4 });
  room.back();
  assert.equal(memory.session, undefined);
});

Deno.test("Room.rest() keeps no session where the person is disconnected by hand, or the session went on elsewhere", () => {
  const ends = [
    ({ room }: ReturnType<typeof online>) => room.disconnect(),
    ({ env }: ReturnType<typeof online>) => env.socket.lose(4010),
  ];
  for (const end of ends) {
    const opened = online();
    end(opened);
    opened.room.rest();
    assert.equal(opened.memory.session, undefined);
  }
});

Deno.test("Room.start() comes back by the session of before the reload, as the same guest, and says nothing of it", () => {
  const session = { ...STORED, username: "guest-k3f9" };
  const { env, room } = reloaded({ session });
  assert.equal(room.link.name.value, "guest-k3f9");
  const { searchParams } = env.socket.url;
  assert.deepEqual(
    ["session", "epoch", "after"].map((name) => searchParams.get(name)),
    ["secret", "e1", "3"],
  );
  env.socket.welcome({ client_id: "c-marina", offset: 4, resumed: true });
  env.socket.receive(chat(4, "meanwhile"));
  assert.deepEqual(chats(room).map(({ offset }) => offset), [1, 2, 3, 4]);
  assert.equal(room.link.banner.value, undefined);
});

Deno.test("Room.start() goes on from what the page came with, and no chat stands there twice", async () => {
  const asked: string[] = [];
  const fetchJson = (path: string) => {
    asked.push(path);
    return Promise.resolve({ epoch: "e1", messages: range(4, 5), next: null });
  };
  const after = ({ env }: ReturnType<typeof open>) => env.socket.url.searchParams.get("after");
  assert.equal(after(reloaded({ messages: range(1, 8) })), "8");
  // The server that rendered the page was behind.
  const behind = reloaded({ session: { ...STORED, position: 5 }, fetchJson });
  assert.equal(after(behind), "5");
  await settled();
  assert.deepEqual(asked, ["/api/messages?after=3&limit=2"]);
  assert.deepEqual(chats(behind.room).map(({ offset }) => offset), [1, 2, 3, 4, 5]);
  // Nothing that the page came with belongs to the order of the session.
  const other = reloaded({ messages: range(1, 8), epoch: "e2" });
  assert.equal(after(other), "3");
  assert.equal(other.room.conversation.talk.position, 8);
});

Deno.test("Room sends what waited over a reload again by the same ids, where the session goes on", () => {
  const waiting = [
    { id: "a", text: "on its way", isTransmitted: true },
    { id: "b", text: "not yet", isTransmitted: false },
  ];
  const { env, memory, room } = reloaded({ waiting });
  say(room, "new");
  assert.deepEqual(memory.waiting.slice(0, 2), waiting);
  env.socket.welcome({ client_id: "c-marina", offset: 3, resumed: true });
  const sent = env.socket.sent.filter(({ type }) => type === "chat");
  assert.deepEqual(sent.map(({ message }) => message), ["on its way", "not yet", "new"]);
  assert.deepEqual(sent.slice(0, 2).map(({ id }) => id), ["a", "b"]);
});

Deno.test("Room sends nothing again by itself that was on its way before a reload, where the session is over", () => {
  const waiting = [
    { id: "a", text: "on its way", isTransmitted: true },
    { id: "b", text: "not yet", isTransmitted: false },
  ];
  for (const session of [STORED, undefined]) {
    const { env, memory, room } = reloaded({ waiting, session });
    say(room, "new");
    env.socket.welcome({ client_id: "c-new", offset: 3 });
    assert.deepEqual(env.socket.chats, ["not yet", "new"]);
    const [doubtful] = chats(room).slice(3);
    assert.deepEqual([doubtful?.text, doubtful?.delivery], [
      "on its way",
      { at: "failed", why: "unknown" },
    ]);
    const kept = memory.waiting.find(({ id }) => id === "a");
    assert.deepEqual(kept, { ...waiting[0], why: "unknown" });
  }
});

Deno.test("Room sends nothing again by itself that was on its way before a reload, where the order is another", () => {
  const waiting = [{ id: "a", text: "on its way", isTransmitted: true }];
  const { env } = reloaded({ waiting });
  env.socket.welcome({ client_id: "c-marina", epoch: "e2" });
  assert.deepEqual(env.socket.chats, []);
});

Deno.test("Room gives up nothing in a later session that the server had sent back in the one of before the reload", () => {
  const waiting = [{ id: "a", text: "on its way", isTransmitted: true }];
  const opened = reloaded({ waiting });
  const { env, room } = opened;
  env.socket.welcome({ client_id: "c-marina", offset: 3, resumed: true });
  assert.deepEqual(env.socket.chats, ["on its way"]);
  env.socket.receive({ type: "error", code: "rate_limited", message: "no", id: "a" });
  loseFor(opened, 400);
  env.socket.welcome({ client_id: "c-new", offset: 3 });
  env.time.advance(1000);
  assert.equal(chats(room).at(-1)?.delivery?.at, "waiting");
  assert.deepEqual(env.socket.chats, ["on its way"]);
});

Deno.test("Room gives up a chat of before a reload, though it was on its way", () => {
  const waiting = [{ id: "a", text: "on its way", isTransmitted: true }];
  const { env, memory, room } = reloaded({ waiting });
  room.conversation.discard("a");
  env.socket.welcome({ client_id: "c-new", offset: 3 });
  assert.deepEqual([chats(room).length, memory.waiting, env.socket.chats], [3, [], []]);
});

Deno.test("Room finds what was on its way among what the page came with: it is not sent again and stands there once", () => {
  const waiting = [{ id: "a", text: "mine", isTransmitted: true }];
  const messages = [...range(1, 3), own(4, "mine", "a")];
  const { env, memory, room } = reloaded({ waiting, messages });
  env.socket.welcome({ client_id: "c-new", offset: 4 });
  assert.deepEqual(chats(room).map(({ text, isMine }) => isMine && text), [
    false,
    false,
    false,
    "mine",
  ]);
  assert.deepEqual([env.socket.chats, memory.waiting], [[], []]);
});

Deno.test("Room takes nobody else's chat for one's own because of its id", () => {
  const waiting = [{ id: "a", text: "mine", isTransmitted: true }];
  const { env, room } = reloaded({ waiting, messages: [{ ...chat(3, "theirs"), id: "a" }] });
  env.socket.welcome({ client_id: "c-marina", offset: 3, resumed: true });
  env.socket.receive({ ...chat(4, "theirs too"), id: "a" });
  assert.deepEqual(env.socket.chats, ["mine"]);
  assert.equal(chats(room).length, 3);
});

Deno.test("Room shows a chat that the server has had already once, in its place", () => {
  const waiting = [{ id: "a", text: "mine", isTransmitted: true }];
  // Without its id, as an older server gives it.
  const messages = [chat(1, "one"), chat(2, "mine", "marina"), chat(3, "three")];
  const { env, room } = reloaded({ waiting, messages });
  env.socket.welcome({ client_id: "c-marina", offset: 3, resumed: true });
  env.socket.receive(ackOf(env, 2));
  assert.deepEqual(chats(room).map(({ text }) => text), ["one", "mine", "three"]);
  assert.equal(chats(room)[1]?.delivery?.at, "sent");
});

Deno.test("Room learns from what comes by that a chat of unknown fate was sent", () => {
  const waiting = [{ id: "a", text: "mine", isTransmitted: true }];
  const { env, memory, room } = reloaded({ waiting });
  env.socket.welcome({ client_id: "c-new", offset: 3 });
  env.socket.receive(own(4, "mine", "a"));
  assert.deepEqual(
    chats(room).slice(3).map(({ text, isMine, delivery }) => [text, isMine, delivery]),
    [
      ["mine", true, undefined],
    ],
  );
  assert.deepEqual(memory.waiting, []);
});

Deno.test("Room leaves a chat that was said before all that the page came with to the older ones", () => {
  const waiting = [{ id: "a", text: "mine", isTransmitted: true }];
  const { env, room } = reloaded({ waiting, messages: range(60, 99) });
  env.socket.welcome({ client_id: "c-marina", offset: 99, resumed: true });
  env.socket.receive(ackOf(env, 4));
  assert.deepEqual([chats(room).length, chats(room)[0]?.offset], [40, 60]);
});

Deno.test("Room remembers a session's id once, however often it comes back", () => {
  const opened = online({ ownIds: ["c-before"] });
  for (let loss = 0; loss < 30; loss++) {
    loseFor(opened, 400);
    opened.env.socket.welcome({ client_id: "c-marina", resumed: true });
  }
  assert.deepEqual(opened.memory.ownIds, ["c-before", "c-marina"]);
});

Deno.test("Room learns from what it fetches that a chat of unknown fate was sent", async () => {
  const opened = online({
    fetchJson: () =>
      Promise.resolve({
        epoch: "e1",
        messages: [own(1, "mine", opened.memory.waiting[0]?.id ?? "")],
        next: null,
      }),
  });
  const { env, memory, room } = opened;
  say(room, "mine");
  loseFor(opened, 60_000);
  env.socket.welcome({ client_id: "c-new", offset: 1 });
  assert.deepEqual(chats(room)[0]?.delivery, { at: "failed", why: "unknown" });
  await settled();
  assert.deepEqual(chats(room).map(({ text, isMine, delivery }) => [text, isMine, delivery]), [
    ["mine", true, undefined],
  ]);
  assert.deepEqual(memory.waiting, []);
});

// ------------------------------------------------------------------------------------------------ too many, elsewhere

Deno.test("Room says at a chat that there are too many waiting, keeps its text, and sends it if asked later", () => {
  const opened = online();
  const { env, room } = opened;
  env.socket.lose();
  for (let n = 0; n <= 100; n++) say(room, `${n}`);
  const last = chats(room).at(-1);
  assert.deepEqual([last?.text, last?.delivery], ["100", { at: "failed", why: "full" }]);
  assert.equal(room.conversation.talk.failure.value?.text, "100");
  room.retry();
  env.socket.welcome({ client_id: "c-marina", resumed: true });
  room.conversation.sendAgain(last?.key ?? "", "100");
  assert.equal(chats(room).at(-1)?.delivery?.at, "failed");
  env.socket.acknowledge();
  room.conversation.sendAgain(last?.key ?? "", "100");
  assert.equal(env.socket.chats.at(-1), "100");
});

Deno.test("Room.connectAnew() after the session went on elsewhere is somebody new, by a free name if need be", () => {
  const { env, memory, room } = online();
  env.socket.lose(4010);
  assert.equal(room.link.banner.value?.kind, "elsewhere");
  room.connectAnew();
  assert.equal(env.socket.url.searchParams.get("session"), null);
  assert.equal(env.socket.wish, "marina");
  const suggestions = ["marina 2"];
  env.socket.receive({ type: "error", code: "username_taken", message: "taken", suggestions });
  env.socket.lose(4009);
  assert.equal(env.socket.wish, "marina 2");
  env.socket.welcome();
  assert.equal(memory.name, "marina");
  assert.deepEqual(room.link.banner.value, { kind: "substitute", wanted: "marina" });
});
