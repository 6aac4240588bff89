/**
 * The state of the page as a whole: its connection and what is written, with fake sockets, time and memory.
 *
 * @module
 */

import assert from "node:assert/strict";
import { chat, chats, online, open, say } from "./fake_room.ts";

Deno.test("Room does nothing before start()", () => {
  const { env, room } = open({ name: "marina" });
  assert.deepEqual([env.sockets.length, env.time.timerCount], [0, 0]);
  assert.equal(room.link.standing.value, "connecting");
});

Deno.test("Room.start() connects by the remembered name and is connected with the welcome", () => {
  const { env, room } = open({ name: "marina" });
  room.start("https://room.test");
  assert.equal(env.socket.url.href.split("?")[0], "wss://room.test/api/ws");
  assert.equal(env.socket.wish, "marina");
  env.socket.welcome();
  assert.equal(room.link.standing.value, "connected");
  assert.equal(room.link.banner.value, undefined);
});

Deno.test("Room.connect() remembers a name once the server has given it, and offers the former one where it does not", () => {
  const { env, memory, room } = online();
  room.connect("PEDRO");
  env.socket.receive({
    type: "error",
    code: "username_taken",
    message: "taken",
    suggestions: ["p2"],
  });
  env.socket.lose(4009);
  assert.equal(memory.name, "marina");
  assert.deepEqual(room.link.banner.value, { kind: "taken", suggestions: ["marina", "p2"] });
  room.connect("bia");
  env.socket.welcome();
  assert.equal(memory.name, "bia");
});

Deno.test("Room.start() takes no remembered name that can be none", () => {
  for (const name of ["x".repeat(300_000), "a/b", ""]) {
    const { env, room } = open({ name });
    room.start("http://room.test");
    assert.equal(env.socket.wish, undefined);
  }
});

Deno.test("Room shows nothing new while it is hidden but how much is unread, and everything when it is seen", () => {
  const opened = online();
  const { env, room, tick } = opened;
  opened.isHidden = true;
  room.turned();
  room.conversation.reading.looked(false);
  env.socket.receive(chat(1, "while away"));
  tick();
  assert.deepEqual([chats(room).length, room.casts.view.value.rows.length], [0, 1]);
  assert.equal(room.conversation.reading.unread.value, 1);
  opened.isHidden = false;
  room.turned();
  assert.deepEqual([chats(room).length, room.casts.view.value.rows.length], [1, 3]);
});

Deno.test("Room.connect() by no name leaves none to be remembered, whatever guest's name the server gives", () => {
  const { env, memory, room } = online();
  room.connect(" ");
  env.socket.welcome({ username: "guest-k3f9" });
  assert.equal(memory.name, undefined);
});

Deno.test("Room.disconnect() stays disconnected, for good and over a reload, until connect()", () => {
  const { env, memory, room } = online();
  room.disconnect();
  env.time.advance(3_600_000);
  assert.equal(env.sockets.length, 1);
  assert.equal(room.link.standing.value, "disconnected");
  assert.equal(room.link.banner.value?.kind, "disconnected");

  const reloaded = open(memory);
  reloaded.room.start("http://room.test");
  reloaded.env.time.advance(3_600_000);
  assert.equal(reloaded.env.sockets.length, 0);
  assert.equal(reloaded.room.link.standing.value, "disconnected");
  reloaded.room.connect("marina");
  assert.equal(reloaded.env.sockets.length, 1);
  assert.equal(reloaded.memory.away, false);
});

Deno.test("Room comes back by itself after a loss, and at once by retry()", () => {
  const { env, room } = online();
  env.socket.lose();
  assert.equal(room.link.standing.value, "reconnecting");
  assert.equal(room.link.banner.value?.kind, "waiting");
  room.retry();
  assert.equal(env.sockets.length, 2);
  assert.deepEqual(room.link.banner.value, {
    kind: "waiting",
    code: 1006,
    retryAt: undefined,
    wasOnline: true,
  });
  env.socket.welcome();
  assert.equal(room.link.standing.value, "connected");
  env.socket.lose();
  env.time.advance(60_000);
  assert.ok(env.sockets.length > 2);
});

Deno.test("Room stays away after a close code that says no, and offers the free names", () => {
  const { env, room } = open();
  room.start("http://room.test");
  room.connect("marina");
  env.socket.receive({
    type: "error",
    code: "username_taken",
    message: "taken",
    suggestions: ["marina 2"],
  });
  env.socket.lose(4009);
  env.time.advance(3_600_000);
  assert.equal(env.sockets.length, 2);
  assert.deepEqual(room.link.banner.value, { kind: "taken", suggestions: ["marina 2"] });
  room.connect("marina 2");
  assert.equal(env.socket.wish, "marina 2");
  assert.equal(room.link.banner.value, undefined);
});

