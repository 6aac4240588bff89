import assert from "node:assert/strict";
import type { Format, ServerMessage } from "../lib/protocol.ts";
import { SocketWriter } from "../lib/socket_writer.ts";
import { Traffic } from "../lib/traffic.ts";
import { Announcement, Turn } from "../lib/turn.ts";
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

function setUp(options: { format?: Format; queueBytes?: number } = {}) {
  const { format = "ndjson", queueBytes = 100_000 } = options;
  const socket = new FakeSocket();
  socket.open();
  const clock = new FakeTime();
  const { elapsed } = clock;
  const writer = new SocketWriter({ socket: socket.asWebSocket, format, queueBytes, elapsed });
  const announce = (...messages: ServerMessage[]) => {
    const turn = new Turn();
    for (const message of messages) turn.announce(message);
    return writer.take(turn);
  };
  return { socket, clock, writer, announce };
}

function texts(socket: FakeSocket): unknown[] {
  return socket.take().map((message) => message.message ?? message.type);
}

Deno.test("SocketWriter.take() sends what everybody gets in one frame in ndjson", () => {
  const { socket, announce } = setUp();
  announce(chat(1), chat(2), time(2));
  assert.equal(socket.frames.length, 1);
  assert.deepEqual(texts(socket), ["chat 1", "chat 2", "time"]);
});

Deno.test("SocketWriter.take() sends a frame for each message in json", () => {
  const { socket, announce } = setUp({ format: "json" });
  announce(chat(1), chat(2));
  assert.equal(socket.frames.length, 2);
});

Deno.test("SocketWriter.take() leaves out of events and text what they do not have", () => {
  const events = setUp({ format: "events" });
  events.announce(time(0), chat(1), time(1));
  assert.deepEqual(texts(events.socket), ["chat 1"]);
  const text = setUp({ format: "text" });
  text.announce(time(0), chat(1), time(1));
  assert.deepEqual(text.socket.frames, ["chat 1"]);
});

Deno.test("SocketWriter.replaceNext() puts the ack where the own chat would be, in the one frame", () => {
  const { socket, writer } = setUp();
  const turn = new Turn();
  turn.announce(chat(1));
  writer.replaceNext(turn, {
    type: "ack",
    id: "x",
    offset: 2,
    timestamp: "2026-11-20T14:30:25.000Z",
    recipients: 1,
  });
  turn.announce(chat(2));
  turn.announce(chat(3));
  writer.replaceNext(turn);
  turn.announce(chat(4));
  const timestamp = "2026-11-20T14:30:25.000Z";
  writer.add(turn, new Announcement({ type: "pong", timestamp }));
  writer.take(turn);
  assert.equal(socket.frames.length, 1);
  assert.deepEqual(texts(socket), ["chat 1", "ack", "chat 3", "pong"]);
});

Deno.test("SocketWriter.keep() holds messages of its own until it is drained, in one frame in ndjson", () => {
  const { socket, writer } = setUp();
  writer.keep([chat(1), chat(2)]);
  assert.deepEqual([socket.frames, writer.waiting], [[], true]);
  assert.equal(writer.drain(), "ok");
  assert.equal(socket.frames.length, 1);
  assert.deepEqual([texts(socket), writer.waiting], [["chat 1", "chat 2"], false]);
});

Deno.test("SocketWriter.keep() keeps the order with what the turns bring later", () => {
  const { socket, writer, announce } = setUp();
  socket.bufferedAmount = 64 * 1024;
  writer.keep([chat(1)]);
  announce(chat(2));
  assert.deepEqual([socket.frames, writer.waiting], [[], true]);
  socket.bufferedAmount = 0;
  writer.drain();
  assert.deepEqual([texts(socket), writer.waiting], [["chat 1", "chat 2"], false]);
});

Deno.test("SocketWriter.enter() leaves out what the turn has had before", () => {
  for (const format of ["text", "events", "ndjson"] as const) {
    const { socket, writer, announce } = setUp({ format });
    const turn = new Turn();
    turn.announce(chat(1));
    turn.announce(chat(2));
    writer.enter(turn);
    turn.announce(chat(3));
    writer.take(turn);
    socket.bufferedAmount = 64 * 1024;
    announce(chat(4), chat(5));
    socket.bufferedAmount = 0;
    writer.drain();
    const heard = socket.frames.flatMap((frame) => frame.match(/chat \d/g) ?? []);
    assert.deepEqual(heard, ["chat 3", "chat 4", "chat 5"], format);
  }
});

