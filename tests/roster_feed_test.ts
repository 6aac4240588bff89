import assert from "node:assert/strict";
import type { FanOut } from "../lib/fan_out.ts";
import type { ServerMessage, ServerMessageOf } from "../lib/protocol.ts";
import { Roster } from "../lib/roster.ts";
import { RosterFeed } from "../lib/roster_feed.ts";
import { FakeTime } from "./fakes.ts";

/** A feed for a room of some size, and what it has told. */
function feedFor(size: number) {
  const time = new FakeTime();
  const roster = new Roster();
  const told: ServerMessageOf<"presence">[] = [];
  const announce = (message: ServerMessage) => {
    if (message.type === "presence") told.push(message);
  };
  const feed = new RosterFeed({ roster, fanOut: { size, announce } as FanOut, time });
  const come = (count: number, first = 0) => {
    for (let number = first; number < first + count; number++) {
      const user = {
        username: `u${number}`,
        client_id: `c${number}`,
        connected_at: "2026-11-30T20:00:00.000Z",
        node: "n",
      };
      roster.here({ user, key: user.username, version: 0 });
    }
    feed.changed();
  };
  return { time, roster, told, feed, come };
}

Deno.test("RosterFeed tells of a crowd in a large room a part each second, the oldest first, until all are told", () => {
  const { time, told, come } = feedFor(10_000);
  come(120);
  time.advance(0);
  assert.deepEqual(told.map(({ joined }) => joined.length), [50]);
  time.advance(1499);
  assert.equal(told.length, 1);
  // Half a second after a tick, not in its way.
  time.advance(1);
  assert.equal(told.length, 2);
  time.advance(1000);
  assert.deepEqual(told.map(({ joined }) => joined.length), [50, 50, 20]);
  assert.deepEqual(told.map(({ online }) => online), [120, 120, 120]);
  assert.deepEqual(
    told.flatMap(({ joined }) => joined.map(({ client_id }) => client_id)),
    Array.from({ length: 120 }, (_, number) => `c${number}`),
  );
  time.advance(5000);
  assert.equal(told.length, 3);
});

Deno.test("RosterFeed tells of those who have left before those who came, and of nobody who was not told of", () => {
  const { time, roster, told, feed, come } = feedFor(10_000);
  come(60);
  time.advance(0);
  roster.gone("c0");
  roster.gone("c59");
  feed.changed();
  time.advance(1500);
  assert.deepEqual(told[1]?.left.map(({ client_id }) => client_id), ["c0"]);
  assert.deepEqual(told[1]?.joined.length, 9);
});

Deno.test("RosterFeed tells of those who come to a large room also where more leave than it may tell of", () => {
  const { time, roster, told, come } = feedFor(10_000);
  come(200);
  time.advance(5000);
  for (let number = 0; number < 100; number++) roster.gone(`c${number}`);
  come(100, 200);
  time.advance(5000);
  const count = (of: "joined" | "left") =>
    told.reduce((sum, message) => sum + message[of].length, 0);
  assert.deepEqual([count("joined"), count("left")], [300, 100]);
});

Deno.test("RosterFeed tells a small room of everybody at once", () => {
  const { time, told, come } = feedFor(100);
  come(1000);
  time.advance(0);
  assert.deepEqual(told.map(({ joined }) => joined.length), [1000]);
});
