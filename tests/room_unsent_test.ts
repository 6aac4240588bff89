/**
 * One's own chats that are not sent yet, or perhaps not: while there is no connection, after a failure, over a reload.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Room } from "../client/page/room.ts";
import { ackOf, chats, online, open, say } from "./fake_room.ts";

Deno.test("Room.sendAgain() keeps a failed chat where it is while it could not go out", () => {
  const { env, room } = online();
  say(room, "mine");
  env.socket.lose();
  room.disconnect();
  const [failed] = chats(room);
  room.conversation.sendAgain(failed?.key ?? "", "mine");
  assert.deepEqual(chats(room).map(({ delivery }) => delivery?.at), ["failed"]);
});

Deno.test("Room.sendAgain() sends a failed chat by the same id, and tells of the failure until then", () => {
  const { env, room } = online();
  say(room, "mine");
  const id = env.socket.sent.find(({ type }) => type === "chat")?.id ?? "";
  env.socket.receive({ type: "error", code: "unavailable", message: "no", id });
  assert.equal(room.conversation.talk.failure.value?.text, "mine");
  room.conversation.sendAgain(id, "mine");
  assert.equal(room.conversation.talk.failure.value, undefined);
  const sent = env.socket.sent.filter(({ type }) => type === "chat");
  assert.deepEqual(sent.map((message) => message.id), [id, id]);
  env.socket.acknowledge();
  assert.deepEqual(chats(room).map(({ delivery }) => delivery?.at), ["sent"]);
});

Deno.test("Room keeps what is said while not connected, and it goes out in order", () => {
  const { env, room } = online();
  env.socket.lose();
  for (const text of ["one", "two", "three"]) say(room, text);
  assert.deepEqual(chats(room).map(({ delivery }) => delivery?.at), Array(3).fill("waiting"));
  room.retry();
  env.socket.welcome();
  assert.deepEqual(env.socket.chats, ["one", "two", "three"]);
});

Deno.test("Room keeps what waits over a reload: it is shown as waiting, and goes out once, in order", () => {
  const before = online();
  before.env.socket.lose();
  for (const text of ["one", "two"]) say(before.room, text);
  const { env, memory, room } = open({ name: "marina", waiting: before.memory.waiting });
  room.start("http://room.test");
  assert.deepEqual(chats(room).map(({ text, delivery }) => `${text} ${delivery?.at}`), [
    "one waiting",
    "two waiting",
  ]);
  say(room, "three");
  env.socket.welcome();
  assert.deepEqual(env.socket.chats, ["one", "two", "three"]);
  env.socket.acknowledge();
  assert.deepEqual(chats(room).map(({ delivery }) => delivery?.at), Array(3).fill("sent"));
  assert.deepEqual(memory.waiting, []);
});

Deno.test("Room does not know over a reload whether what was on its way was sent, and sends it only if asked", () => {
  const ends = [
    (room: Room, id: string) => room.conversation.sendAgain(id, "mine"),
    (room: Room, id: string) => room.conversation.discard(id),
  ];
  for (const leave of [(_: Room) => {}, (room: Room) => room.rest()]) {
    const before = online();
    say(before.room, "mine");
    leave(before.room);
    for (const end of ends) {
      const { env, memory, room } = online({ waiting: before.memory.waiting });
      assert.deepEqual(env.socket.chats, []);
      const [failed] = chats(room);
      assert.deepEqual(failed?.delivery, { at: "failed", why: "unknown" });
      assert.deepEqual(memory.waiting, [{ ...before.memory.waiting[0], why: "unknown" }]);
      end(room, failed?.key ?? "");
      env.socket.acknowledge();
      assert.deepEqual(memory.waiting, []);
    }
  }
});

Deno.test("Room keeps 100 of those that wait and as many that failed, the first, and takes no more back", () => {
  const many = Array.from({ length: 220 }, (_, n) => ({
    id: `${n}`,
    text: "one",
    isTransmitted: n > 50,
  }));
  assert.equal(chats(online({ waiting: many }).room).length, 200);
  const { env, memory, room } = online();
  env.socket.lose();
  for (let n = 0; n < 220; n++) say(room, `${n}`);
  assert.deepEqual(
    memory.waiting.map(({ text }) => text),
    Array.from({ length: 200 }, (_, n) => `${n}`),
  );
});

Deno.test("Room keeps what failed over a reload: it is shown as failed, and goes out only if asked, by the same id", () => {
  const before = online();
  say(before.room, "one");
  const { id } = ackOf(before.env, 1);
  before.env.socket.receive({ type: "error", code: "unavailable", message: "no", id });
  before.env.socket.lose();
  for (let n = 0; n <= 100; n++) say(before.room, `${n}`);
  before.room.rest();
  const { session, waiting } = before.memory;
  const { env, memory, room } = open({ name: "marina", session, waiting });
  room.start("http://room.test");
  env.socket.welcome({ client_id: "c-marina", resumed: true });
  const failed = chats(room).flatMap(({ text, delivery }) =>
    delivery?.at === "failed" ? [[text, delivery.why]] : []
  );
  assert.deepEqual(failed, [["one", "unavailable"], ["100", "full"]]);
  assert.equal(env.socket.chats.length, 100);
  env.socket.acknowledge();
  assert.deepEqual(memory.waiting.map(({ text }) => text), ["one", "100"]);
  room.conversation.sendAgain(id, "one");
  assert.deepEqual(env.socket.sent.at(-1), { type: "chat", message: "one", id });
});

Deno.test("Room shows a chat as sent that had failed and got its place later, and tells of no failure any more", () => {
  const { env, room } = online();
  say(room, "mine");
  const { id } = ackOf(env, 1);
  env.socket.receive({ type: "error", code: "unavailable", message: "no", id });
  assert.equal(room.conversation.talk.failure.value?.text, "mine");
  env.socket.receive(ackOf(env, 1));
  assert.deepEqual(chats(room).map(({ delivery }) => delivery?.at), ["sent"]);
  assert.equal(room.conversation.talk.failure.value, undefined);
});
