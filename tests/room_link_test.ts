/**
 * The connection as the page sees it: what wakes it, what keeps it out, what was missed, with fake sockets and time.
 *
 * @module
 */

import assert from "node:assert/strict";
import { PAUSE_MS } from "../client/page/inquiry.ts";
import { judgeName } from "../client/page/naming.ts";
import { chat, online, open, presence, say, type Setting, settled, user } from "./fake_room.ts";
import { timeMessage } from "./fake_surroundings.ts";

/** A room whose upgrades are all refused, and what it asked by plain requests. */
function refused(answers: Readonly<Record<string, number>>, setting: Setting = {}) {
  const asked: string[] = [];
  const probe = (path: string) => {
    asked.push(path);
    return Promise.resolve(answers[path] ?? 0);
  };
  const opened = open({ name: "marina", ...setting, probe });
  opened.env.chance = 1;
  opened.room.start("http://room.test");
  const refuse = async (times = 1) => {
    for (let attempt = 0; attempt < times; attempt++) {
      opened.env.socket.lose();
      await settled();
      opened.room.retry();
    }
  };
  return { ...opened, asked, refuse };
}

// ------------------------------------------------------------------------------------------------- away and back

Deno.test("Room.turned() tries at once where the page is shown again, and not where it is hidden", () => {
  for (const isHidden of [false, true]) {
    const { env, room } = online({ isHidden });
    env.socket.lose();
    room.turned();
    assert.equal(env.sockets.length, isHidden ? 1 : 2);
  }
});

Deno.test("Room.turned() takes a connection that has been silent for 3 s for dead, one that lives not", () => {
  const { env, room } = online();
  env.live(1);
  env.time.sleep(10_000);
  env.socket.receive(timeMessage());
  room.turned();
  assert.equal(env.sockets.length, 1);
  env.time.sleep(10_000);
  assert.equal(room.link.standing.value, "connected");
  room.turned();
  assert.equal(room.link.standing.value, "reconnecting");
  assert.equal(env.sockets.length, 2);
});

Deno.test("Room.network() tries at once when the network is back", () => {
  const { env, room } = online();
  room.network(false);
  assert.equal(room.link.standing.value, "connected");
  env.socket.lose();
  assert.equal(room.link.standing.value, "offline");
  assert.equal(room.link.banner.value?.kind, "offline");
  room.network(true);
  assert.equal(env.sockets.length, 2);
  assert.equal(room.link.standing.value, "reconnecting");
  // That attempt hangs, as one does that was made while the network came and went.
  env.time.advance(2000);
  room.network(false);
  room.network(true);
  assert.equal(env.sockets.length, 3);
});

Deno.test("Room.rest() gives the socket up, and retry() comes back by the same name", () => {
  const { env, room } = online();
  room.rest();
  // A goodbye would be the end of the session.
  assert.equal(env.socket.closedWith, 4000);
  room.retry();
  assert.equal(env.sockets.length, 2);
  assert.equal(env.socket.wish, "marina");
});

Deno.test("Room.rest() and retry() change nothing where the person is disconnected by hand", () => {
  const { env, room } = online();
  room.disconnect();
  room.rest();
  room.retry();
  room.turned();
  room.network(true);
  env.time.advance(60_000);
  assert.deepEqual([env.sockets.length, room.link.standing.value], [1, "disconnected"]);
});

Deno.test("Link is connecting, not reconnecting, until there has been a connection", () => {
  const { env, room } = open({ name: "marina" });
  room.start("http://room.test");
  env.socket.lose();
  assert.equal(room.link.standing.value, "connecting");
  const banner = room.link.banner.value;
  assert.equal(banner?.kind === "waiting" && banner.wasOnline, false);
});

Deno.test("Link.isFirstTry ends with the first attempt, whatever becomes of it", () => {
  for (const end of ["welcome", "lose"] as const) {
    const { env, room } = open();
    room.start("http://room.test");
    assert.equal(room.link.isFirstTry.value, true);
    env.socket[end]();
    assert.equal(room.link.isFirstTry.value, false);
    env.time.advance(3000);
    assert.equal(room.link.isFirstTry.value, false);
  }
});

Deno.test("Link keeps the reason that the server gave through attempts that say nothing", () => {
  const { env, room } = online();
  env.socket.lose(1001);
  room.retry();
  env.socket.lose(1006);
  const banner = room.link.banner.value;
  assert.equal(banner?.kind === "waiting" && banner.code, 1001);
});

// ---------------------------------------------------------------------------------------------------------- names

Deno.test("Link.needsName is true while the wished name is refused, until another is tried", () => {
  for (const code of [4009, 4011]) {
    const { env, room } = open({ name: "marina" });
    room.start("http://room.test");
    assert.equal(room.link.needsName.value, false);
    env.socket.lose(code);
    assert.equal(room.link.needsName.value, true);
    room.connect("marina 2");
    assert.equal(room.link.needsName.value, false);
  }
});

