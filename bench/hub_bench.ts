/**
 * What the parts of a chat's way cost: `deno task bench`.
 *
 * @module
 */

import { Connection } from "../lib/connection.ts";
import { FanOut } from "../lib/fan_out.ts";
import { fibonacci } from "../lib/fibonacci.ts";
import { MemoryJournal, toChat } from "../lib/journal.ts";
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

const CHAT = { message: TEXT, username: "Ana Clara", clientId: "a", id: "b", recipients: 1 };
const journal = new MemoryJournal({ size: 1000 });
let said = 0;

Deno.bench("MemoryJournal.append()", () => {
  journal.append({ ...CHAT, id: String(said++) });
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
      socket: socket.asWebSocket,
      format,
      address: "127.0.0.1",
      frameBytes: 16_384,
      queueBytes: 1_048_576,
      rate: { perSecond: 0, burst: 1 },
      elapsed: () => performance.now(),
    });
    fanOut.add(connection);
  }
  fanOut.flush();
  return fanOut;
}

for (const format of ["ndjson", "json"] as const) {
  for (const size of [1, 100, 10_000]) {
    const fanOut = room(size, format);
    const chat = toChat({ ...CHAT, offset: 1, timestamp: new Date().toISOString() });
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
