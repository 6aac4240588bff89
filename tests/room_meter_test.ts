/**
 * What is measured of the connection: round trips, the server's clock, and the way of chats.
 *
 * @module
 */

import assert from "node:assert/strict";
import { percentile } from "../client/page/percentile.ts";
import { RoundTrips } from "../client/page/round_trips.ts";
import { chat, online } from "./fake_room.ts";
import { ping, pong } from "./fake_server_clock.ts";
import { FakeTime } from "./fake_surroundings.ts";

/** Rounds on a connection that is there from the beginning, with a wait and a hidden page that the test sets. */
function begin() {
  const time = new FakeTime();
  const sent: { readonly id: string; readonly at: number; readonly told: number | undefined }[] =
    [];
  const page = { isHidden: false, waitMs: 0 };
  const startedAt = time.elapsed();
  const rounds = new RoundTrips({
    elapsed: time.elapsed,
    after: time.after,
    isHidden: () => page.isHidden,
    waitMs: () => page.waitMs,
    ping: (id, told) => {
      sent.push({ id, told, at: time.elapsed() - startedAt });
      return true;
    },
  });
  rounds.begin();
  time.advance(0);
  /** The server answers the newest ping, in the middle of what it took, by a clock that is ahead. */
  const answer = (tookMs: number, aheadMs = 0) => {
    const { id = "" } = sent.at(-1) ?? {};
    time.advance(tookMs);
    const timestamp = new Date(time.elapsed() - tookMs / 2 + aheadMs).toISOString();
    return rounds.answered({ type: "pong", id, timestamp }, time.elapsed());
  };
  return { time, sent, page, rounds, answer };
}

Deno.test("RoundTrips measures four times in quick succession, then once in five seconds", () => {
  const { time, sent, answer } = begin();
  for (let n = 0; n < 5; n++) {
    answer(10);
    time.advance(n < 3 ? 250 : 5000);
  }
  assert.deepEqual(sent.map(({ at }) => at), [0, 260, 520, 780, 5790, 10_800]);
});

Deno.test("RoundTrips tells the server with each ping what the round before took", () => {
  const { time, sent, answer } = begin();
  answer(10);
  time.advance(250);
  answer(7);
  time.advance(250);
  assert.deepEqual(sent.map(({ told }) => told), [undefined, 10, 7]);
});

Deno.test("RoundTrips takes no pong that comes after five seconds, and none twice", () => {
  const { time, sent, rounds, answer } = begin();
  const [first] = sent;
  time.advance(5000);
  assert.equal(sent.length, 2);
  const late = { type: "pong", id: first?.id ?? "", timestamp: new Date(0).toISOString() } as const;
  assert.equal(rounds.answered(late, time.elapsed()), undefined);
  assert.equal(rounds.measure.value, undefined);
  answer(0);
  time.advance(250);
  assert.equal(answer(4), 4);
  assert.equal(answer(0), undefined);
});

Deno.test("RoundTrips takes the server's clock from the quickest of eight rounds, with half of it as uncertainty", () => {
  const { time, rounds, answer } = begin();
  answer(100, 1030);
  time.advance(250);
  answer(6, 1002);
  assert.deepEqual(rounds.measure.value, { skew: 1002, roundTripMs: 6, uncertaintyMs: 3 });
  for (let n = 0; n < 7; n++) {
    time.advance(n < 2 ? 250 : 5000);
    answer(20, 1005);
  }
  assert.equal(rounds.measure.value?.roundTripMs, 6);
  time.advance(5000);
  answer(20, 1005);
  assert.deepEqual(rounds.measure.value, { skew: 1005, roundTripMs: 20, uncertaintyMs: 10 });
});

Deno.test("RoundTrips forgets the rounds that a newer one contradicts: the server's clock was set", () => {
  const { time, rounds, answer } = begin();
  answer(2, 1000);
  time.advance(250);
  answer(40, -5000);
  assert.equal(rounds.measure.value?.skew, -5000);
});

Deno.test("RoundTrips measures anew where a tick comes before it was sent, and not where it is late", () => {
  const { time, rounds, answer } = begin();
  const tick = (aheadMs: number) => {
    const timestamp = new Date(time.elapsed() + aheadMs).toISOString();
    const rest = { time: "", date: "", epoch: "e1", offset: 0, online: 1 };
    rounds.ticked({ type: "time", timestamp, ...rest }, time.elapsed());
  };
  answer(10, 0);
  const skew = () => rounds.measure.value?.skew;
  for (const aheadMs of [-10_000, 0, 50]) tick(aheadMs);
  assert.equal(skew(), 0);
  tick(1000);
  assert.equal(skew(), undefined);
  time.advance(0);
  answer(10, 1000);
  assert.equal(skew(), 1000);
});

