/**
 * The broadcasts received, and what keeps a long list short in the document.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Cast, CASTS_KEPT, CASTS_OPEN } from "../client/page/casts.ts";
import { indentJson } from "../client/page/json_text.ts";
import { languageOf } from "../client/page/language.ts";
import type { Room } from "../client/page/room.ts";
import { summarize } from "../components/broadcast_summary.ts";
import { windowOf } from "../components/windowed.ts";
import { chat, many, online, presence, user } from "./fake_room.ts";

const rows = (room: Room) => room.casts.view.value.rows;
const types = (room: Room) => rows(room).map(({ message }) => message.type);

/** What a row says as a chat. */
function said(cast: Cast | undefined): string | undefined {
  return cast?.message.type === "chat" ? cast.message.message : undefined;
}

Deno.test("Casts keeps a bounded number, newest first, with each line as it was received", () => {
  const { env, room } = online();
  const line = `{"type":"chat", "message":"as it came","username":"Ana","client_id":"c1",` +
    `"timestamp":"2026-11-20T14:30:00.000Z","offset":1,"later":true}`;
  env.socket.receiveText(line);
  assert.equal(rows(room)[0]?.line, line);
  env.socket.receive(
    ...Array.from({ length: CASTS_KEPT + 50 }, (_, n) => chat(n + 2, `line ${n}`)),
  );
  const { kept, total } = room.casts.view.value;
  assert.deepEqual([rows(room).length, kept, total], [CASTS_KEPT, CASTS_KEPT, CASTS_KEPT + 52]);
  assert.equal(said(rows(room)[0]), `line ${CASTS_KEPT + 49}`);
  assert.equal(said(rows(room).at(-1)), "line 50");
});

Deno.test("Casts leaves out what the page asks for by itself: pongs and the list of people", () => {
  const { env, room } = online();
  env.socket.receive({ type: "users", users: [], online: 1 }, {
    type: "pong",
    timestamp: "2026-11-20T14:30:00.000Z",
  });
  assert.deepEqual(types(room), ["welcome"]);
  assert.equal(room.casts.view.value.total, 1);
});

Deno.test("Casts narrows to the chosen kinds, which combine", () => {
  const { env, room, tick } = online();
  env.socket.receive(chat(1, "one"));
  tick();
  assert.deepEqual(types(room), ["time", "chat", "welcome"]);
  room.casts.toggle("chat");
  room.casts.toggle("answer");
  assert.deepEqual(types(room), ["chat", "welcome"]);
  tick();
  env.socket.receive(chat(2, "two"));
  assert.deepEqual(types(room), ["chat", "chat", "welcome"]);
  room.casts.toggle("chat");
  assert.deepEqual(types(room), ["welcome"]);
  room.casts.showAllKinds();
  assert.equal(types(room).length, 5);
});

Deno.test("Casts.search() finds senders and texts whatever their case and accents, also in what comes", () => {
  const { env, room, tick } = online();
  env.socket.receive(
    chat(1, "Olá", "Ana"),
    chat(2, "ANTÔNIO speaks", "Bia"),
    chat(3, "no", "Caio"),
  );
  env.socket.receive(presence([user("Antônia")], []));
  tick();
  room.casts.search(" antoni ");
  assert.deepEqual(types(room), ["presence", "chat"]);
  env.socket.receive(chat(4, "x", "antonio2"), chat(5, "other", "Ana"));
  assert.deepEqual(rows(room).map(said), ["x", undefined, "ANTÔNIO speaks"]);
  room.casts.toggle("chat");
  assert.deepEqual(rows(room).map(said), ["x", "ANTÔNIO speaks"]);
  room.casts.showAll();
  assert.equal(room.casts.text.value, "");
  assert.equal(rows(room).length, 8);
});

Deno.test("Casts keeps its filtered rows within those that are kept", () => {
  const { env, room, tick } = online();
  room.casts.search("first");
  env.socket.receive(chat(1, "first"));
  assert.equal(rows(room).length, 1);
  for (let n = 0; n < CASTS_KEPT; n++) tick();
  assert.equal(rows(room).length, 0);
});

Deno.test("Casts stands still while paused and counts what fits, until it goes on at the newest", () => {
  const { env, room, tick } = online();
  tick();
  room.casts.toggle("time");
  room.casts.pause();
  tick();
  env.socket.receive(chat(1, "does not fit"));
  tick();
  assert.deepEqual(types(room), ["time"]);
  assert.equal(room.casts.view.value.held, 2);
  assert.equal(room.casts.view.value.total, 2);
  room.casts.showAllKinds();
  assert.deepEqual(types(room), ["time", "welcome"]);
  assert.equal(room.casts.view.value.held, 3);
  room.casts.resume();
  assert.deepEqual(types(room), ["time", "chat", "time", "time", "welcome"]);
  assert.equal(room.casts.view.value.held, undefined);
});

Deno.test("Casts stands still while somebody reads further down, and goes on when they are back", () => {
  const { room, tick } = online();
  tick();
  room.casts.read(true);
  for (let n = 0; n < CASTS_KEPT + 3; n++) tick();
  assert.deepEqual(types(room), ["time", "welcome"]);
  assert.equal(room.casts.view.value.held, CASTS_KEPT);
  room.casts.read(false);
  assert.equal(rows(room).length, CASTS_KEPT);
  const { round } = room.casts.view.value;
  room.casts.read(true);
  room.casts.resume();
  tick();
  assert.equal(room.casts.view.value.held, undefined);
  assert.notEqual(room.casts.view.value.round, round);
});