Deno.test("SocketWriter.take() keeps chats in order for a slow reader, merges presence, keeps the newest time", () => {
  const { socket, writer, announce } = setUp();
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
  assert.equal(writer.waiting, true);
  socket.bufferedAmount = 0;
  writer.drain();
  assert.equal(writer.waiting, false);
  const [first, second, presence, newest, ...none] = socket.take();
  assert.deepEqual([first?.offset, second?.offset, newest?.offset, none], [1, 2, 2, []]);
  assert.deepEqual(presence, {
    type: "presence",
    joined: [user("b")],
    left: [user("a"), user("c")],
    online: 3,
  });
});

Deno.test("SocketWriter.take() feeds a socket only below the low-water mark", () => {
  const { socket, writer, announce } = setUp();
  socket.reads = false;
  for (let offset = 1; offset <= 100; offset++) announce(chat(offset, "x".repeat(4000)));
  assert.ok(socket.bufferedAmount < 64 * 1024 + 5000, String(socket.bufferedAmount));
  assert.equal(writer.waiting, true);
});

Deno.test("SocketWriter.take() says too slow once the queue is over its bound for half a second, or far over", () => {
  const { socket, clock, writer, announce } = setUp({ queueBytes: 20_000 });
  socket.bufferedAmount = 64 * 1024;
  assert.equal(announce(chat(1, "x".repeat(4000))), "ok");
  assert.equal(announce(chat(2, "x".repeat(4000))), "ok");
  assert.equal(announce(chat(3, "x".repeat(4000))), "ok");
  clock.advance(500);
  assert.equal(writer.drain(), "ok");
  clock.advance(1);
  assert.equal(writer.drain(), "too_slow");
  const far = setUp({ queueBytes: 20_000 });
  far.socket.bufferedAmount = 64 * 1024;
  const burst = Array.from({ length: 41 }, (_, index) => chat(index, "x".repeat(4000)));
  assert.equal(far.announce(...burst.slice(0, 38)), "ok");
  assert.equal(far.announce(...burst.slice(38)), "too_slow");
});

Deno.test("SocketWriter.isFull counts what is its own, in the turn and waiting, and nothing of the room's", () => {
  const { socket, writer, announce } = setUp({ queueBytes: 20_000 });
  socket.bufferedAmount = 64 * 1024;
  announce(chat(1, "x".repeat(30_000)));
  assert.equal(writer.isFull, false);
  for (const own of ["answer", "ack"] as const) {
    const turn = new Turn();
    const id = "x".repeat(11_000);
    const timestamp = "2026-11-20T14:30:25.000Z";
    if (own === "answer") writer.add(turn, new Announcement({ type: "pong", timestamp, id }));
    else writer.replaceNext(turn, { type: "ack", id, offset: 2, timestamp, recipients: 1 });
    assert.equal(writer.isFull, true);
    if (own === "ack") turn.announce(chat(2));
    assert.equal(writer.take(turn), "ok");
    assert.equal(writer.isFull, true);
    socket.bufferedAmount = 0;
    writer.drain();
    assert.equal(writer.isFull, false);
    socket.bufferedAmount = 64 * 1024;
  }
});

Deno.test("SocketWriter.take() feeds a large turn in parts, as fast as the peer reads", () => {
  for (const format of ["json", "ndjson"] as const) {
    const { socket, writer, announce } = setUp({ format, queueBytes: 100_000 });
    let most = 0;
    const send = socket.send.bind(socket);
    socket.send = (data) => {
      send(data);
      socket.bufferedAmount += data.length;
      most = Math.max(most, socket.bufferedAmount);
    };
    const burst = Array.from({ length: 100 }, (_, index) => chat(index + 1, "x".repeat(4000)));
    assert.equal(announce(...burst), "ok");
    while (writer.waiting) {
      socket.bufferedAmount = 0;
      assert.equal(writer.drain(), "ok");
    }
    assert.deepEqual(socket.take().map(({ offset }) => offset), burst.map((_, index) => index + 1));
    assert.ok(most < 2 * 64 * 1024 + 5000, String(most));
  }
});

