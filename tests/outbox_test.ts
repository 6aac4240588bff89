/**
 * The chats of one's own, through the connection that carries them, with fake sockets and fake time.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Connection } from "../client/connection.ts";
import type { OutgoingChat } from "../client/outbox.ts";
import { ackMessage, FakeSurroundings } from "./fake_surroundings.ts";

const PACED = { message_length: 100, fibonacci_input: null, messages_per_second: 20 };

function open() {
  const env = new FakeSurroundings();
  const told: OutgoingChat[] = [];
  const connection = new Connection({
    url: "ws://server/",
    surroundings: env,
    listeners: { chat: (chat) => told.push(chat) },
  });
  connection.connect("ana");
  /** How each chat ended, by its text. */
  const ends = () =>
    told.filter(({ state }) => state.at !== "waiting").map(({ text, state }) =>
      `${text} ${state.at === "failed" ? state.why : state.at}`
    );
  return { env, told, ends, connection };
}

Deno.test("Outbox keeps what is said offline and sends it in order, once, with the welcome", () => {
  const { env, told, ends, connection } = open();
  for (const text of ["one", "two", "three"]) connection.say(text);
  assert.deepEqual(env.socket.sent, []);
  assert.deepEqual(told.map(({ state }) => state.at), ["waiting", "waiting", "waiting"]);
  assert.equal(connection.outstanding, 3);
  env.socket.welcome();
  assert.deepEqual(env.socket.chats, ["one", "two", "three"]);
  env.socket.acknowledge();
  assert.deepEqual(ends(), ["one sent", "two sent", "three sent"]);
  assert.equal(connection.outstanding, 0);
});

Deno.test("Outbox tells the ack of a chat to the chat with its id", () => {
  const { env, told, connection } = open();
  env.socket.welcome();
  connection.say("one");
  const id = connection.say("two");
  env.socket.receive(ackMessage(id));
  assert.deepEqual(told.at(-1), { id, text: "two", state: { at: "sent", ack: ackMessage(id) } });
  assert.equal(connection.outstanding, 1);
});

Deno.test("Outbox lets a person's quick lines out at once and paces the rest below the server's rate", () => {
  const { env, connection } = open();
  env.socket.welcome({ limits: PACED });
  for (let i = 0; i < 100; i++) connection.say(`${i}`);
  const atOnce = env.socket.sent.length;
  assert.ok(atOnce >= 5 && atOnce <= 20, `${atOnce} at once`);
  env.live(2);
  const perSecond = (env.socket.sent.length - atOnce) / 2;
  assert.ok(perSecond > 15 && perSecond <= 20, `${perSecond} a second`);
  env.live(5);
  assert.deepEqual(env.socket.chats, Array.from({ length: 100 }, (_, i) => `${i}`));
});

Deno.test("Outbox counts requests towards the rate", () => {
  const { env, connection } = open();
  env.socket.welcome({ limits: PACED });
  while (connection.waitMs === 0) connection.ping("p");
  assert.ok(env.socket.sent.length <= 20);
  connection.say("one");
  assert.deepEqual(env.socket.chats, []);
  env.time.advance(connection.waitMs);
  assert.deepEqual(env.socket.chats, ["one"]);
});

Deno.test("Outbox sends a chat over the rate again when the server will have it, before what came later", () => {
  const { env, ends, connection } = open();
  env.socket.welcome();
  const id = connection.say("one");
  const limited = { type: "error", code: "rate_limited", message: "slow down", id } as const;
  env.socket.receive({ ...limited, retry_after_ms: 700 });
  connection.say("two");
  env.time.advance(699);
  assert.deepEqual(env.socket.chats, ["one"]);
  env.time.advance(1);
  assert.deepEqual(env.socket.chats, ["one", "one", "two"]);
  env.socket.acknowledge();
  assert.deepEqual(ends(), ["one sent", "two sent"]);
});

Deno.test("Outbox fails a chat that the server refuses, with the code, and only that one", () => {
  const { env, ends, connection } = open();
  env.socket.welcome();
  const id = connection.say("one");
  connection.say("two");
  env.socket.receive({ type: "error", code: "unavailable", message: "not now", id });
  env.socket.receive({ type: "error", code: "internal", message: "somebody else's", id: "x" });
  env.socket.receive({ type: "error", code: "internal", message: "nobody's" });
  assert.deepEqual(ends(), ["one unavailable"]);
  env.socket.acknowledge({ except: ["one"] });
  assert.deepEqual(ends(), ["one unavailable", "two sent"]);
});