Deno.test("Link ends the changing of the name where the server refuses, so that its reason is seen", () => {
  const { env, room } = online();
  room.link.isRenaming.value = true;
  env.socket.lose();
  assert.equal(room.link.banner.value?.kind, "rename");
  room.retry();
  env.socket.lose(4010);
  assert.equal(room.link.banner.value?.kind, "elsewhere");
});

Deno.test("judgeName() says who is online by a name, whatever its case, but for oneself and for a list of before the loss", () => {
  const { env, room } = online();
  env.socket.receive(presence([user("pedro")], []));
  const judge = (typed: string) =>
    judgeName(typed, { own: room.link.name.value, people: room.people });
  assert.deepEqual(judge(" Pedro "), { is: "online", name: "pedro" });
  assert.deepEqual(judge("Pedro 2"), { is: "fine" });
  assert.deepEqual(judge("MARINA"), { is: "own" });
  assert.deepEqual(judge("  "), { is: "empty" });
  assert.equal(judge("a/b").is, "wrong");
  // One's own entry, under a name that was given up for another.
  assert.deepEqual(judgeName("marina", { own: "bia", people: room.people }), { is: "fine" });
  env.socket.lose();
  assert.deepEqual(judge("pedro"), { is: "fine" });
});

Deno.test("Link.dismiss() puts the database away until the next news of it", () => {
  const { env, room } = online();
  const down = { type: "status", database: "down", broker: "none", draining: false } as const;
  const shown = () => room.link.banner.value?.kind;
  env.socket.receive(down);
  room.link.dismiss();
  assert.equal(shown(), undefined);
  env.socket.receive({ ...down, database: "up" });
  env.socket.receive(down);
  assert.equal(shown(), "database");
});

Deno.test("Link.dismiss() of the changing of the name brings back no banner that was dismissed before", () => {
  const { env, room } = online();
  env.socket.receive({ type: "status", database: "down", broker: "none", draining: false });
  room.link.dismiss();
  room.link.isRenaming.value = true;
  room.link.dismiss();
  assert.equal(room.link.banner.value, undefined);
});

// ----------------------------------------------------------------------------------------------- missed, too fast

Deno.test("Link counts how long one was away from the last that was heard, however late the loss was noticed", () => {
  const { env, room } = online();
  env.live(2);
  env.time.advance(4000);
  env.socket.welcome({ client_id: "c-marina", offset: 1, resumed: true });
  env.socket.receive(chat(1, "one"));
  assert.deepEqual(room.link.banner.value, { kind: "caught_up", messages: 1, awayMs: 4000 });
});

Deno.test("Link tells that something was missed and how long one was away, until it is dismissed", async () => {
  const opened = online();
  const { env, room } = opened;
  env.time.advance(1000);
  env.socket.lose();
  env.time.advance(400);
  room.retry();
  env.time.advance(400);
  env.socket.welcome({ offset: 7 });
  await settled();
  assert.deepEqual(room.link.banner.value, { kind: "missed", awayMs: 1800 });
  room.link.dismiss();
  assert.equal(room.link.banner.value, undefined);
});

Deno.test("Link tells of nothing missed where nothing was, at the first welcome, and after an absence by wish", async () => {
  const lost = online();
  lost.env.socket.lose();
  lost.env.time.advance(400);
  lost.room.retry();
  lost.env.socket.welcome();

  const first = open({ name: "marina" });
  first.room.start("http://room.test");
  first.env.socket.lose();
  first.room.retry();
  first.env.socket.welcome({ offset: 7 });

  const wished = online();
  wished.room.disconnect();
  wished.env.time.advance(5000);
  wished.room.connect("marina");
  wished.env.socket.welcome({ offset: 7 });

  await settled();
  for (const { room } of [lost, first, wished]) assert.equal(room.link.banner.value, undefined);
});

Deno.test("Link says when one may write again after rate_limited, and is silent once one may", () => {
  const { env, room } = open({ name: "marina" });
  room.start("http://room.test");
  const limits = { message_length: 100, fibonacci_input: 100, messages_per_second: 20 };
  env.socket.welcome({ limits });
  say(room, "quick");
  const id = env.socket.sent.at(-1)?.id ?? "";
  env.socket.receive({
    type: "error",
    code: "rate_limited",
    message: "slow",
    retry_after_ms: 2500,
    id,
  });
  assert.deepEqual(room.link.banner.value, {
    kind: "rate",
    until: env.now() + 2500,
    perSecond: 20,
  });
  env.live(2);
  assert.equal(room.link.banner.value?.kind, "rate");
  env.live(2);
  assert.equal(room.link.banner.value, undefined);
  // The chat went out by itself.
  assert.deepEqual(env.socket.chats, ["quick", "quick"]);
});