Deno.test("SocketWriter.take() keeps the very frames that everybody gets for who is behind, where there are chats alone", () => {
  const { socket, writer } = setUp({ queueBytes: 10_000_000 });
  const sent: string[] = [];
  socket.send = (data) => {
    sent.push(data);
    socket.bufferedAmount += data.length;
  };
  const turn = new Turn();
  for (let offset = 1; offset <= 100; offset++) turn.announce(chat(offset, "x".repeat(4000)));
  assert.equal(writer.take(turn), "ok");
  while (writer.waiting) {
    socket.bufferedAmount = 0;
    writer.drain();
  }
  assert.ok(sent.every((frame, index) => frame === turn.share("ndjson").frames[index]));
  const lines = sent.flatMap((frame) => frame.split("\n"));
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).offset),
    Array.from({ length: 100 }, (_, index) => index + 1),
  );
});

Deno.test("SocketWriter.take() counts the chats that it keeps for who is behind, once each", () => {
  const socket = new FakeSocket();
  socket.open();
  socket.bufferedAmount = 64 * 1024;
  const traffic = new Traffic();
  const { elapsed } = new FakeTime();
  const bounds = { format: "json", queueBytes: 100_000, elapsed, traffic } as const;
  const writer = new SocketWriter({ socket: socket.asWebSocket, ...bounds });
  const turn = new Turn();
  for (const offset of [1, 2, 3]) turn.announce(chat(offset));
  writer.take(turn);
  assert.deepEqual([writer.chatsOut, traffic.deliveries], [3, 3]);
  socket.bufferedAmount = 0;
  writer.drain();
  assert.deepEqual([writer.chatsOut, traffic.deliveries, traffic.framesSent], [3, 3, 3]);
});

Deno.test("SocketWriter.drain() says too slow once the oldest message waits for more than 10 s", () => {
  const { socket, clock, writer, announce } = setUp();
  socket.bufferedAmount = 64 * 1024;
  announce(chat(1));
  clock.advance(10_000);
  assert.equal(writer.drain(), "ok");
  clock.advance(1);
  assert.equal(writer.drain(), "too_slow");
});

Deno.test("SocketWriter.drain() says too slow of a peer that takes a little, where the oldest waits for 10 s", () => {
  const { socket, clock, writer, announce } = setUp({ format: "json" });
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
    assert.equal(writer.drain(), "ok", String(second));
  }
  clock.advance(1000);
  socket.bufferedAmount = 0;
  assert.equal(writer.drain(), "too_slow");
});

Deno.test("SocketWriter.drain() measures ages by a clock that nobody sets", () => {
  const { socket, clock, writer, announce } = setUp();
  socket.bufferedAmount = 64 * 1024;
  announce(chat(1));
  clock.set(clock.now() + 3_600_000);
  assert.equal(writer.drain(), "ok");
});

Deno.test("SocketWriter.drain() says too slow of a peer that takes nothing for 10 s, also of times alone", () => {
  const { socket, clock, writer, announce } = setUp();
  socket.bufferedAmount = 64 * 1024;
  for (let second = 0; second < 10; second++) {
    assert.equal(announce(time(second)), "ok");
    clock.advance(1000);
  }
  clock.advance(1);
  assert.equal(writer.drain(), "too_slow");
});

Deno.test("SocketWriter.take() drops what is for a socket that is closing by itself", () => {
  const { socket, announce } = setUp();
  socket.readyState = WebSocket.CLOSING;
  assert.equal(announce(chat(1)), "ok");
  assert.deepEqual(socket.frames, []);
});

Deno.test("SocketWriter.take() joins no frames for a connection that gets its own, nor counts it among who gets them", () => {
  const [own, other, behind] = [setUp(), setUp(), setUp()];
  const turn = new Turn();
  own.writer.replaceNext(turn);
  turn.announce(chat(1));
  own.writer.take(turn);
  assert.deepEqual([...turn.shares], []);
  other.writer.take(turn);
  behind.socket.bufferedAmount = 100_000;
  behind.writer.take(turn);
  assert.deepEqual([...turn.shares].map(({ receivers }) => receivers), [1]);
});
