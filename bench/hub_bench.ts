/**
 * What the parts of a chat's way cost: `deno task bench`.
 *
 * @module
 */

import { Connection } from "../lib/connection.ts";
import { FanOut } from "../lib/fan_out.ts";
import { fibonacci } from "../lib/fibonacci.ts";
import { Journal, toChat } from "../lib/journal.ts";
import { parseName } from "../lib/names.ts";
import { type Format, parseClientMessage } from "../lib/protocol.ts";
import { FakeSocket } from "../tests/fakes.ts";

const TEXT = "x".repeat(100);
const FRAME = JSON.stringify({ type: "chat", message: TEXT, id: "a" });
const LIMITS = { messageLength: 4096, fibonacciMax: 100_000 };

Deno.bench("parseClientMessage(), a chat of 100 characters", () => {
  parseClientMessage(FRAME, LIMITS);
});

Deno.bench("parseName(), ASCII", () => {
  parseName("Ana Clara");
});

Deno.bench("parseName(), another alphabet", () => {
  parseName("أمل");
});

const journal = new Journal({ size: 1000 });
const CHAT = { message: TEXT, username: "Ana Clara", clientId: "a", id: "b" };

Deno.bench("Journal.append()", () => {
  journal.append(CHAT);
});

for (const input of [1000, 100_000]) {
  Deno.bench(`fibonacci(${input})`, () => {
    fibonacci(input);
  });
}

function room(size: number, format: Format): FanOut {
  const fanOut = new FanOut({ onTooSlow: () => {}, afterTurn: () => {} });
  for (let index = 0; index < size; index++) {
    const socket = new FakeSocket();
    socket.open();
    socket.send = () => {};
    const connection = new Connection({
      id: String(index),
      socket: socket.asWebSocket,
      format,
      address: "127.0.0.1",
      frameBytes: 16_384,
      queueBytes: 1_048_576,
      rate: { perSecond: 0, burst: 1 },
      elapsed: () => performance.now(),
    });
    fanOut.add(connection);
    fanOut.release(connection, { type: "pong", timestamp: new Date().toISOString() });
  }
  fanOut.flush();
  return fanOut;
}

for (const format of ["ndjson", "json"] as const) {
  for (const size of [1, 100, 10_000]) {
    const fanOut = room(size, format);
    const chat = toChat(journal.append(CHAT));
    Deno.bench(
      `FanOut, 16 chats, fake sockets: ${size}, ${format}`,
      { group: String(size) },
      () => {
        for (let count = 0; count < 16; count++) fanOut.announce(chat);
        fanOut.flush();
      },
    );
  }
}
