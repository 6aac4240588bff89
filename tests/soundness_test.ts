/**
 * Which messages of a server the page takes.
 *
 * @module
 */

import assert from "node:assert/strict";
import { isSound, isStoredSession } from "../client/page/soundness.ts";
import { ackMessage, chatMessage, timeMessage, welcomeMessage } from "./fake_surroundings.ts";
import { presence, user } from "./fake_room.ts";

const timestamp = "2026-11-20T14:30:00.000Z";
const SOUND = [
  welcomeMessage(),
  timeMessage(),
  chatMessage("hello"),
  ackMessage("a"),
  presence([user("Ana")], [user("Bia")]),
  { type: "users", users: [user("Ana")], online: 1 },
  { type: "pong", timestamp },
  { type: "fibonacci", input: 93, result: "12200160415121876738", digits: 20, elapsed_ms: 0.04 },
  { type: "status", database: "up", broker: "none", draining: false },
  { type: "error", code: "busy", message: "later", suggestions: ["x"], retry_after_ms: 10 },
];

for (const message of SOUND) {
  Deno.test(`isSound() takes a ${message.type}, and none with a field missing or of another kind`, () => {
    assert.equal(isSound(message), true);
    assert.equal(isSound({ ...message, unheard: "of" }), true);
    for (const name of Object.keys(message)) {
      for (const value of [null, {}, [7], -1, NaN, name === "message" ? 1 : "<b>"]) {
        const isFreeText = typeof value === "string" && isText(message, name);
        assert.equal(isSound({ ...message, [name]: value }), isFreeText, `${name}: ${value}`);
      }
    }
  });
}

/** Whether a field holds any text. */
function isText(message: object, name: string): boolean {
  const value: unknown = Object.entries(message).find(([field]) => field === name)?.[1];
  return typeof value === "string" &&
    !["type", "timestamp", "time", "date", "result"].includes(name);
}

Deno.test("isSound() takes no value that is no message, and no type that it does not know", () => {
  const others = [null, undefined, 7, "chat", [], {}, { type: 7 }, { type: "unheard of" }];
  for (const value of [...others, { type: "toString" }, { type: "__proto__" }]) {
    assert.equal(isSound(value), false);
  }
});

Deno.test("isSound() takes no time that no clock shows", () => {
  const [tick] = SOUND.filter(({ type }) => type === "time");
  const times = ["00:00:00", "23:59:59", "24:00:00", "29:59:59", "7:00:00"];
  assert.deepEqual(times.map((time) => isSound({ ...tick, time })), [
    true,
    true,
    false,
    false,
    false,
  ]);
});

Deno.test("isSound() looks into lists", () => {
  assert.equal(isSound({ type: "users", users: [user("Ana"), null], online: 2 }), false);
  const undated = { ...user("Ana"), connected_at: "yesterday" };
  assert.equal(isSound({ type: "presence", joined: [undated], left: [], online: 2 }), false);
});

Deno.test("isStoredSession() takes what a page has stored, and nothing that lacks a field or has another there", () => {
  const stored = { session: "s", epoch: "e1", position: 7, clientId: "c1", username: "ana" };
  assert.equal(isStoredSession(stored), true);
  for (const name of Object.keys(stored)) {
    for (const value of [undefined, null, {}, -1, 1.5]) {
      assert.equal(isStoredSession({ ...stored, [name]: value }), false, `${name}: ${value}`);
    }
  }
  for (const value of [null, undefined, 7, "session", []]) {
    assert.equal(isStoredSession(value), false);
  }
});