for (const [code, kind] of [[4010, "elsewhere"], [4011, "invalid"], [1008, "closed"]] as const) {
  Deno.test(`Room says why after ${code} and does not come back`, () => {
    const { env, room } = online();
    env.socket.lose(code);
    env.time.advance(3_600_000);
    assert.equal(room.link.standing.value, "refused");
    assert.equal(room.link.banner.value?.kind, kind);
    assert.equal(env.sockets.length, 1);
  });
}

Deno.test("Room shows what the server says of itself, worst first, until it is dismissed", () => {
  const { env, room } = online();
  const status = { type: "status", database: "down", broker: "none", draining: false } as const;
  env.socket.receive(status);
  assert.equal(room.link.standing.value, "degraded");
  assert.equal(room.link.banner.value?.kind, "database");
  room.link.dismiss();
  assert.equal(room.link.banner.value, undefined);
  assert.equal(room.link.standing.value, "degraded");
  env.socket.receive({ ...status, draining: true, reconnect_after_ms: 4000 });
  assert.deepEqual(room.link.banner.value, { kind: "draining", afterMs: 4000 });
  env.socket.lose(1001);
  room.retry();
  env.socket.welcome();
  assert.equal(room.link.standing.value, "connected");
});

/** The server finds the name taken, and offers others. */
function take({ socket }: ReturnType<typeof open>["env"], ...suggestions: string[]): void {
  socket.receive({ type: "error", code: "username_taken", message: "taken", suggestions });
  socket.lose(4009);
}

Deno.test("Room comes in by a free name where the remembered one is taken, says so, and remembers the wanted one", () => {
  const { env, memory, room } = open({ name: "marina" });
  room.start("http://room.test");
  take(env, "marina 2", "marina 3");
  assert.deepEqual([env.sockets.length, env.socket.wish], [2, "marina 2"]);
  assert.equal(room.link.banner.value, undefined);
  env.socket.welcome();
  assert.equal(memory.name, "marina");
  assert.deepEqual(room.link.banner.value, { kind: "substitute", wanted: "marina" });
  assert.equal(room.link.name.value, "marina 2");
  room.link.dismiss();
  assert.equal(room.link.banner.value, undefined);
});

Deno.test("Room.connectAnew() comes in by the wanted name where that is free by now, and by a free one where not", () => {
  const { env, room } = open({ name: "marina" });
  room.start("http://room.test");
  take(env, "marina 2");
  env.socket.welcome();
  room.connectAnew();
  assert.equal(env.socket.wish, "marina");
  take(env, "marina 2");
  env.socket.welcome();
  assert.equal(room.link.name.value, "marina 2");
  assert.deepEqual(room.link.banner.value, { kind: "substitute", wanted: "marina" });
  room.connectAnew();
  env.socket.welcome();
  assert.equal(room.link.name.value, "marina");
  assert.equal(room.link.banner.value, undefined);
});

Deno.test("Room says over a reload too that one is here by another name, unless one gets the wanted one", () => {
  const session = { session: "s1", epoch: "e1", position: 0, clientId: "c1" };
  for (
    const [before, name, wanted] of [
      ["marina 2", "marina 2", "marina"],
      ["marina 2", "marina", undefined],
      ["Marina", "Marina", undefined],
    ] as const
  ) {
    const { env, room } = open({ name: "marina", session: { ...session, username: before } });
    room.start("http://room.test");
    env.socket.welcome({ username: name });
    const banner = wanted && { kind: "substitute", wanted };
    assert.deepEqual(room.link.banner.value, banner, `${before} ${name}`);
  }
});

Deno.test("Room comes in by a free name once at the most, and never for a name that was chosen or given in this tab", () => {
  const twice = open({ name: "marina" });
  twice.room.start("http://room.test");
  take(twice.env, "marina 2");
  take(twice.env, "marina 3");
  assert.deepEqual([twice.env.sockets.length, twice.room.link.needsName.value], [2, true]);

  const nothingFree = open({ name: "marina" });
  nothingFree.room.start("http://room.test");
  take(nothingFree.env);
  assert.deepEqual([nothingFree.env.sockets.length, nothingFree.room.link.needsName.value], [
    1,
    true,
  ]);

  const given = online();
  given.env.time.advance(60_000);
  take(given.env, "marina 2");
  assert.equal(given.env.sockets.at(-1)?.wish, "marina");
});

Deno.test("Room heeds no message that is not what the protocol says", () => {
  const opened = open({ name: "marina" });
  opened.room.start("http://room.test");
  opened.env.socket.receiveText('{"type":"welcome"}');
  assert.equal(opened.room.link.standing.value, "connecting");

  const { env, room } = online();
  say(room, "hello");
  const id = env.socket.sent.at(-1)?.id;
  env.socket.receiveText(
    JSON.stringify({ type: "ack", id, offset: 1, timestamp: "?", recipients: 3 }),
  );
  assert.equal(chats(room)[0]?.delivery?.at, "waiting");
  env.socket.acknowledge();
  assert.equal(chats(room)[0]?.delivery?.at, "sent");
});

