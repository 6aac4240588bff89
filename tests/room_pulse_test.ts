/**
 * The clock, and the record of its minute.
 *
 * @module
 */

import assert from "node:assert/strict";
import { online } from "./fake_room.ts";
import { pong } from "./fake_server_clock.ts";

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
  const opened = online({ isHidden: true });
  const { env, room, tick } = opened;
  tick();
  env.time.advance(2000);
  tick();
  opened.isHidden = false;
  room.turned();
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

Deno.test("Pulse has no place for a tick that comes after its minute is over", () => {
  const { env, room, tick } = online();
  env.time.advance(60_000);
  tick();
  tick(env.now() - 1000);
  const { minute, onTime, late } = room.meter.pulse.view.value;
  assert.deepEqual([minute[59], onTime, late], [undefined, 1, 0]);
});

Deno.test("Pulse is not held up where the server's clock leaps, however far", () => {
  const { env, room } = online();
  const tick = (timestamp: string) =>
    env.socket.receive({
      type: "time",
      time: "14:30:00",
      date: "2026-11-20",
      timestamp,
      epoch: "e1",
      offset: 0,
      online: 1,
    });
  tick("2026-11-20T14:30:00.000Z");
  tick("+200000-01-01T00:00:30.000Z");
  const { missing, onTime } = room.meter.pulse.view.value;
  assert.deepEqual([missing, onTime], [30, 1]);
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
