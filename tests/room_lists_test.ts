/**
 * The two long lists beside the talk: the broadcasts received and the people online.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Cast, CASTS_KEPT, CASTS_OPEN } from "../client/page/casts.ts";
import { indentJson } from "../client/page/json_text.ts";
import { languageOf } from "../client/page/language.ts";
import { NameOrder } from "../client/page/name_order.ts";
import { findPeople, PEOPLE_KEPT } from "../client/page/people.ts";
import type { Room } from "../client/page/room.ts";
import { summarize } from "../components/broadcast_summary.ts";
import { windowOf } from "../components/windowed.ts";
import type { User } from "../lib/protocol.ts";
import { chat, online, presence, user } from "./fake_room.ts";

const rows = (room: Room) => room.casts.view.value.rows;
const types = (room: Room) => rows(room).map(({ message }) => message.type);
const names = (room: Room) => room.people.view.value.people.map(({ username }) => username);
const many = (count: number, first = 0) =>
  Array.from({ length: count }, (_, index) => user(`p${String(first + index).padStart(5, "0")}`));

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
  assert.equal(room.casts.view.value.held, CASTS_KEPT + 3);
  room.casts.read(false);
  assert.equal(rows(room).length, CASTS_KEPT);
  const { round } = room.casts.view.value;
  room.casts.read(true);
  room.casts.resume();
  tick();
  assert.equal(room.casts.view.value.held, undefined);
  assert.notEqual(room.casts.view.value.round, round);
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
  room.casts.clear();
  tick();
  const { kept, held } = room.casts.view.value;
  assert.deepEqual({ rows: types(room), kept, held }, { rows: [], kept: 0, held: 1 });
  assert.equal(room.meter.counters.view.value.received, received + 2);
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

Deno.test("Room asks who is online after each welcome and applies the differences", () => {
  const { env, room } = online({ users: [user("Zofia")] });
  const asked = () => env.socket.sent.filter(({ type }) => type === "users").length;
  assert.equal(asked(), 1);
  const marina = { ...user("marina"), connected_at: "2026-11-20T12:00:00.000Z" };
  env.socket.receive({ type: "users", users: [user("Bia"), marina, user("Ana")], online: 3 });
  assert.deepEqual(names(room), ["marina", "Ana", "Bia"]);
  assert.deepEqual(room.people.view.value.people[0], marina);
  assert.equal(room.people.view.value.own, "c-marina");
  env.socket.receive(presence([user("Caio"), user("Ana", "c-other")], [user("Ana")]));
  assert.deepEqual(names(room), ["marina", "Ana", "Bia", "Caio"]);
  assert.equal(room.people.view.value.online, 5);
  env.socket.lose();
  assert.equal(room.people.lostAt.value, env.now());
  room.retry();
  env.socket.welcome({ client_id: "c-new" });
  assert.equal(asked(), 1);
  assert.equal(room.people.lostAt.value, undefined);
  assert.deepEqual(names(room), ["marina", "Ana", "Bia", "Caio"]);
});

Deno.test("People says since when the list may be out of date, until the database is back or another server is", () => {
  const { env, room } = online();
  const status = { type: "status", broker: "none", draining: false } as const;
  env.socket.receive({ ...status, database: "down" });
  const since = env.now();
  env.time.advance(60_000);
  env.socket.receive({ ...status, database: "down" });
  assert.equal(room.people.doubtedAt.value, since);
  env.socket.receive({ ...status, database: "up" });
  assert.equal(room.people.doubtedAt.value, undefined);
  env.socket.receive({ ...status, database: "down" });
  env.socket.welcome();
  assert.equal(room.people.doubtedAt.value, undefined);
});

/** A server with more people than it lists, whose pages are answered by hand. */
function crowd() {
  const asked: string[] = [];
  const answers: PromiseWithResolvers<unknown>[] = [];
  const fetchJson = (path: string) => {
    asked.push(path);
    const answer = Promise.withResolvers<unknown>();
    answers.push(answer);
    return answer.promise;
  };
  const opened = online({ fetchJson });
  const listed = many(1000);
  opened.env.socket.receive({ type: "users", users: listed, online: 3000 });
  const answer = async (users: readonly User[], next: string | null) => {
    answers.at(-1)?.resolve({ users, online: 3000, next });
    await answers.at(-1)?.promise;
    await Promise.resolve();
  };
  const fail = async () => {
    answers.at(-1)?.reject(new Error("away"));
    await answers.at(-1)?.promise.catch(() => {});
    await new Promise<void>((resolve) => queueMicrotask(resolve));
  };
  return { ...opened, asked, answer, fail };
}

Deno.test("People.fetchMore() fetches one page after the other, and none when everybody is known", async () => {
  const { room, asked, answer } = crowd();
  assert.deepEqual(asked, []);
  room.people.fetchMore();
  room.people.fetchMore();
  assert.deepEqual(asked, ["/api/users?limit=1000&after=p00999"]);
  await answer(many(1000, 1000), "p 1999");
  const { people, unknown } = room.people.view.value;
  assert.deepEqual([people.length, unknown], [2001, 999]);
  assert.equal(asked.length, 1);
  room.people.fetchMore();
  assert.equal(asked[1], "/api/users?limit=1000&after=p%201999");
  await answer(many(1000, 2000), null);
  room.people.fetchMore();
  assert.equal(asked.length, 2);
  assert.equal(names(room).at(-1), "p02999");
  assert.equal(room.people.view.value.unknown, 0);
});

