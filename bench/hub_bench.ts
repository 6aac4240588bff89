/**
 * What the parts of a chat's way cost: `deno task bench`.
 *
 * @module
 */

import { Backlog } from "../lib/backlog.ts";
import { parseClientMessage } from "../lib/client_message.ts";
import { Connection } from "../lib/connection.ts";
import { Dispatcher } from "../lib/dispatch.ts";
import { FanOut } from "../lib/fan_out.ts";
import { fibonacci } from "../lib/fibonacci.ts";
import { MemoryJournal, toChat } from "../lib/journal.ts";
import { Metrics } from "../lib/metrics.ts";
import { parseName } from "../lib/names.ts";
import { encode, type Format } from "../lib/protocol.ts";
import { Roster } from "../lib/roster.ts";
import { Announcement } from "../lib/turn.ts";
import { FakeSocket, FakeTime } from "../tests/fakes.ts";

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

const ENTRY = { ...CHAT, offset: 1, timestamp: "2026-11-20T14:30:25.123Z" };

Deno.bench("encode(), a chat", () => {
  encode(toChat(ENTRY));
});

const LINE = encode(toChat(ENTRY));

Deno.bench("Backlog, 1000 chats in, and out in frames of 64 KiB", () => {
  const backlog = new Backlog();
  for (let count = 0; count < 1000; count++) backlog.push(LINE, 0);
  while (backlog.shift(65_536) !== undefined);
});

function connect(format: Format, metrics?: Metrics): Connection {
  const socket = new FakeSocket();
  socket.open();
  socket.send = () => {};
  return new Connection({
    socket: socket.asWebSocket,
    format,
    address: "127.0.0.1",
    frameBytes: 16_384,
    queueBytes: 1_048_576,
    rate: { perSecond: 0, burst: 1 },
    elapsed: () => performance.now(),
    traffic: metrics?.traffic,
  });
}

function room(size: number, { format, metrics }: {
  readonly format: Format;
  readonly metrics?: Metrics | undefined;
}): FanOut {
  const fanOut = new FanOut({ onTooSlow: () => {}, afterTurn: () => {}, metrics });
  for (let index = 0; index < size; index++) fanOut.add(connect(format, metrics));
  fanOut.flush();
  return fanOut;
}

const dispatcher = new Dispatcher({
  limits: { MESSAGE_LENGTH: 4096, FIBONACCI_MAX: 100_000, MESSAGES_PER_SECOND: 0 },
  journal: new MemoryJournal({ size: 1000 }),
  fibonacci: { compute: () => Promise.resolve({ ok: false, error: "queue_full" }) },
  fanOut: room(1, { format: "ndjson" }),
  attendance: { online: 1, users: new Announcement(new Roster().users) },
  time: new FakeTime(),
  metrics: new Metrics(),
});
const speaker = {
  connection: connect("ndjson"),
  user: { username: "Ana", client_id: "a", connected_at: ENTRY.timestamp, node: "node" },
  computing: false,
};
const UNNAMED = JSON.stringify({ type: "chat", message: TEXT });

Deno.bench("Dispatcher.receive(), a chat up to its place in the journal", () => {
  dispatcher.receive(speaker, UNNAMED, () => {});
});

for (const format of ["ndjson", "json"] as const) {
  for (const size of [1, 100, 10_000]) {
    for (const metrics of [undefined, new Metrics()]) {
      const fanOut = room(size, { format, metrics });
      const chat = toChat(ENTRY);
      const counted = metrics === undefined ? "" : ", counted";
      Deno.bench(
        `FanOut, 16 chats, fake sockets: ${size}, ${format}${counted}`,
        { group: String(size) },
        () => {
          // As a connection does when it hears something, whether anybody counts or not.
          const heardAt = performance.now();
          for (let count = 0; count < 16; count++) {
            metrics?.ordered(heardAt);
            fanOut.announce(chat);
          }
          fanOut.flush();
        },
      );
    }
  }
}
