/**
 * What stands beside the talk and is measured or computed: clock, metrics and Fibonacci.
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
  env.socket.welcome();
  assert.equal(view.value.reconnects, 1);
});

Deno.test("Pulse tells ticks that come on time from late ones and from those that do not come", () => {
  const { env, room, tick } = online();
  const place = (second: number) => room.meter.pulse.view.value.minute[second];
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
  const { onTime, late, missing, running } = room.meter.pulse.view.value;
  assert.deepEqual({ onTime, late, missing, running }, {
    onTime: 3,
    late: 1,
    missing: 2,
    running: 5,
  });
});

Deno.test("Pulse shows a server that is always late as late, once its clock was measured", () => {
  const { env, room, tick } = online();
  const lateTick = () => {
    env.time.advance(1000);
    tick(env.now() - 400);
  };
  for (let second = 1; second <= 5; second++) lateTick();
  assert.equal(room.meter.pulse.view.value.late, 0);
  pong(env);
  lateTick();
  lateTick();
  assert.equal(room.meter.pulse.view.value.late, 2);
  assert.deepEqual(room.casts.view.value.rows.slice(0, 3).map(({ lateMs }) => lateMs), [
    400,
    400,
    undefined,
  ]);
});

Deno.test("Pulse marks a second as missing while it waits, begins anew with the minute, rests when disconnected", () => {
  const { env, room, tick } = online();
  const { view } = room.meter.pulse;
  tick();
  env.time.advance(2500);
  assert.equal(view.value.minute[1], "missing");
  assert.equal(view.value.running, undefined);
  env.time.advance(500);
  for (let second = 3; second < 61; second++) {
    tick();
    env.time.advance(1000);
  }
  assert.equal(view.value.missing, 0);
  assert.equal(view.value.onTime, 1);
  room.disconnect();
  assert.deepEqual(view.value.minute.filter((place) => place !== undefined), []);
});

Deno.test("Pulse finds what was missing also where nobody looked meanwhile, as on a hidden page", () => {
  const { env, room, tick } = online({ isHidden: true });
  tick();
  env.time.advance(2000);
  tick();
  assert.deepEqual(room.meter.pulse.view.value.minute.slice(0, 3), [0, "missing", 0]);
});

Deno.test("Pulse goes on where the server's clock was set back", () => {
  const { env, room, tick } = online();
  tick();
  env.time.advance(1000);
  tick(env.now() - 3_570_000);
  const { minute, onTime } = room.meter.pulse.view.value;
  assert.deepEqual([minute[0], minute[31], onTime], [undefined, 0, 1]);
});

Deno.test("Pulse.view has no clock before the first measurement, then the server's in its time zone", () => {
  const { env, room } = online();
  const clock = () => room.meter.pulse.view.value.clock;
  const tick = (at: number, time: string) =>
    env.socket.receive({
      type: "time",
      time,
      date: "2026-11-20",
      timestamp: new Date(at).toISOString(),
      epoch: "e1",
      offset: 0,
      online: 1,
    });
  assert.equal(clock(), undefined);
  pong(env, { aheadMs: 3_600_000 });
  // Rendered by a server three hours behind UTC, says tests/fake_room.ts.
  assert.deepEqual(clock(), { time: "12:30:00", date: "2026-11-20" });
  env.time.advance(1000);
  tick(env.now() + 3_600_000, "21:30:01");
  assert.equal(clock()?.time, "21:30:01");
});

Deno.test("Pulse.view turns on the server's second, not on this device's, and not when somebody sets it", () => {
  const { env, room } = online();
  const time = () => room.meter.pulse.view.value.clock?.time;
  pong(env, { aheadMs: 300 });
  assert.equal(time(), "11:30:00");
  env.time.advance(699);
  assert.equal(time(), "11:30:00");
  env.time.advance(1);
  assert.equal(time(), "11:30:01");
  env.time.set(3_600_000);
  env.time.advance(1000);
  assert.equal(time(), "11:30:02");
});

Deno.test("Pulse.view goes on without ticks and says for how long there was none, until a connection is there", () => {
  const { env, room, tick } = online();
  const { view } = room.meter.pulse;
  pong(env);
  tick();
  env.time.advance(2000);
  assert.equal(view.value.silentMs, 0);
  env.time.advance(2000);
  assert.deepEqual([view.value.silentMs, view.value.clock?.time], [4000, "14:30:04"]);
  env.socket.lose();
  room.retry();
  env.socket.welcome();
  pong(env);
  assert.equal(view.value.silentMs, 0);
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

Deno.test("Room.stop() while pings are under way leaves no timer", () => {
  const { env, room } = open({ name: "marina" });
  room.start("http://room.test");
  env.socket.welcome();
  env.time.advance(1000);
  assert.ok(ping(env));
  room.stop();
  assert.equal(env.time.timerCount, 0);
});