Deno.test("People knows everybody where the server lists all, though the count may come before the differences", () => {
  const { env, room } = online();
  env.socket.receive({ type: "users", users: many(3), online: 3 });
  room.people.counted(9);
  room.people.publish();
  const { online: count, unknown } = room.people.view.value;
  assert.deepEqual([count, unknown], [9, 0]);
});

Deno.test("People.search() fetches page by page while somebody looks for a name", async () => {
  const { room, asked, answer } = crowd();
  room.people.search("p02");
  await answer(many(1000, 1000), "p01999");
  assert.equal(asked.length, 2);
  room.people.search("");
  await answer(many(10, 2000), "p02009");
  assert.equal(asked.length, 2);
});

Deno.test("People.fetchMore() leaves a page that fails for the next time", async () => {
  const { room, asked, fail } = crowd();
  room.people.search("p02");
  await fail();
  assert.equal(asked.length, 1);
  room.people.search("p029");
  assert.deepEqual(asked[1], asked[0]);
});

Deno.test("People takes from a page nobody who left while it was on its way, and no page of another connection", async () => {
  const { env, room, answer } = crowd();
  const [gone, back, stays] = [user("q1"), user("q2"), user("q3")];
  room.people.fetchMore();
  env.socket.receive(presence([], [gone, back]));
  env.socket.receive(presence([back], []));
  await answer([gone, back, stays], null);
  assert.deepEqual(names(room).slice(-2), ["q2", "q3"]);
  const other = crowd();
  other.room.people.fetchMore();
  other.env.socket.lose();
  await other.answer([stays], null);
  assert.equal(names(other.room).includes("q3"), false);
});

Deno.test("People keeps a bounded number, and oneself in any case", () => {
  const { env, room } = online();
  env.socket.receive({ type: "users", users: many(PEOPLE_KEPT), online: PEOPLE_KEPT + 100 });
  env.socket.receive({ ...presence(many(50, PEOPLE_KEPT), []), online: PEOPLE_KEPT + 150 });
  assert.equal(names(room).length, PEOPLE_KEPT + 1);
  assert.equal(names(room)[0], "marina");
  assert.equal(room.people.view.value.unknown, 149);
});

Deno.test("NameOrder puts whoever comes into their place and takes away who went", () => {
  let comparisons = 0;
  const compare = languageOf("en").compareNames;
  const order = new NameOrder((a, b) => {
    comparisons++;
    return compare(a, b);
  });
  const here = new Set([...many(1000), user("ana"), user("guest-10"), user("Zoé")]);
  const add = (person: User) => {
    here.add(person);
    order.add(person);
  };
  for (const person of here) order.add(person);
  order.update((person) => here.has(person));
  comparisons = 0;
  for (const name of ["Ângela", "guest-2", "zoe"]) add(user(name));
  const [first] = here;
  here.delete(first!);
  const told = order.update((person) => here.has(person)).map(({ username }) => username);
  assert.deepEqual(told.slice(0, 5), ["ana", "Ângela", "guest-2", "guest-10", "p00001"]);
  assert.deepEqual(told.slice(-2), ["Zoé", "zoe"]);
  assert.equal(told.length, here.size);
  assert.ok(comparisons < 50, `${comparisons} comparisons`);
});

Deno.test("findPeople() looks past case and accents", () => {
  const people = ["João Pedro", "joana", "Zoë", "Άννα"].map((name) => user(name));
  const found = (wanted: string) => findPeople(people, wanted).map(({ username }) => username);
  assert.deepEqual(found("joao"), ["João Pedro"]);
  assert.deepEqual(found("JOÃO"), ["João Pedro"]);
  assert.deepEqual(found("zoe"), ["Zoë"]);
  assert.deepEqual(found("αννα"), ["Άννα"]);
  assert.equal(found("  ").length, 4);
});

Deno.test("summarize() says in plain words what came: whose message was acknowledged, who came, how late a tick was", () => {
  const { env, room, tick } = online();
  tick();
  env.time.advance(1600);
  tick(env.now() - 600);
  env.socket.receive(
    presence(many(4), many(4, 10)),
    { type: "ack", id: "1", offset: 7, timestamp: "2026-11-20T14:30:00.000Z", recipients: 1 },
  );
  const summaries = rows(room).map((cast) => summarize(cast, languageOf("en")));
  assert.deepEqual(summaries.slice(0, 2), [
    { who: "your message", body: "to 1 other", offset: 7 },
    {
      who: "4 joined, 4 left",
      names: ["p00000", "p00001", "p00002", "p00003", "p00010"],
      more: 3,
    },
  ]);
  assert.equal(summaries[2]?.warning, "600\u00a0ms late");
  assert.equal(summaries[3]?.warning, undefined);
});