Deno.test("Casts counts as held what is kept of it, whatever the filter was meanwhile", () => {
  const { room, tick } = online();
  room.casts.pause();
  for (let n = 0; n < CASTS_KEPT + 500; n++) tick();
  const held = () => room.casts.view.value.held;
  assert.equal(held(), CASTS_KEPT);
  room.casts.toggle("chat");
  assert.equal(held(), 0);
  room.casts.showAllKinds();
  assert.equal(held(), CASTS_KEPT);
  tick();
  assert.equal(held(), CASTS_KEPT);
});

Deno.test("Casts stands still while a row is open; a bounded number is, and going on closes them", () => {
  const { room, tick } = online();
  for (let n = 0; n < CASTS_OPEN + 2; n++) tick();
  const keys = rows(room).map(({ key }) => key);
  const [first = NaN] = keys;
  room.casts.setOpen(first, true);
  tick();
  assert.equal(room.casts.view.value.held, 1);
  room.casts.setOpen(first, false);
  assert.equal(room.casts.view.value.held, undefined);
  for (const key of keys) room.casts.setOpen(key, true);
  assert.deepEqual([...room.casts.open.value], keys.slice(-CASTS_OPEN));
  room.casts.resume();
  assert.equal(room.casts.open.value.size, 0);
  assert.equal(room.casts.view.value.held, undefined);
});

Deno.test("Casts.clear() empties the list, paused or not, and leaves the metrics as they are", () => {
  const { room, tick } = online();
  tick();
  const { received } = room.meter.counters.view.value;
  room.casts.read(true);
  room.casts.clear();
  assert.deepEqual(types(room), []);
  assert.equal(room.meter.counters.view.value.received, received);
  tick();
  assert.deepEqual(types(room), ["time"]);
  assert.equal(room.casts.view.value.total, 1);
  room.casts.pause();
  tick();
  room.casts.clear();
  tick();
  const { kept, total, held } = room.casts.view.value;
  assert.deepEqual({ rows: types(room), kept, total, held }, {
    rows: [],
    kept: 0,
    total: 0,
    held: 1,
  });
  assert.equal(room.meter.counters.view.value.received, received + 3);
});

Deno.test("indentJson() changes nothing but the white space between", () => {
  const json = String
    .raw`{"__proto__":1e400, "a":[1.0,-0,{}],"a":"{\"x\": [1,2]}\\","2":[ ],"n":12345678901234567890}`;
  assert.equal(
    indentJson(json),
    String.raw`{
  "__proto__": 1e400,
  "a": [
    1.0,
    -0,
    {}
  ],
  "a": "{\"x\": [1,2]}\\",
  "2": [],
  "n": 12345678901234567890
}`,
  );
  assert.equal(indentJson(']}"open'), '\n]\n}"open');
  const long = `["${'\\"'.repeat(100_000)}"]`;
  assert.equal(indentJson(long).length, long.length + 4);
});

Deno.test("windowOf() gives the rows in sight and those around, and the room of the others", () => {
  const heightOf = (index: number) => index === 2 ? 100 : 10;
  const at = (top: number, bottom: number, around = 0) =>
    windowOf({ count: 10, heightOf, top, bottom, around });
  assert.deepEqual(at(0, 25), { first: 0, from: 0, to: 3, above: 0, below: 70 });
  assert.deepEqual(at(30, 50), { first: 2, from: 2, to: 3, above: 20, below: 70 });
  assert.deepEqual(at(130, 150, 1), { first: 4, from: 3, to: 7, above: 120, below: 30 });
  assert.deepEqual(at(1e6, 2e6, 2), { first: 9, from: 7, to: 10, above: 160, below: 0 });
  const none = windowOf({ count: 0, heightOf, top: 0, bottom: 100, around: 5 });
  assert.deepEqual(none, { first: 0, from: 0, to: 0, above: 0, below: 0 });
});

Deno.test("summarize() says in plain words what came: whose message was acknowledged, who came, how late a tick was", () => {
  const { env, room, tick } = online();
  tick();
  env.time.advance(1600);
  tick(env.now() - 600);
  env.socket.receive(
    presence(many(4), many(4, 10)),
    { type: "ack", id: "1", offset: 1, timestamp: "2026-11-20T14:30:00.000Z", recipients: 1 },
  );
  const summaries = rows(room).map((cast) => summarize(cast, languageOf("en")));
  assert.deepEqual(summaries.slice(0, 2), [
    { who: "your message", body: "to 1 other", offset: 1 },
    {
      who: "4 joined, 4 left",
      names: ["p00000", "p00001"],
      more: 6,
    },
  ]);
  assert.equal(summaries[2]?.warning, "600\u00a0ms late");
  assert.equal(summaries[3]?.warning, undefined);
});

Deno.test("summarize() says that the server restarts before how it is, and keeps texts short", () => {
  const { env, room } = online();
  const status = { type: "status", database: "down", broker: "none" } as const;
  env.socket.receive({ ...status, draining: false }, { ...status, draining: true });
  env.socket.receive(chat(1, "a".repeat(5000)), {
    type: "fibonacci",
    input: 93,
    result: "1".repeat(5000),
    digits: 5000,
    elapsed_ms: 1,
  });
  const [number, said, restarting, down] = rows(room).map((cast) =>
    summarize(cast, languageOf("en"))
  );
  assert.deepEqual([down?.who, restarting?.who], ["database down", "Restarting"]);
  assert.deepEqual([said?.body?.length, number?.body?.length], [120, 120]);
});
