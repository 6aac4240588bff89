import assert from "node:assert/strict";
import { Connection } from "../lib/connection.ts";
import { FanOut } from "../lib/fan_out.ts";
import type { ServerMessage } from "../lib/protocol.ts";
import { FakeSocket, FakeTime } from "./fakes.ts";

function status(): ServerMessage {
  return { type: "status", database: "up", broker: "none", draining: false };
}

/** One receiver, to which to write takes some ms. */
function setUp(writeMs: number) {
  const time = new FakeTime();
  const socket = new FakeSocket();
  socket.open();
  const send = socket.send.bind(socket);
  socket.send = (data) => {
    time.advance(writeMs);
    send(data);
  };
  let endTurn = () => {};
  const fanOut = new FanOut({
    onTooSlow: () => {},
    afterTurn: (callback) => endTurn = callback,
    time,
  });
  fanOut.add(
    new Connection({
      socket: socket.asWebSocket,
      format: "ndjson",
      address: "127.0.0.1",
      frameBytes: 1024,
      queueBytes: 100_000,
      rate: { perSecond: 20, burst: 40 },
      elapsed: time.elapsed,
    }),
  );
  return {
    time,
    announce: () => fanOut.announce(status()),
    endTurn: () => {
      endTurn();
      endTurn = () => {};
    },
    /** How many messages there are in each frame since the last time. */
    frames: () => socket.frames.splice(0).map((frame) => frame.split("\n").length),
  };
}

Deno.test("FanOut.announce() gathers for a ms right after a turn that took long to write", () => {
  const { time, announce, endTurn, frames } = setUp(0.5);
  announce();
  endTurn();
  assert.deepEqual(frames(), [1]);
  for (const _ of [1, 2]) {
    announce();
    announce();
    endTurn();
    assert.deepEqual(frames(), []);
    time.advance(1);
    assert.deepEqual(frames(), [2]);
  }
});

Deno.test("FanOut.announce() holds nothing back where the last turn was long ago, or quickly written", () => {
  const busy = setUp(0.5);
  const quick = setUp(0.1);
  for (const { time, announce, endTurn, frames } of [busy, quick]) {
    announce();
    endTurn();
    time.advance(time === busy.time ? 1 : 0);
    announce();
    endTurn();
    assert.deepEqual(frames(), [1, 1]);
  }
});
