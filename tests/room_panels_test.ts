/**
 * What stands beside the talk: people, broadcasts, metrics, clock and Fibonacci.
 *
 * @module
 */

import assert from "node:assert/strict";
import { CASTS_KEPT } from "../client/page/casts.ts";
import { onlineFor } from "../client/page/counters.ts";
import { clockAt } from "../client/page/pulse.ts";
import { chat, online, presence, say, user } from "./fake_room.ts";

Deno.test("Room asks who is online after each welcome and applies the differences", () => {
  const { env, room } = online({ users: [user("Zofia")] });
  assert.deepEqual(env.socket.sent.map(({ type }) => type), ["users"]);
  env.socket.receive({ type: "users", users: [user("Bia"), user("Ana")], online: 3 });
  const names = () => room.people.view.value.people.map(({ username }) => username);
  assert.deepEqual(names(), ["marina", "Ana", "Bia"]);
  assert.equal(room.people.view.value.own, "c-marina");
  env.socket.receive(presence([user("Caio"), user("Ana", "c-other")], [user("Ana")]));
  assert.deepEqual(names(), ["marina", "Ana", "Bia", "Caio"]);
  assert.equal(room.people.view.value.online, 5);
  env.socket.lose();
  assert.equal(room.people.lostAt.value, env.now());
  room.retry();
  env.socket.welcome({ client_id: "c-new" });
  assert.deepEqual(env.socket.sent.map(({ type }) => type), ["users"]);
  assert.equal(room.people.lostAt.value, undefined);
});

Deno.test("Casts keeps a bounded number, newest first, with each line as it was received", () => {
  const { env, room } = online();
  const line = '{"type":"chat", "message":"as it came","username":"Ana","offset":1,"later":true}';
  env.socket.receiveText(line);
  assert.equal(room.casts.view.value.rows[0]?.line, line);
  const many = Array.from({ length: CASTS_KEPT + 50 }, (_, n) => chat(n + 2, `line ${n}`));
  env.socket.receive(...many);
  const { rows, kept } = room.casts.view.value;
  assert.deepEqual([kept, rows.length], [CASTS_KEPT, 100]);
  const [newest] = rows;
  assert.equal(
    newest?.message.type === "chat" && newest.message.message,
    `line ${CASTS_KEPT + 49}`,
  );
});

Deno.test("Casts narrows to the chosen kinds, stands still while paused, and counts what it holds back", () => {
  const { env, room, tick } = online();
  const types = () => room.casts.view.value.rows.map(({ message }) => message.type);
  env.socket.receive(chat(1, "one"));
  tick();
  assert.deepEqual(types(), ["time", "chat", "welcome"]);
  room.casts.toggle("chat");
  room.casts.toggle("answer");
  assert.deepEqual(types(), ["chat", "welcome"]);
  room.casts.showAll();
  room.casts.togglePause();
  tick();
  tick();
  assert.deepEqual(types(), ["time", "chat", "welcome"]);
  assert.equal(room.casts.view.value.held, 2);
  room.casts.togglePause();
  assert.equal(types().length, 5);
});

Deno.test("Casts.clear() empties the list and leaves the metrics as they are", () => {
  const { env, room, tick } = online();
  say(room, "hello");
  tick();
  env.time.advance(1000);
  tick();
  const figures = () => {
    const { received, sent } = room.counters.view.value;
    return { received, sent };
  };
  // Received: the welcome and two ticks. Sent: the request for the users and the chat.
  assert.deepEqual(figures(), { received: 3, sent: 2 });
  room.casts.clear();
  assert.equal(room.casts.view.value.rows.length, 0);
  assert.deepEqual(figures(), { received: 3, sent: 2 });
});

Deno.test("Counters tells the time online over all connections, and not the time between", () => {
  const { env, room } = online();
  env.live(10);
  env.socket.lose();
  env.time.advance(100);
  room.retry();
  env.time.advance(300);
  env.socket.welcome();
  env.live(5);
  assert.equal(onlineFor(room.counters.view.value, env.now()), 15_000);
});

