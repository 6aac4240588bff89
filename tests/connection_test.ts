import assert from "node:assert/strict";
import { Connection } from "../lib/connection.ts";
import type { Format, ServerMessage } from "../lib/protocol.ts";
import { Announcement, Turn } from "../lib/turn.ts";
import { eventually } from "./eventually.ts";
import { FakeSocket, FakeTime } from "./fakes.ts";

function chat(offset: number, message = `chat ${offset}`): ServerMessage {
  const timestamp = "2026-11-20T14:30:25.000Z";
  return { type: "chat", message, username: "ana", client_id: "a", timestamp, offset };
}

function time(offset: number): ServerMessage {
  const timestamp = "2026-11-20T14:30:25.000Z";
  return {
    type: "time",
    time: "14:30:25",
    date: "2026-11-20",
    timestamp,
    epoch: "e",
    offset,
    online: 1,
  };
}

function setUp(
  options: { format?: Format; queueBytes?: number; perSecond?: number } = {},
) {
  const { format = "ndjson", queueBytes = 100_000, perSecond = 20 } = options;
  const socket = new FakeSocket();
  socket.open();
  const clock = new FakeTime();
  const connection = new Connection({
    socket: socket.asWebSocket,
    format,
    address: "127.0.0.1",
    frameBytes: 1024,
    queueBytes,
    rate: { perSecond, burst: 40 },
    elapsed: clock.elapsed,
  });
  const announce = (...messages: ServerMessage[]) => {
    const turn = new Turn();
    for (const message of messages) turn.announce(message);
    return connection.take(turn);
  };
  return { socket, clock, connection, announce };
}

