import assert from "node:assert/strict";
import { Connection } from "../lib/connection.ts";
import type { Format } from "../lib/protocol.ts";
import { eventually } from "./eventually.ts";
import { FakeSocket, FakeTime } from "./fakes.ts";

function setUp(options: { format?: Format; perSecond?: number } = {}) {
  const { format = "ndjson", perSecond = 20 } = options;
  const socket = new FakeSocket();
  socket.open();
  const clock = new FakeTime();
  const connection = new Connection({
    socket: socket.asWebSocket,
    format,
    address: "127.0.0.1",
    frameBytes: 1024,
    queueBytes: 100_000,
    rate: { perSecond, burst: 40 },
    elapsed: clock.elapsed,
  });
  return { socket, clock, connection };
}

Deno.test("Connection.accept() refuses what is binary with 1003", () => {
  const { connection } = setUp();
  for (const data of [new Uint8Array(1).buffer, new Blob(["x"])]) {
    const accepted = connection.accept(data);
    assert.equal(accepted.is === "refused" && accepted.code, 1003);
  }
});

Deno.test("Connection.accept() counts bytes, not characters, against the frame limit", () => {
  const { connection } = setUp();
  assert.equal(connection.accept("a".repeat(1024)).is, "lines");
  assert.equal(connection.accept("€".repeat(341)).is, "lines");
  for (const data of ["a".repeat(1025), "€".repeat(342), "😀".repeat(257)]) {
    const accepted = connection.accept(data);
    assert.equal(accepted.is === "refused" && accepted.code, 1009, data.slice(0, 2));
  }
});

Deno.test("Connection.accept() splits lines in ndjson and nowhere else", () => {
  const ndjson = setUp().connection.accept('{"a":1}\n\n{"b":2}\n');
  assert.deepEqual(ndjson, { is: "lines", lines: ['{"a":1}', '{"b":2}'] });
  const text = setUp({ format: "text" }).connection.accept("two\nlines");
  assert.deepEqual(text, { is: "lines", lines: ["two\nlines"] });
});

Deno.test("Connection.accept() takes a frame of nothing but line ends for one message, which counts", () => {
  assert.deepEqual(setUp().connection.accept("\n\n \n"), { is: "lines", lines: [""] });
});

Deno.test("Connection.countMessage() says when to come back, and closes after 40 refusals in 10 s", () => {
  const { connection, clock } = setUp();
  for (let count = 0; count < 40; count++) {
    assert.equal(connection.countMessage().is, "passed");
  }
  assert.deepEqual(connection.countMessage(), { is: "limited", retryAfterMs: 50 });
  clock.advance(50);
  assert.equal(connection.countMessage().is, "passed");
  for (let refusal = 2; refusal < 40; refusal++) {
    assert.equal(connection.countMessage().is, "limited");
  }
  assert.equal(connection.countMessage().is, "close");
});

Deno.test("Connection.countMessage() forgets refusals that are older than 10 s", () => {
  const { connection, clock } = setUp();
  const drop = () => {
    while (connection.countMessage().is === "passed");
    for (let refusal = 1; refusal < 30; refusal++) {
      assert.equal(connection.countMessage().is, "limited");
    }
  };
  drop();
  clock.advance(10_001);
  drop();
});

Deno.test("Connection.countMessage() lets everything pass where the rate is 0", () => {
  const { connection } = setUp({ perSecond: 0 });
  for (let count = 0; count < 10_000; count++) {
    assert.equal(connection.countMessage().is, "passed");
  }
});

Deno.test("Connection.close() says why, then closes from a later turn, once", async () => {
  const { socket, connection } = setUp();
  connection.close(4009, "name taken", { type: "error", code: "username_taken", message: "no" });
  connection.close(1011, "again");
  assert.equal(socket.closedWith, undefined);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.deepEqual(socket.closedWith, { code: 4009, reason: "name taken" });
  assert.deepEqual(socket.take().map(({ message }) => message), ["no"]);
});

Deno.test("Connection.close() waits until a peer that is sending is quiet, but not for ever", async () => {
  for (const frames of [3, Infinity]) {
    const { socket, connection } = setUp();
    connection.listen({ opened() {}, received() {}, ended() {}, failed() {} });
    socket.receive("x");
    connection.close(1001, "the server is leaving");
    let sent = 0;
    const flood = setInterval(() => {
      if (sent++ < frames) socket.receive("x");
    }, 5);
    await eventually(() => assert.equal(socket.closedWith?.code, 1001));
    clearInterval(flood);
    assert.ok(sent > Math.min(frames, 10), String(sent));
  }
});

Deno.test("Connection.listen() hands an exception of a handler on and survives it", () => {
  const { socket, connection } = setUp();
  const failures: unknown[] = [];
  const codes: number[] = [];
  connection.listen({
    opened: () => {},
    received: (data) => {
      throw new Error(String(data));
    },
    ended: (code) => codes.push(code),
    failed: (error) => failures.push(String(error)),
  });
  socket.receive("boom");
  assert.deepEqual(failures, ["Error: boom"]);
  socket.end(0);
  socket.end(0);
  assert.deepEqual(codes, [1006], "and it ends once, however often it is told");
});
