/**
 * What stands beside the talk and is counted or computed: metrics and Fibonacci.
 *
 * @module
 */

import assert from "node:assert/strict";
import { online, open, say } from "./fake_room.ts";
import { ping, pong } from "./fake_server_clock.ts";

Deno.test("Counters counts what was said and computed as sent, and leaves the page's own housekeeping out", () => {
  const { env, room, tick } = online();
  const figures = () => {
    const { received, sent } = room.meter.counters.view.value;
    return { received, sent };
  };
  say(room, "hello");
  room.fibonacci.write("10");
  room.compute();
  tick();
  pong(env);
  env.socket.receive({ type: "users", users: [], online: 1 });
  for (let second = 1; second <= 3; second++) {
    env.time.advance(1000);
    tick();
  }
  env.time.advance(1000);
  assert.ok(env.socket.sent.filter(({ type }) => type === "ping").length > 1);
  // Received: the welcome and the ticks.
  assert.deepEqual(figures(), { received: 5, sent: 2 });
});

Deno.test("Counters tells the time online over all connections, and not the time between", () => {
  const { env, room } = online();
  env.live(10);
  env.socket.lose();
  env.time.advance(100);
  room.retry();
  env.time.advance(300);
  env.socket.welcome();
  env.time.set(3_600_000);
  env.live(5);
  assert.equal(room.meter.counters.view.value.onlineMs, 15_000);
});

Deno.test("Counters counts coming back after a loss as a reconnect, connecting by hand not", () => {
  const { env, room } = online();
  const { view } = room.meter.counters;
  env.socket.lose();
  room.retry();
  env.socket.lose();
  room.retry();
  env.socket.welcome();
  assert.equal(view.value.reconnects, 1);
  room.disconnect();
  room.connect("marina");
  env.socket.lose();
  room.retry();
  env.socket.welcome();
  assert.equal(view.value.reconnects, 1);
  env.socket.lose();
  room.retry();
  env.socket.welcome();
  assert.equal(view.value.reconnects, 2);
});

Deno.test("Counters.view stays what it is while no figure changes", () => {
  const { env, room } = online();
  const { view } = room.meter.counters;
  const before = view.value;
  env.socket.receive({ type: "users", users: [], online: 1 });
  assert.equal(view.value, before);
  env.live(1);
  assert.notEqual(view.value, before);
});

Deno.test("Fibonacci takes a whole number however its digits are grouped, and says what is wrong before sending", () => {
  const { env, room } = online();
  const { fibonacci } = room;
  const wanted = (typed: string) => {
    fibonacci.write(typed);
    return fibonacci.wanted.value;
  };
  const whole = [" 42 ", "+42", "10,000", "10.000", "10 000", "10\u00a0000", "1\u202f234", "１０"];
  assert.deepEqual(whole.map(wanted), [42, 42, 10_000, 10_000, 10_000, 10_000, 1234, 10]);
  for (const odd of ["1.5", "1,00", "10,000.5", "1.234,567", "0.123", "1e3", "ten", "0x10", "-"]) {
    assert.equal(wanted(odd), "fib_integer", odd);
  }
  const { limit } = fibonacci;
  const out = ["-1", "−1", String(limit.value + 1), "1,000,000", "9".repeat(400)];
  for (const far of out) assert.equal(wanted(far), "fib_out", far);
  assert.deepEqual([wanted(""), wanted(" "), wanted("0")], [undefined, undefined, 0]);
  for (const typed of ["1.5", "-1", ""]) {
    fibonacci.write(typed);
    room.compute();
  }
  assert.deepEqual(env.socket.sent.filter(({ type }) => type === "fibonacci"), []);
});

Deno.test("Fibonacci asks one at a time, keeps ten results, and shows the newest until another is chosen", () => {
  const { env, room } = online();
  const { fibonacci } = room;
  const asked = () => env.socket.sent.filter(({ type }) => type === "fibonacci");
  for (let n = 1; n <= 12; n++) {
    fibonacci.write(String(n));
    room.compute();
    room.compute();
    const { id = "", input = 0 } = asked().at(-1) ?? {};
    assert.deepEqual([asked().length, input], [n, n]);
    env.socket.receive({ type: "fibonacci", input, result: n * 5, digits: 1, elapsed_ms: 1, id });
  }
  const results = fibonacci.results.value;
  assert.deepEqual(results.map(({ input }) => input), [12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
  assert.equal(fibonacci.shown.value?.digits, "60");
  fibonacci.choose(results[2]?.key ?? -1);
  assert.equal(fibonacci.shown.value?.input, 10);
  room.compute();
  const { id = "" } = asked().at(-1) ?? {};
  env.socket.receive({ type: "fibonacci", input: 12, result: 144, digits: 3, elapsed_ms: 1, id });
  assert.equal(fibonacci.shown.value?.digits, "144");
});

Deno.test("Fibonacci says why there is no answer, the server's error or the loss of the connection, until one writes", () => {
  const { env, room } = online();
  room.fibonacci.write("10");
  room.compute();
  const { id = "" } = env.socket.sent.at(-1) ?? {};
  env.socket.receive({ type: "error", code: "busy", message: "busy", id });
  const { failure, isComputing } = room.fibonacci;
  assert.equal(typeof failure.value === "object" && failure.value.code, "busy");
  room.compute();
  assert.deepEqual([failure.value, isComputing.value], [undefined, true]);
  env.socket.lose();
  assert.deepEqual([failure.value, isComputing.value], ["lost", false]);
  room.fibonacci.write("11");
  assert.equal(failure.value, undefined);
});

Deno.test("Fibonacci takes no answer that was not asked for", () => {
  const { env, room } = online();
  const answer = { type: "fibonacci", input: 9, result: 34, digits: 2, elapsed_ms: 0 } as const;
  env.socket.receive(answer, { ...answer, id: "fib-1" });
  assert.deepEqual(room.fibonacci.results.value, []);
});

Deno.test("Fibonacci says where there is no connection to ask by", () => {
  const { env, room } = open();
  room.start("http://room.test");
  room.fibonacci.write("10");
  room.compute();
  assert.equal(room.fibonacci.failure.value, "unsent");
  env.socket.welcome();
  room.compute();
  assert.equal(room.fibonacci.failure.value, undefined);
});

Deno.test("Room.stop() while pings are under way leaves no timer", () => {
  const { env, room } = open({ name: "marina" });
  room.start("http://room.test");
  env.socket.welcome();
  env.time.advance(1000);
  assert.ok(ping(env));
  room.stop();
  assert.equal(env.time.timerCount, 0);
});