Deno.test("RoundTrips sends nothing while the page is hidden, and measures quickly when it is seen again", () => {
  const { time, sent, page, rounds, answer } = begin();
  answer(10);
  page.isHidden = true;
  time.advance(60_000);
  rounds.look();
  assert.equal(sent.length, 1);
  assert.equal(time.timerCount, 0);
  page.isHidden = false;
  rounds.look();
  rounds.look();
  time.advance(0);
  assert.equal(sent.length, 2);
  // What was measured before stands until the pong, which counts for more.
  assert.equal(rounds.measure.value?.roundTripMs, 10);
  answer(30);
  assert.equal(rounds.measure.value?.roundTripMs, 30);
  time.advance(250);
  assert.equal(sent.length, 3);
});

Deno.test("RoundTrips lets chats go first where the server's rate is reached", () => {
  const { time, sent, page, answer } = begin();
  page.waitMs = 100;
  answer(0);
  time.advance(300);
  assert.equal(sent.length, 1);
  page.waitMs = 0;
  time.advance(100);
  assert.equal(sent.length, 2);
});

Deno.test("RoundTrips.end() ends its timers, and begin() forgets the clock of the connection before", () => {
  const { time, rounds, answer } = begin();
  answer(10);
  rounds.end();
  assert.equal(time.timerCount, 0);
  assert.equal(rounds.measure.value?.roundTripMs, 10);
  rounds.begin();
  assert.equal(rounds.measure.value, undefined);
});

Deno.test("RoundTrips tells p50 and p95 of the last five minutes, p95 from twenty rounds on", () => {
  const { time, rounds, answer } = begin();
  const published = () => {
    rounds.publish(time.elapsed());
    return [rounds.p50.value, rounds.p95.value];
  };
  // A page that has just begun is slow itself.
  answer(500);
  time.advance(250);
  assert.deepEqual(published(), [undefined, undefined]);
  for (let n = 1; n <= 20; n++) {
    if (n === 20) assert.deepEqual(published(), [10, undefined]);
    answer(n);
    time.advance(n < 3 ? 250 : 5000);
  }
  assert.deepEqual(published(), [10, 19]);
  rounds.end();
  time.advance(300_000);
  assert.deepEqual(published(), [undefined, undefined]);
});

Deno.test("percentile() is the nearest rank", () => {
  const values = [5, 1, 4, 2, 3];
  assert.deepEqual([0.5, 0.95, 1, 0.01].map((share) => percentile(values, share)), [3, 5, 5, 1]);
  assert.deepEqual(values, [5, 1, 4, 2, 3]);
  assert.equal(percentile([], 0.5), undefined);
});

Deno.test("Meter tells how long chats of others took by the server's clock, those kept for a reconnect left out", () => {
  const { env, room, tick } = online();
  const live = (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      env.time.advance(1000);
      tick();
    }
  };
  const said = (offset: number, agoMs: number) =>
    env.socket.receive({
      ...chat(offset, "hello"),
      timestamp: new Date(env.now() - agoMs).toISOString(),
    });
  said(1, 0);
  live(5);
  assert.equal(room.meter.oneWay.value, undefined);
  pong(env);
  live(10);
  said(2, 40);
  said(3, 60);
  // By a clock that is a little ahead; not from the future.
  said(4, -20);
  // Said before the welcome.
  for (const offset of [5, 6, 7, 8]) said(offset, 60_000);
  env.time.advance(1000);
  assert.equal(room.meter.oneWay.value, 40);
  // What came over five minutes ago tells nothing of now.
  live(200);
  said(9, 90);
  live(98);
  assert.equal(room.meter.oneWay.value, 40);
  live(1);
  assert.equal(room.meter.oneWay.value, 90);
});

Deno.test("Room measures on each connection, and not while there is none", () => {
  const { env, room } = online();
  pong(env, { tookMs: 8 });
  const first = env.socket;
  env.socket.lose();
  const before = first.sent.length;
  env.time.advance(400);
  room.retry();
  assert.equal(first.sent.length, before);
  env.socket.welcome();
  assert.equal(room.meter.roundTrips.measure.value, undefined);
  assert.ok(ping(env));
});
