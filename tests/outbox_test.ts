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

Deno.test("Outbox does not know the fate of what was sent when the connection is lost; what waits is sent later", () => {
  const { env, ends, connection } = open();
  env.socket.welcome({ limits: { ...PACED, messages_per_second: 2 } });
  for (const text of ["one", "two", "three", "four"]) connection.say(text);
  const sent = env.socket.chats.length;
  assert.ok(sent >= 1 && sent < 4);
  env.socket.lose();
  assert.deepEqual(ends(), ["one", "two", "three"].slice(0, sent).map((text) => `${text} unknown`));
  env.time.advance(1000);
  env.socket.welcome({ limits: PACED });
  env.live(5);
  assert.deepEqual(env.socket.chats, ["one", "two", "three", "four"].slice(sent));
});

Deno.test("Outbox ends each chat once, whatever comes twice or late", () => {
  const { env, ends, connection } = open();
  env.socket.welcome();
  const [first, second, third] = ["one", "two", "three"].map((text) => connection.say(text));
  env.socket.receive(ackMessage(first ?? ""), ackMessage(first ?? ""));
  env.socket.receive({ type: "error", code: "internal", message: "late", id: first ?? "" });
  env.socket.receive({ type: "error", code: "internal", message: "no", id: second ?? "" });
  env.socket.receive(ackMessage(second ?? ""));
  env.socket.lose();
  env.time.advance(1000);
  env.socket.welcome();
  env.socket.receive(ackMessage(third ?? ""));
  assert.deepEqual(ends(), ["one sent", "two internal", "three unknown"]);
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
  env.socket.receive({ type: "error", code: "rate_limited", message: "no", id, retry_after_ms: 9 });
  env.time.advance(9);
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