Deno.test("Outbox fails a chat longer than the server takes without sending it", () => {
  const { env, ends, connection } = open();
  connection.say("x".repeat(101));
  connection.say(` ${"y".repeat(100)} `);
  connection.say("after");
  assert.deepEqual(ends(), []);
  env.socket.welcome({ limits: PACED });
  assert.deepEqual(ends(), [`${"x".repeat(101)} message_too_long`]);
  assert.equal(env.socket.chats.length, 2);
});

Deno.test("Outbox sends again what was not acknowledged before a loss, by the same ids, in order, before newer ones", () => {
  const { env, ends, connection } = open();
  env.socket.welcome();
  const ids = ["one", "two", "three"].map((text) => connection.say(text));
  env.socket.acknowledge({ except: ["two", "three"] });
  env.socket.lose();
  connection.say("four");
  assert.deepEqual([ends(), connection.outstanding], [["one sent"], 3]);
  env.time.advance(1000);
  env.socket.resume();
  assert.deepEqual(env.socket.chats, ["two", "three", "four"]);
  assert.deepEqual(env.socket.sent.slice(0, 2).map(({ id }) => id), ids.slice(1));
  env.socket.acknowledge();
  assert.deepEqual(ends(), ["one sent", "two sent", "three sent", "four sent"]);
});

Deno.test("Outbox sends again in a session that the server knows, also where it does not resume", () => {
  const { env, ends, connection } = open();
  env.socket.welcome();
  connection.say("one");
  env.socket.lose();
  env.time.advance(1000);
  env.socket.welcome();
  assert.deepEqual([env.socket.chats, ends()], [["one"], []]);
});

Deno.test("Outbox sends nothing again in another order, which cannot know it: its fate is unknown", () => {
  const { env, ends, connection } = open();
  env.socket.welcome();
  connection.say("one");
  env.socket.lose();
  env.time.advance(1000);
  env.socket.welcome({ epoch: "e2" });
  assert.deepEqual([env.socket.chats, ends()], [[], ["one unknown"]]);
});

Deno.test("Outbox believes no server that names no wait, or one without an end", () => {
  for (const [named, waitMs] of [[0, 100], [1e12, 60_000]] as const) {
    const { env, connection } = open();
    env.socket.welcome();
    const id = connection.say("one");
    const limited = { type: "error", code: "rate_limited", message: "slow down", id } as const;
    env.socket.receive({ ...limited, retry_after_ms: named });
    assert.equal(connection.waitMs, waitMs);
    env.live(waitMs / 1000);
    env.time.advance(100);
    assert.deepEqual(env.socket.chats, ["one", "one"]);
  }
});

Deno.test("Outbox sends a chat once that is said again while it is on its way", () => {
  const { env, told, connection } = open();
  env.socket.welcome();
  const id = connection.say("one");
  assert.equal(connection.say("one", id), id);
  assert.deepEqual([env.socket.chats, told.length], [["one"], 2]);
});

Deno.test("Outbox does not mind a clock that is set back", () => {
  const { env, connection } = open();
  env.socket.welcome({ limits: PACED });
  connection.say("one");
  env.time.set(-3_600_000);
  connection.say("two");
  assert.deepEqual(env.socket.chats, ["one", "two"]);
});

Deno.test("Outbox says nothing under another name than it was written: it is not sent, and can be said again", () => {
  const { env, ends, connection } = open();
  env.socket.welcome();
  env.socket.lose();
  const id = connection.say("for the friends of ana");
  connection.disconnect();
  connection.connect("bob");
  assert.deepEqual(ends(), ["for the friends of ana renamed"]);
  env.socket.welcome();
  assert.deepEqual(env.socket.chats, []);
  connection.say("for the friends of ana", id);
  assert.equal(env.socket.chats.length, 1);
});

