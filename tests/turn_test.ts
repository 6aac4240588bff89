/**
 * Turns: what goes to everybody, encoded once, framed once for each format.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeFor, type Format, formatSchema, type ServerMessage } from "../lib/protocol.ts";
import { Announcement, Turn } from "../lib/turn.ts";

const TIMESTAMP = "2026-11-20T14:30:25.123Z";

const chat = (offset: number, message = `chat ${offset}`): ServerMessage => ({
  type: "chat",
  message,
  username: "ana",
  client_id: "a",
  timestamp: TIMESTAMP,
  offset,
});
const TIME: ServerMessage = {
  type: "time",
  time: "14:30:25",
  date: "2026-11-20",
  timestamp: "2026-11-20T14:30:25.000Z",
  epoch: "e",
  offset: 7,
  online: 2,
};
const STATUS: ServerMessage = { type: "status", database: "up", broker: "none", draining: false };
const ERROR: ServerMessage = { type: "error", code: "internal", message: "a fault" };
const FIBONACCI: ServerMessage = {
  type: "fibonacci",
  input: 10,
  result: 55,
  digits: 2,
  elapsed_ms: 0,
};

/** A message that counts how often it is read, which encoding it does once. */
function counted(message: ServerMessage): { message: ServerMessage; reads: () => number } {
  let reads = 0;
  const { type, ...rest } = message;
  const spy = Object.defineProperty({ type, ...rest }, "timestamp", {
    enumerable: true,
    get() {
      reads++;
      return TIMESTAMP;
    },
  });
  return { message: spy as unknown as ServerMessage, reads: () => reads };
}

for (const message of [chat(1), TIME, STATUS, FIBONACCI, ERROR]) {
  Deno.test(`Announcement.lineFor() is what encodeFor() makes of ${message.type}, in each format`, () => {
    for (const format of formatSchema.options) {
      // Twice: the second one comes from what was kept.
      const announcement = new Announcement(message);
      assert.equal(announcement.lineFor(format), encodeFor(format, message), format);
      assert.equal(announcement.lineFor(format), encodeFor(format, message), format);
    }
  });
}

Deno.test("Announcement.lineFor() encodes a message once, for however many formats and calls", () => {
  const { message, reads } = counted(chat(1));
  const announcement = new Announcement(message);
  assert.equal(reads(), 0);
  for (let i = 0; i < 100; i++) {
    for (const format of formatSchema.options) announcement.lineFor(format);
  }
  assert.equal(reads(), 1);
});

Deno.test("Turn.share() encodes each message once, for however many receivers", () => {
  const spies = [counted(chat(1)), counted(TIME), counted(chat(2))];
  const turn = new Turn();
  for (const { message } of spies) turn.announce(message);
  for (let i = 0; i < 100; i++) {
    for (const format of formatSchema.options) {
      turn.share(format).frames;
      for (let at = 0; at < turn.length; at++) turn.at(at)?.lineFor(format);
    }
  }
  assert.deepEqual(spies.map(({ reads }) => reads()), [1, 1, 1]);
});

Deno.test("Turn.share() builds the frames of a format once", () => {
  const turn = new Turn();
  for (const message of [chat(1), TIME]) turn.announce(message);
  for (const format of formatSchema.options) {
    assert.equal(turn.share(format).frames, turn.share(format).frames, format);
  }
});

const FRAMES: { readonly [F in Format]: readonly string[] } = {
  json: [chat(1), STATUS, chat(2), TIME].map((message) => JSON.stringify(message)),
  ndjson: [
    [chat(1), STATUS, chat(2), TIME].map((message) => JSON.stringify(message)).join("\n"),
  ],
  events: [chat(1), chat(2)].map((message) => JSON.stringify(message)),
  text: ["chat 1", "chat 2"],
};

for (const format of formatSchema.options) {
  Deno.test(`Turn.share() has the messages of a turn in their order in ${format}`, () => {
    const turn = new Turn();
    for (const message of [chat(1), STATUS, chat(2), TIME]) turn.announce(message);
    assert.deepEqual(turn.share(format).frames, FRAMES[format]);
  });
}

Deno.test("Turn.share() is empty for an empty turn, and where a format leaves all out", () => {
  const turn = new Turn();
  for (const format of formatSchema.options) assert.deepEqual(turn.share(format).frames, []);
  turn.announce(TIME);
  assert.deepEqual(turn.share("text").frames, []);
  assert.deepEqual(turn.share("events").frames, []);
});

Deno.test("Turn.announce() adds to what Turn.share() has told before", () => {
  const turn = new Turn();
  turn.announce(chat(1));
  for (const format of formatSchema.options) turn.share(format).frames;
  turn.announce(chat(2));
  assert.deepEqual(turn.share("text").frames, ["chat 1", "chat 2"]);
  assert.equal(turn.share("json").frames.length, 2);
  assert.equal(turn.share("ndjson").frames[0]?.split("\n").length, 2);
});

Deno.test("Turn.at() gives the announcements by their index, and nothing beyond the last", () => {
  const turn = new Turn();
  assert.equal(turn.length, 0);
  assert.equal(turn.at(0), undefined);
  for (const message of [chat(1), TIME]) turn.announce(message);
  assert.equal(turn.length, 2);
  assert.deepEqual([0, 1, 2].map((at) => turn.at(at)?.message), [chat(1), TIME, undefined]);
});

Deno.test("Turn.share() has in every format the lines of its announcements, and nothing else", () => {
  const messages = fc.array(
    fc.oneof(
      fc.tuple(fc.nat(), fc.string({ unit: "binary" })).map(([offset, text]) => chat(offset, text)),
      fc.constantFrom(TIME, STATUS, FIBONACCI),
    ),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(messages, fc.constantFrom(...formatSchema.options), (all, format) => {
      const turn = new Turn();
      for (const message of all) turn.announce(message);
      const lines = all.map((message) => encodeFor(format, message))
        .filter((line) => line !== undefined);
      const expected = format === "ndjson" && lines.length > 0 ? [lines.join("\n")] : lines;
      assert.deepEqual(turn.share(format).frames, expected);
    }),
  );
});
