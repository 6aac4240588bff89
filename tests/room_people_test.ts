/**
 * The people online: who they are, in which order, and how those are fetched whom the server does not list.
 *
 * @module
 */

import assert from "node:assert/strict";
import { NameOrder } from "../client/page/name_order.ts";
import { findPeople, PEOPLE_KEPT } from "../client/page/people.ts";
import type { Room } from "../client/page/room.ts";
import { compareNames } from "../lib/names.ts";
import type { User } from "../lib/protocol.ts";
import { many, online, open, presence, user } from "./fake_room.ts";

const names = (room: Room) => room.people.view.value.people.map(({ username }) => username);

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
  assert.equal(room.people.view.value.online, 4);
  env.socket.lose();
  assert.equal(room.people.lostAt.value, env.now());
  room.retry();
  env.socket.welcome({ client_id: "c-new" });
  assert.equal(asked(), 1);
  assert.equal(room.people.lostAt.value, undefined);
  assert.deepEqual(names(room), ["marina", "Ana", "Bia", "Caio"]);
});

Deno.test("People are not known any more after a failed first attempt, nor where this tab stays disconnected", () => {
  const { env, room } = open({ users: [user("Ana")] });
  const { lostAt } = room.people;
  room.start("http://room.test");
  assert.equal(lostAt.value, undefined);
  env.socket.lose();
  const failedAt = env.now();
  assert.equal(lostAt.value, failedAt);
  env.time.advance(60_000);
  assert.equal(lostAt.value, failedAt);
  env.socket.welcome();
  assert.equal(lostAt.value, undefined);
  room.disconnect();
  room.connect("marina");
  assert.equal(lostAt.value, env.now());
  const away = open({ away: true });
  away.room.start("http://room.test");
  assert.equal(away.room.people.lostAt.value, away.env.now());
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
  const answerBy = async (body: unknown) => {
    answers.at(-1)?.resolve(body);
    await answers.at(-1)?.promise;
    await Promise.resolve();
  };
  const answer = (users: readonly User[], next: string | null) =>
    answerBy({ users, online: 3000, next });
  const fail = async (answer = answers.at(-1)) => {
    answer?.reject(new Error("away"));
    await answer?.promise.catch(() => {});
    await new Promise<void>((resolve) => queueMicrotask(resolve));
  };
  return { ...opened, asked, answers, answerBy, answer, fail };
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

Deno.test("People counts whom it lists where all are known: who is away for a moment, and none before they are told of", () => {
  const { env, room } = online({ users: many(3) });
  const counts = (told: number) => {
    room.people.counted(told);
    room.people.publish();
    const { online, unknown } = room.people.view.value;
    return [online, unknown];
  };
  assert.deepEqual(counts(9), [9, 0]);
  env.socket.receive({ type: "users", users: many(3), online: 3 });
  assert.deepEqual([counts(2), counts(9)], [[4, 0], [4, 0]]);
  env.socket.lose();
  room.retry();
  env.socket.welcome();
  assert.deepEqual(counts(9), [9, 0]);
});

Deno.test("People tells of nobody as a newcomer who was here before oneself and was only away", () => {
  const { env, room } = online({ users: [] });
  const told = () => room.conversation.talk.items.value.filter(({ kind }) => kind === "moves");
  const old = { ...user("Ana"), connected_at: "2026-11-20T09:00:00.000Z" };
  env.socket.receive(presence([old], []));
  assert.deepEqual([names(room), told().length], [["marina", "Ana"], 0]);
  const late = { ...user("Bia"), connected_at: "2099-11-20T09:00:00.000Z" };
  env.socket.receive(presence([late], []));
  assert.deepEqual([names(room), told().length], [["marina", "Ana", "Bia"], 1]);
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

Deno.test("People.fetchMore() waits for the page of the newest list, whatever becomes of one before", async () => {
  const { env, room, asked, answers, fail } = crowd();
  room.people.fetchMore();
  env.socket.receive({ type: "users", users: many(1000), online: 3000 });
  room.people.fetchMore();
  await fail(answers[0]);
  room.people.fetchMore();
  assert.equal(asked.length, 2);
});

Deno.test("People.fetchMore() takes from a page who is somebody, and no next page that has no name", async () => {
  const { room, asked, answerBy } = crowd();
  room.people.fetchMore();
  await answerBy({ users: [{ ...user("q1"), username: undefined }, null, user("q2")], next: 7 });
  assert.deepEqual(findPeople(room.people.view.value.people, "q").length, 1);
  room.people.fetchMore();
  assert.equal(asked.length, 1);
  for (const body of [null, { users: "q" }]) {
    const other = crowd();
    other.room.people.fetchMore();
    await other.answerBy(body);
    assert.equal(other.room.people.view.value.people.length, 1001);
  }
});

Deno.test("People takes from a page nobody who left while it was on its way, and no page of another connection", async () => {
  const { env, room, answer } = crowd();
  const [gone, back, stays] = [user("q1"), user("q2"), user("q3")];
  room.people.fetchMore();
  env.socket.receive(presence([], [gone, back]));
  env.socket.receive(presence([back], []));
  await answer([gone, back, stays], null);
  assert.deepEqual(names(room).filter((name) => name.startsWith("q")), ["q2", "q3"]);
  const other = crowd();
  other.room.people.fetchMore();
  other.env.socket.lose();
  await other.answer([stays], null);
  assert.equal(names(other.room).includes("q3"), false);
});

Deno.test("People.fetchMore() fetches none when as many are known as are kept", async () => {
  const { env, room, asked, answer } = crowd();
  env.socket.receive({ type: "users", users: many(PEOPLE_KEPT - 500), online: PEOPLE_KEPT + 5000 });
  room.people.fetchMore();
  await answer(many(1000, PEOPLE_KEPT), "p21000");
  room.people.fetchMore();
  assert.equal(asked.length, 1);
  assert.equal(names(room).length, PEOPLE_KEPT);
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
  const order = new NameOrder((a, b) => {
    comparisons++;
    return compareNames(a, b);
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