Deno.test("Outbox keeps what waits for another name where one was not there yet, or as a guest", () => {
  const { env, connection } = open();
  connection.say("one");
  env.socket.lose(4009);
  connection.connect("bob");
  env.socket.welcome();
  assert.deepEqual(env.socket.chats, ["one"]);
  const guest = open();
  guest.connection.connect("");
  guest.env.socket.welcome();
  guest.env.socket.lose();
  guest.connection.say("one");
  guest.connection.connect("bob");
  guest.env.socket.welcome();
  assert.deepEqual(guest.env.socket.chats, ["one"]);
});

Deno.test("Outbox does not send again what the replay shows as taken", () => {
  const { env, ends, connection } = open();
  env.socket.welcome();
  const id = connection.say("one");
  connection.say("two");
  env.socket.lose();
  env.time.advance(1000);
  env.socket.resume({ offset: 2 });
  connection.say("three");
  assert.deepEqual(env.socket.chats, []);
  env.socket.hear("from somebody else");
  env.socket.receive(ackMessage(id, 2));
  assert.deepEqual([env.socket.chats, ends()], [["two", "three"], ["one sent"]]);
});

Deno.test("Outbox sends again below the server's rate", () => {
  const { env, connection } = open();
  env.socket.welcome();
  for (let i = 0; i < 100; i++) connection.say(`${i}`);
  env.socket.lose();
  env.time.advance(1000);
  env.socket.resume({ limits: PACED });
  assert.ok(env.socket.sent.length <= 20);
  env.live(6);
  assert.deepEqual(env.socket.chats, Array.from({ length: 100 }, (_, i) => `${i}`));
});

Deno.test("Outbox does not know the fate of what was sent in a session that is over; what waits is sent", () => {
  const { env, ends, connection } = open();
  env.socket.welcome();
  connection.say("one");
  env.socket.lose();
  connection.say("two");
  env.time.advance(1000);
  assert.deepEqual(ends(), []);
  env.socket.welcome({ client_id: "c2" });
  assert.deepEqual([ends(), env.socket.chats], [["one unknown"], ["two"]]);
  // By wish it is sent again, and may then arrive twice.
  const id = env.sockets[0]?.sent[0]?.id;
  assert.equal(connection.say("one", id), id);
  assert.deepEqual(env.socket.chats, ["two", "one"]);
});

for (
  const [how, leave] of [
    ["one disconnects", (connection: Connection) => connection.disconnect()],
    ["one takes another name", (connection: Connection) => connection.connect("bob")],
  ] as const
) {
  Deno.test(`Outbox does not know the fate of what was sent where ${how}, and says so at once`, () => {
    const { env, ends, connection } = open();
    env.socket.welcome();
    connection.say("one");
    leave(connection);
    assert.deepEqual(ends(), ["one unknown"]);
  });
}

Deno.test("Outbox holds 100 chats, and fails the next one at once", () => {
  const { env, told, ends, connection } = open();
  for (let i = 0; i < 100; i++) connection.say(`${i}`);
  connection.say("too many");
  assert.deepEqual(told.slice(-2).map(({ state }) => state.at), ["waiting", "failed"]);
  assert.deepEqual([ends(), connection.outstanding], [["too many full"], 100]);
  env.socket.welcome();
  assert.equal(env.socket.chats.includes("too many"), false);
  env.socket.receive(ackMessage(env.socket.sent[0]?.id ?? ""));
  connection.say("one more");
  assert.deepEqual(ends(), ["too many full", "0 sent"]);
});

Deno.test("Outbox ends each chat once, but for one that failed and was taken after all", () => {
  const { env, ends, connection } = open();
  env.socket.welcome();
  const [first = "", second = "", third = ""] = ["one", "two", "three"].map((text) =>
    connection.say(text)
  );
  env.socket.receive(ackMessage(first), ackMessage(first));
  env.socket.receive({ type: "error", code: "internal", message: "late", id: first });
  env.socket.receive({ type: "error", code: "unavailable", message: "no", id: second });
  assert.deepEqual(ends(), ["one sent", "two unavailable"]);
  env.socket.receive(ackMessage(second, 2), ackMessage(second, 2));
  env.socket.receive({ type: "error", code: "internal", message: "late", id: second });
  env.socket.receive(ackMessage(third, 3));
  assert.deepEqual(ends(), ["one sent", "two unavailable", "two sent", "three sent"]);
});