Deno.test("Link says that it was too fast for 1 s at least, so that it can be read", () => {
  const { env, room } = open({ name: "marina" });
  room.start("http://room.test");
  const limits = { message_length: 100, fibonacci_input: 100, messages_per_second: 20 };
  env.socket.welcome({ limits });
  env.socket.receive({ type: "error", code: "rate_limited", message: "slow", retry_after_ms: 10 });
  const banner = room.link.banner.value;
  assert.equal(banner?.kind === "rate" && banner.until, env.now() + 1000);
});

// -------------------------------------------------------------------------------------------------- why not let in

for (
  const [what, answers, kind, standing] of [
    ["this host", { "/ready": 421, "/api/ws": 421 }, "barred", "refused"],
    ["so many of this address", { "/ready": 200, "/api/ws": 429 }, "barred", "refused"],
    ["anybody now", { "/ready": 200, "/api/ws": 503 }, "waiting", "connecting"],
    ["anybody before it is ready", { "/ready": 503 }, "waiting", "connecting"],
    ["anybody, its proxy says", { "/ready": 502 }, "waiting", "connecting"],
  ] as const
) {
  Deno.test(`Room finds out after two refused attempts that the server does not let in ${what}`, async () => {
    const { room, env, asked, refuse } = refused(answers);
    await refuse();
    assert.deepEqual(asked, []);
    await refuse();
    const banner = room.link.banner.value;
    assert.equal(banner?.kind, kind);
    const why = banner?.kind === "barred"
      ? banner.by
      : banner?.kind === "waiting"
      ? banner.code
      : undefined;
    const status = "/api/ws" in answers ? answers["/api/ws"] : 503;
    assert.equal(why, status);
    assert.equal(room.link.standing.value, standing);
    // It goes on trying, and once let in nothing is said any more.
    assert.equal(env.sockets.length, 3);
    env.socket.welcome();
    assert.equal(room.link.banner.value, undefined);
  });
}

Deno.test("Room says that a server that is well lets no connection in, once the next attempt has failed too", async () => {
  const { env, room, asked, refuse } = refused({ "/ready": 200, "/api/ws": 426 });
  const shown = () => {
    const banner = room.link.banner.value;
    return banner?.kind === "barred" ? banner.by : banner?.kind;
  };
  await refuse(2);
  // It may have come back between the attempt and the question.
  assert.equal(shown(), "waiting");
  await refuse();
  assert.equal(shown(), "origin");
  assert.equal(room.link.standing.value, "refused");
  await refuse(3);
  assert.equal(asked.length, 4);
  // Whoever was let in begins anew.
  env.socket.welcome();
  env.live(PAUSE_MS / 1000);
  await refuse(3);
  assert.equal(asked.length, 6);
  assert.equal(shown(), "waiting");
});

Deno.test("Room learns nothing from a server that does not answer, and says that it tries", async () => {
  const { room, asked, refuse } = refused({});
  await refuse(2);
  assert.deepEqual(asked, ["/ready"]);
  const banner = room.link.banner.value;
  assert.equal(banner?.kind === "waiting" && banner.code, 1006);
});

Deno.test("Room asks at most once in 10 s, and not while hidden, offline, or where the server said why", async () => {
  const busy = refused({ "/ready": 503 });
  await busy.refuse(6);
  assert.deepEqual(busy.asked, ["/ready"]);
  busy.env.time.advance(PAUSE_MS);
  await busy.refuse();
  assert.deepEqual(busy.asked, ["/ready", "/ready"]);

  const hidden = refused({ "/ready": 503 }, { isHidden: true });
  await hidden.refuse(4);
  assert.deepEqual(hidden.asked, []);

  const offline = refused({ "/ready": 503 });
  offline.room.network(false);
  await offline.refuse(4);
  assert.deepEqual(offline.asked, []);

  const told = refused({ "/ready": 503 });
  for (let attempt = 0; attempt < 4; attempt++) {
    told.env.socket.lose(1013);
    told.room.retry();
  }
  assert.deepEqual(told.asked, []);
});

Deno.test("Room does not take the loss of a connection for a refused attempt", async () => {
  const { env, room, asked, refuse } = refused({ "/ready": 503 });
  env.socket.welcome();
  await refuse(2);
  assert.deepEqual(asked, []);
  await refuse();
  assert.deepEqual(asked, ["/ready"]);
  assert.equal(room.link.standing.value, "reconnecting");
});

Deno.test("Room ignores an answer that comes after it has been let in", async () => {
  const answer = Promise.withResolvers<number>();
  const { env, room } = open({ name: "marina", probe: () => answer.promise });
  room.start("http://room.test");
  for (let attempt = 0; attempt < 2; attempt++) {
    env.socket.lose();
    room.retry();
  }
  env.socket.welcome();
  answer.resolve(429);
  await settled();
  env.socket.lose();
  assert.equal(room.link.banner.value?.kind, "waiting");
});