Deno.test("Pulse tells ticks that come on time from late ones and from those that do not come", () => {
  const { env, room, tick } = online();
  const place = (second: number) => room.pulse.view.value.minute[second];
  tick();
  env.time.advance(1000);
  tick();
  env.time.advance(1400);
  tick(env.now() - 400);
  env.time.advance(2600);
  tick();
  assert.deepEqual([0, 1, 2, 3, 4, 5, 6].map(place), [
    0,
    0,
    400,
    "missing",
    "missing",
    0,
    undefined,
  ]);
  const { onTime, late, missing, running } = room.pulse.view.value;
  assert.deepEqual({ onTime, late, missing, running }, {
    onTime: 3,
    late: 1,
    missing: 2,
    running: 5,
  });
});

Deno.test("Pulse marks a second as missing while it waits, begins anew with the minute, rests when disconnected", () => {
  const { env, room, tick } = online();
  tick();
  env.time.advance(2500);
  assert.equal(room.pulse.view.value.minute[1], "missing");
  assert.equal(room.pulse.view.value.running, undefined);
  env.time.advance(500);
  for (let second = 3; second < 61; second++) {
    tick();
    env.time.advance(1000);
  }
  assert.equal(room.pulse.view.value.missing, 0);
  assert.equal(room.pulse.view.value.onTime, 1);
  room.disconnect();
  assert.deepEqual(room.pulse.view.value.minute.filter((place) => place !== undefined), []);
});

Deno.test("Pulse finds what was missing also where nobody looked meanwhile, as on a hidden page", () => {
  const { env, room, tick } = online({ isHidden: true });
  tick();
  env.time.advance(2000);
  tick();
  room.pulse.publish();
  assert.deepEqual(room.pulse.view.value.minute.slice(0, 3), [0, "missing", 0]);
});

Deno.test("clockAt() goes on from the last tick and says for how long there was none", () => {
  const tick = { time: "23:59:58", date: "2026-11-20", arrivedAt: 1000 };
  assert.deepEqual(clockAt(tick, 2999), { time: "23:59:58", date: "2026-11-20", silentMs: 0 });
  assert.deepEqual(clockAt(tick, 5000), { time: "00:00:02", date: "2026-11-21", silentMs: 4000 });
});

Deno.test("Fibonacci sends whole numbers within the limit only, one at a time, and keeps ten results", () => {
  const { env, room } = online();
  const { fibonacci } = room;
  const asked = () => env.socket.sent.filter(({ type }) => type === "fibonacci");
  for (
    const [typed, problem] of [["1.5", "fib_integer"], ["-1", "fib_out"], ["100001", "fib_out"], [
      "",
      undefined,
    ]] as const
  ) {
    fibonacci.typed.value = typed;
    room.compute();
    assert.equal(fibonacci.problem.value, problem);
  }
  assert.equal(asked().length, 0);
  fibonacci.typed.value = " 10 ";
  for (let n = 1; n <= 12; n++) {
    room.compute();
    room.compute();
    const { id = "" } = asked().at(-1) ?? {};
    env.socket.receive({ type: "fibonacci", input: 10, result: 55, digits: 2, elapsed_ms: 1, id });
    assert.equal(asked().length, n);
  }
  assert.equal(fibonacci.results.value.length, 10);
  assert.equal(fibonacci.results.value[0]?.digits, "55");
});

Deno.test("Fibonacci says why there is no answer: the server's error, or the loss of the connection", () => {
  const { env, room } = online();
  room.fibonacci.typed.value = "10";
  room.compute();
  const { id = "" } = env.socket.sent.at(-1) ?? {};
  env.socket.receive({ type: "error", code: "busy", message: "busy", id });
  const { failure, isComputing } = room.fibonacci;
  assert.equal(typeof failure.value === "object" && failure.value.code, "busy");
  room.compute();
  assert.deepEqual([failure.value, isComputing.value], [undefined, true]);
  env.socket.lose();
  assert.deepEqual([failure.value, isComputing.value], ["lost", false]);
});