Deno.test("Outbox sends what was unavailable again by the same id, and hears one end of it", () => {
  const { env, ends, connection } = open();
  env.socket.welcome();
  const id = connection.say("one");
  env.socket.receive({ type: "error", code: "unavailable", message: "not now", id });
  connection.say("one", id);
  assert.deepEqual(env.socket.sent.map(({ id }) => id), [id, id]);
  env.socket.receive(ackMessage(id), ackMessage(id));
  assert.deepEqual(ends(), ["one unavailable", "one sent"]);
});

Deno.test("Outbox hears nothing more of a chat that failed, was said again and then given up", () => {
  const { env, ends, connection } = open();
  env.socket.welcome();
  const id = connection.say("one");
  env.socket.receive({ type: "error", code: "unavailable", message: "not now", id });
  env.socket.lose();
  connection.say("one", id);
  connection.discard(id);
  env.time.advance(1000);
  env.socket.resume();
  env.socket.receive(ackMessage(id));
  assert.deepEqual(ends(), ["one unavailable", "one discarded"]);
});

Deno.test("Outbox knows of what was sent before a loss that it may have arrived, also if it is too long or too much now", () => {
  const { env, told, ends, connection } = open();
  env.socket.welcome();
  connection.say("x".repeat(101));
  const id = connection.say("y");
  env.socket.lose();
  env.time.advance(1000);
  env.socket.resume({ limits: PACED });
  assert.deepEqual(ends(), [`${"x".repeat(101)} unknown`]);
  env.socket.receive({ type: "error", code: "rate_limited", message: "slow down", id });
  assert.deepEqual(told.at(-1)?.state, { at: "waiting", isTransmitted: true });
  assert.equal(connection.discard(id), false);
});

Deno.test("Outbox understands the late acks of the last 100 that failed", () => {
  const { env, ends, connection } = open();
  env.socket.welcome();
  const ids = Array.from({ length: 101 }, (_, i) => {
    const id = connection.say(`${i}`);
    env.socket.receive({ type: "error", code: "unavailable", message: "not now", id });
    return id;
  });
  for (const id of ids) env.socket.receive(ackMessage(id));
  assert.deepEqual(ends().slice(101), Array.from({ length: 100 }, (_, i) => `${i + 1} sent`));
});

Deno.test("Connection.discard() gives up a chat that waits, and none that is on its way", () => {
  const { env, ends, connection } = open();
  const id = connection.say("one");
  assert.equal(connection.discard(id), true);
  assert.equal(connection.discard(id), false);
  env.socket.welcome();
  assert.deepEqual(env.socket.sent, []);
  assert.equal(connection.discard(connection.say("two")), false);
  assert.deepEqual(ends(), ["one discarded"]);
});

Deno.test("Connection.discard() gives up none that may have arrived before a loss", () => {
  const { env, ends, connection } = open();
  env.socket.welcome();
  const id = connection.say("one");
  env.socket.lose();
  assert.deepEqual([connection.discard(id), ends()], [false, []]);
});

Deno.test("Outbox keeps what waits when one disconnects, for the next connection", () => {
  const { env, connection } = open();
  connection.say("one");
  connection.disconnect();
  env.time.advance(60_000);
  assert.equal(connection.outstanding, 1);
  connection.connect("ana");
  env.socket.welcome();
  assert.deepEqual(env.socket.chats, ["one"]);
});

Deno.test("Outbox tells whether a chat that waits is on its way", () => {
  const { env, told, connection } = open();
  const id = connection.say("one");
  env.socket.welcome();
  env.socket.receive({
    type: "error",
    code: "rate_limited",
    message: "no",
    id,
    retry_after_ms: 200,
  });
  env.time.advance(200);
  assert.deepEqual(
    told.map(({ state }) => state.at === "waiting" && state.isTransmitted),
    [false, true, false, true],
  );
});

Deno.test("Outbox gives each chat an id of its own, also where the browser has no randomUUID()", () => {
  const { connection } = open();
  using _ = { [Symbol.dispose]: () => void Reflect.deleteProperty(crypto, "randomUUID") };
  Object.defineProperty(crypto, "randomUUID", { value: undefined, configurable: true });
  const ids = Array.from({ length: 100 }, () => connection.say("one"));
  assert.equal(new Set(ids).size, 100);
  assert.ok(ids.every((id) => id.length <= 36));
});