function texts(socket: FakeSocket): unknown[] {
  return socket.take().map((message) => message.message ?? message.type);
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

Deno.test("Connection.take() sends what everybody gets in one frame in ndjson", () => {
  const { socket, announce } = setUp();
  announce(chat(1), chat(2), time(2));
  assert.equal(socket.frames.length, 1);
  assert.deepEqual(texts(socket), ["chat 1", "chat 2", "time"]);
});

Deno.test("Connection.take() sends a frame for each message in json", () => {
  const { socket, announce } = setUp({ format: "json" });
  announce(chat(1), chat(2));
  assert.equal(socket.frames.length, 2);
});

Deno.test("Connection.take() leaves out of events and text what they do not have", () => {
  const events = setUp({ format: "events" });
  events.announce(time(0), chat(1), time(1));
  assert.deepEqual(texts(events.socket), ["chat 1"]);
  const text = setUp({ format: "text" });
  text.announce(time(0), chat(1), time(1));
  assert.deepEqual(text.socket.frames, ["chat 1"]);
});

Deno.test("Connection.replaceNext() puts the ack where the own chat would be, in the one frame", () => {
  const { socket, connection } = setUp();
  const turn = new Turn();
  turn.announce(chat(1));
  connection.replaceNext(turn, {
    type: "ack",
    id: "x",
    offset: 2,
    timestamp: "2026-11-20T14:30:25.000Z",
    recipients: 1,
  });
  turn.announce(chat(2));
  turn.announce(chat(3));
  connection.replaceNext(turn);
  turn.announce(chat(4));
  const timestamp = "2026-11-20T14:30:25.000Z";
  connection.add(turn, new Announcement({ type: "pong", timestamp }));
  connection.take(turn);
  assert.equal(socket.frames.length, 1);
  assert.deepEqual(texts(socket), ["chat 1", "ack", "chat 3", "pong"]);
});

Deno.test("Connection.keep() holds messages of its own until it is drained, in one frame in ndjson", () => {
  const { socket, connection } = setUp();
  connection.keep([chat(1), chat(2)]);
  assert.deepEqual([socket.frames, connection.waiting], [[], true]);
  assert.equal(connection.drain(), "ok");
  assert.equal(socket.frames.length, 1);
  assert.deepEqual([texts(socket), connection.waiting], [["chat 1", "chat 2"], false]);
});

Deno.test("Connection.keep() keeps the order with what the turns bring later", () => {
  const { socket, connection, announce } = setUp();
  socket.bufferedAmount = 64 * 1024;
  connection.keep([chat(1)]);
  announce(chat(2));
  assert.deepEqual([socket.frames, connection.waiting], [[], true]);
  socket.bufferedAmount = 0;
  connection.drain();
  assert.deepEqual([texts(socket), connection.waiting], [["chat 1", "chat 2"], false]);
});

Deno.test("Connection.enter() leaves out what the turn has had before", () => {
  for (const format of ["text", "events", "ndjson"] as const) {
    const { socket, connection, announce } = setUp({ format });
    const turn = new Turn();
    turn.announce(chat(1));
    turn.announce(chat(2));
    connection.enter(turn);
    turn.announce(chat(3));
    connection.take(turn);
    socket.bufferedAmount = 64 * 1024;
    announce(chat(4), chat(5));
    socket.bufferedAmount = 0;
    connection.drain();
    const heard = socket.frames.flatMap((frame) => frame.match(/chat \d/g) ?? []);
    assert.deepEqual(heard, ["chat 3", "chat 4", "chat 5"], format);
  }
});

Deno.test("Connection.take() keeps chats in order for a slow reader, merges presence, keeps the newest time", () => {
  const { socket, connection, announce } = setUp();
  socket.bufferedAmount = 64 * 1024;
  const user = (id: string) => ({ username: id, client_id: id, connected_at: "", node: "" });
  announce(chat(1), time(1), { type: "presence", joined: [user("a")], left: [], online: 2 });
  announce(chat(2), time(2), {
    type: "presence",
    joined: [user("b")],
    left: [user("a"), user("c")],
    online: 3,
  });
  assert.deepEqual(socket.frames, []);
  assert.equal(connection.waiting, true);
  socket.bufferedAmount = 0;
  connection.drain();
  assert.equal(connection.waiting, false);
  const [first, second, presence, newest, ...none] = socket.take();
  assert.deepEqual([first?.offset, second?.offset, newest?.offset, none], [1, 2, 2, []]);
  assert.deepEqual(presence, {
    type: "presence",
    joined: [user("b")],
    left: [user("a"), user("c")],
    online: 3,
  });
});

Deno.test("Connection.take() feeds a socket only below the low-water mark", () => {
  const { socket, connection, announce } = setUp();
  socket.reads = false;
  for (let offset = 1; offset <= 100; offset++) announce(chat(offset, "x".repeat(4000)));
  assert.ok(socket.bufferedAmount < 64 * 1024 + 5000, String(socket.bufferedAmount));
  assert.equal(connection.waiting, true);
});

Deno.test("Connection.take() says too slow once the queue is over its bound for half a second, or far over", () => {
  const { socket, clock, connection, announce } = setUp({ queueBytes: 20_000 });
  socket.bufferedAmount = 64 * 1024;
  assert.equal(announce(chat(1, "x".repeat(4000))), "ok");
  assert.equal(announce(chat(2, "x".repeat(4000))), "ok");
  assert.equal(announce(chat(3, "x".repeat(4000))), "ok");
  clock.advance(500);
  assert.equal(connection.drain(), "ok");
  clock.advance(1);
  assert.equal(connection.drain(), "too_slow");
  const far = setUp({ queueBytes: 20_000 });
  far.socket.bufferedAmount = 64 * 1024;
  const burst = Array.from({ length: 41 }, (_, index) => chat(index, "x".repeat(4000)));
  assert.equal(far.announce(...burst.slice(0, 38)), "ok");
  assert.equal(far.announce(...burst.slice(38)), "too_slow");
});

Deno.test("Connection.isFull counts what is its own, in the turn and waiting, and nothing of the room's", () => {
  const { socket, connection, announce } = setUp({ queueBytes: 20_000 });
  socket.bufferedAmount = 64 * 1024;
  announce(chat(1, "x".repeat(30_000)));
  assert.equal(connection.isFull, false);
  for (const own of ["answer", "ack"] as const) {
    const turn = new Turn();
    const id = "x".repeat(11_000);
    const timestamp = "2026-11-20T14:30:25.000Z";
    if (own === "answer") connection.add(turn, new Announcement({ type: "pong", timestamp, id }));
    else connection.replaceNext(turn, { type: "ack", id, offset: 2, timestamp, recipients: 1 });
    assert.equal(connection.isFull, true);
    if (own === "ack") turn.announce(chat(2));
    assert.equal(connection.take(turn), "ok");
    assert.equal(connection.isFull, true);
    socket.bufferedAmount = 0;
    connection.drain();
    assert.equal(connection.isFull, false);
    socket.bufferedAmount = 64 * 1024;
  }
});

Deno.test("Connection.take() feeds a large turn in parts, as fast as the peer reads", () => {
  for (const format of ["json", "ndjson"] as const) {
    const { socket, connection, announce } = setUp({ format, queueBytes: 100_000 });
    let most = 0;
    const send = socket.send.bind(socket);
    socket.send = (data) => {
      send(data);
      socket.bufferedAmount += data.length;
      most = Math.max(most, socket.bufferedAmount);
    };
    const burst = Array.from({ length: 100 }, (_, index) => chat(index + 1, "x".repeat(4000)));
    assert.equal(announce(...burst), "ok");
    while (connection.waiting) {
      socket.bufferedAmount = 0;
      assert.equal(connection.drain(), "ok");
    }
    assert.deepEqual(socket.take().map(({ offset }) => offset), burst.map((_, index) => index + 1));
    assert.ok(most < 2 * 64 * 1024 + 5000, String(most));
  }
});

Deno.test("Connection.take() keeps the very frames that everybody gets for who is behind, where there are chats alone", () => {
  const { socket, connection } = setUp({ queueBytes: 10_000_000 });
  const sent: string[] = [];
  socket.send = (data) => {
    sent.push(data);
    socket.bufferedAmount += data.length;
  };
  const turn = new Turn();
  for (let offset = 1; offset <= 100; offset++) turn.announce(chat(offset, "x".repeat(4000)));
  assert.equal(connection.take(turn), "ok");
  while (connection.waiting) {
    socket.bufferedAmount = 0;
    connection.drain();
  }
  assert.ok(sent.every((frame, index) => frame === turn.frames("ndjson")[index]));
  const lines = sent.flatMap((frame) => frame.split("\n"));
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).offset),
    Array.from({ length: 100 }, (_, index) => index + 1),
  );
});