Deno.test("Room.beat() tells what is due to be announced, and does nothing while the page is hidden", () => {
  const opened = online();
  const { env, room } = opened;
  const { announcer, reading } = room.conversation;
  reading.looked(false);
  env.socket.receive(chat(1, "hello"));
  reading.looked(true);
  assert.equal(announcer.line.value, "");
  env.live(1);
  assert.equal(announcer.line.value, "Ana: hello");

  opened.isHidden = true;
  env.live(1);
  const { value } = room.now;
  env.live(3);
  assert.equal(room.now.value, value);
  opened.isHidden = false;
  room.turned();
  assert.equal(room.now.value, env.now());
});

Deno.test("Room.send() shows the chat as waiting, then as sent with how many it reached", () => {
  const { env, room } = online();
  say(room, "  hello  ");
  assert.equal(room.conversation.composition.draft.value, "");
  const [waiting] = chats(room);
  assert.deepEqual([waiting?.text, waiting?.isMine, waiting?.delivery?.at], [
    "hello",
    true,
    "waiting",
  ]);
  env.socket.acknowledge();
  const [sent] = chats(room);
  assert.equal(sent?.delivery?.at === "sent" && sent.delivery.ack.recipients, 3);
  assert.equal(chats(room).length, 1);
});

Deno.test("Room.send() keeps what is written while disconnected by hand, or when it is too long or blank", () => {
  const { env, room } = online();
  room.disconnect();
  say(room, "later");
  assert.equal(room.conversation.composition.draft.value, "later");
  room.connect("marina");
  env.socket.welcome();
  for (const text of ["   ", "x".repeat(4097)]) {
    say(room, text);
    assert.equal(room.conversation.composition.draft.value, text);
  }
  assert.deepEqual([chats(room).length, env.socket.chats.length], [0, 0]);
});

Deno.test("Room.send() while reconnecting waits and goes out in order with the next welcome", () => {
  const { env, room } = online();
  env.socket.lose();
  say(room, "one");
  say(room, "two");
  assert.deepEqual(chats(room).map((item) => item.delivery?.at), ["waiting", "waiting"]);
  env.time.advance(60_000);
  room.retry();
  env.socket.welcome();
  assert.deepEqual(env.socket.chats, ["one", "two"]);
});

Deno.test("Room.sendAgain() sends a failed chat once more, discard() takes it away", () => {
  const { env, room } = online();
  say(room, "again");
  say(room, "never mind");
  for (const { id = "", type } of env.socket.sent.filter((sent) => sent.type === "chat")) {
    assert.equal(type, "chat");
    env.socket.receive({ type: "error", code: "unavailable", message: "no order", id });
  }
  const [first, second] = chats(room);
  assert.deepEqual(chats(room).map((item) => item.delivery?.at), ["failed", "failed"]);
  room.conversation.sendAgain(first?.key ?? "", first?.text ?? "");
  room.conversation.discard(second?.key ?? "");
  assert.deepEqual(chats(room).map(({ text, delivery }) => [text, delivery?.at]), [
    ["again", "waiting"],
  ]);
  assert.deepEqual(env.socket.chats, ["again", "never mind", "again"]);
});

Deno.test("Composition begins with what was typed while the page was not running yet", () => {
  const { room } = open({ draft: "from before" });
  room.start("http://room.test", "typed early");
  assert.equal(room.conversation.composition.draft.value, "typed early");
});

Deno.test("Composition remembers the draft soon after the last key, and forgets it when sent", () => {
  const { env, memory, room } = online({ draft: "from before" });
  assert.equal(room.conversation.composition.draft.value, "from before");
  room.conversation.composition.write("half a sen");
  assert.equal(memory.draft, "from before");
  env.time.advance(300);
  assert.equal(memory.draft, "half a sen");
  room.conversation.send();
  assert.equal(memory.draft, "");
});

Deno.test("Room.rest() keeps the draft of the last moment: the page may be gone for good", () => {
  const { memory, room } = online();
  room.conversation.composition.write("half a sen");
  room.rest();
  assert.equal(memory.draft, "half a sen");
});

Deno.test("Room.stop() leaves no timer and no connection", () => {
  const { env, room, tick } = online();
  tick();
  env.socket.receive(chat(1, "hello"));
  room.conversation.composition.write("draft");
  room.stop();
  assert.equal(env.time.timerCount, 0);
  assert.equal(env.socket.closedWith, 1000);
});