Deno.test("Connection.drain() says too slow once the oldest message waits for more than 10 s", () => {
  const { socket, clock, connection, announce } = setUp();
  socket.bufferedAmount = 64 * 1024;
  announce(chat(1));
  clock.advance(10_000);
  assert.equal(connection.drain(), "ok");
  clock.advance(1);
  assert.equal(connection.drain(), "too_slow");
});

Deno.test("Connection.drain() says too slow of a peer that takes a little, where the oldest waits for 10 s", () => {
  const { socket, clock, connection, announce } = setUp({ format: "json" });
  socket.bufferedAmount = 64 * 1024;
  announce(...Array.from({ length: 20 }, (_, index) => chat(index + 1)));
  // One frame a second fits.
  const take = socket.send.bind(socket);
  socket.send = (data) => {
    take(data);
    socket.bufferedAmount = 64 * 1024;
  };
  for (let second = 1; second <= 10; second++) {
    clock.advance(1000);
    socket.bufferedAmount = 0;
    assert.equal(connection.drain(), "ok", String(second));
  }
  clock.advance(1000);
  socket.bufferedAmount = 0;
  assert.equal(connection.drain(), "too_slow");
});

Deno.test("Connection.drain() measures ages by a clock that nobody sets", () => {
  const { socket, clock, connection, announce } = setUp();
  socket.bufferedAmount = 64 * 1024;
  announce(chat(1));
  clock.set(clock.now() + 3_600_000);
  assert.equal(connection.drain(), "ok");
});

Deno.test("Connection.drain() says too slow of a peer that takes nothing for 10 s, also of times alone", () => {
  const { socket, clock, connection, announce } = setUp();
  socket.bufferedAmount = 64 * 1024;
  for (let second = 0; second < 10; second++) {
    assert.equal(announce(time(second)), "ok");
    clock.advance(1000);
  }
  clock.advance(1);
  assert.equal(connection.drain(), "too_slow");
});

Deno.test("Connection.take() drops what is for a socket that is closing by itself", () => {
  const { socket, announce } = setUp();
  socket.readyState = WebSocket.CLOSING;
  assert.equal(announce(chat(1)), "ok");
  assert.deepEqual(socket.frames, []);
});

Deno.test("Connection.close() says why, then closes from a later turn, once", async () => {
  const { socket, connection } = setUp();
  connection.close(4009, "name taken", { type: "error", code: "username_taken", message: "no" });
  connection.close(1011, "again");
  assert.equal(socket.closedWith, undefined);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.deepEqual(socket.closedWith, { code: 4009, reason: "name taken" });
  assert.deepEqual(texts(socket), ["no"]);
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
