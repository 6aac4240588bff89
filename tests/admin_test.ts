/**
 * The dashboards of the nodes, with fake time, sockets and bus: what is kept and shared, what is done by hand. Who is let in is
 * admin_door_test.ts's business.
 *
 * @module
 */

import assert from "node:assert/strict";
import { SAMPLES_KEPT, valueOf } from "../lib/sample.ts";
import { adminNode as node, type Told } from "./admin_node.ts";
import { eventually } from "./eventually.ts";
import { FakeBus } from "./fake_bus.ts";
import { settle } from "./fake_hub.ts";
import { FakeTime } from "./fakes.ts";

Deno.test("Admin keeps a sample a second for 15 minutes, and a new dashboard has them all at once", async () => {
  const time = new FakeTime();
  const { stop, measured, dashboard } = node("n1", { time });
  for (let second = 0; second < SAMPLES_KEPT + 20; second++) {
    measured.chats += 3;
    measured.deliveries += 30;
    time.advance(1000);
  }
  const { take } = await dashboard();
  const [open, news, ...rest] = take();
  assert.deepEqual(open, { type: "open", node: "n1", version: "1.2.3" });
  assert.deepEqual([news.type, news.node, news.whole, rest.length], ["news", "n1", true, 0]);
  assert.equal(news.samples.length, SAMPLES_KEPT);
  const last = news.samples.at(-1);
  assert.equal(valueOf(last, "at"), time.now());
  assert.equal(valueOf(news.samples[0], "at"), time.now() - (SAMPLES_KEPT - 1) * 1000);
  const shown = ["connections", "chats", "deliveries", "deliveryMs", "tickMs", "memoryBytes"];
  assert.deepEqual(
    shown.map((field) => valueOf(last, field as Parameters<typeof valueOf>[1])),
    [0, 3, 30, null, 1.5, 50e6],
  );
  time.advance(1000);
  const [next] = take("news");
  assert.deepEqual([next.whole, next.samples.length], [false, 1]);
  stop();
});

Deno.test("Admin tells warnings and errors, the last 200, and then as they come", async () => {
  const time = new FakeTime();
  const { stop, log, dashboard } = node("n1", { time });
  for (let n = 0; n < 250; n++) {
    log.warning("w", { n });
    if (n % 50 === 0) time.advance(1000);
  }
  log.info("not told");
  time.advance(1000);
  const { take } = await dashboard();
  const [{ lines }] = take("news");
  assert.deepEqual([lines.length, lines[0].detail, lines.at(-1).detail], [200, "n=50", "n=249"]);
  log.error("e", { why: "x" });
  time.advance(1000);
  assert.deepEqual(take("news")[0].lines.map(({ event }: Told) => event), ["e"]);
  stop();
});

/** Two nodes on one bus. */
function pair() {
  const time = new FakeTime();
  const bus = new FakeBus();
  const ends = [bus.end(), bus.end()] as const;
  const a = node("a", { time, bus: ends[0] });
  const b = node("b", { time, bus: ends[1] });
  const second = async () => {
    time.advance(1000);
    bus.deliver();
    await settle();
  };
  /** What is under way between the nodes arrives. */
  const arrive = async () => {
    for (let turn = 0; turn < 3; turn++) {
      bus.deliver();
      await settle();
    }
  };
  const stop = () => {
    a.stop();
    b.stop();
  };
  return { time, bus, ends, a, b, second, arrive, stop };
}

Deno.test("Admin shows every node on each, and a node that comes later is told all that the others have kept", async () => {
  const { a, b, ends, second, stop } = pair();
  ends[1].set(false);
  a.log.warning("before");
  for (let n = 0; n < 5; n++) await second();
  const early = await b.dashboard();
  assert.deepEqual(early.take("news").map(({ node }) => node), ["b"]);
  ends[1].set(true);
  await second();
  await second();
  const whole = early.take("news").filter(({ node, whole }) => node === "a" && whole);
  assert.equal(whole.length, 1);
  assert.ok(whole[0].samples.length >= 6);
  assert.deepEqual(whole[0].lines.map(({ event }: Told) => event), ["before"]);
  const [onA, onB] = [await a.dashboard(), await b.dashboard()];
  const nodes = ({ take }: { take: (type: string) => Told[] }) =>
    take("news").map(({ node, samples }) => [node, samples.length]).sort();
  assert.deepEqual(nodes(onA), nodes(onB));
  stop();
});

Deno.test("Admin keeps 64 nodes, of which the one that is silent for longest gives way to a new one", async () => {
  const { a, bus, ends, second, stop } = pair();
  const appear = async (node: string) => {
    const news = { type: "news", node, whole: true, samples: [], lines: [] };
    ends[1].publish(JSON.stringify(news));
    bus.deliver();
    await second();
  };
  for (let n = 0; n < 64; n++) await appear(`restarted-${n}`);
  await appear("the newest");
  const { take } = await a.dashboard();
  const nodes = take("news").map(({ node }) => node);
  assert.equal(nodes.length, 64);
  assert.deepEqual(["a", "b", "the newest"].filter((node) => !nodes.includes(node)), []);
  assert.ok(!nodes.includes("restarted-0") && nodes.includes("restarted-63"));
  stop();
});

Deno.test("Admin tells a node that has just come of those that are silent, once, and since when they are", async () => {
  const time = new FakeTime();
  const bus = new FakeBus();
  const ends = Array.from({ length: 4 }, () => bus.end());
  const start = (name: string, at: number) => node(name, { time, bus: ends[at]! });
  const seconds = async (count: number) => {
    for (let n = 0; n < count; n++) {
      time.advance(1000);
      bus.deliver();
      await settle();
    }
  };
  const [a, b, dead] = [start("a", 0), start("b", 1), start("dead", 2)];
  dead.log.warning("last words");
  await seconds(3);
  await seconds(20);
  dead.stop();
  bus.take();
  const after = start("a-new", 3);
  await seconds(20);
  assert.equal(bus.take().filter(({ type, node }) => type === "news" && node === "dead").length, 1);
  const { take } = await after.dashboard();
  const heard = take("news").find(({ node }) => node === "dead");
  assert.deepEqual([heard.samples.length, heard.lines[0].event], [23, "last words"]);
  assert.equal(heard.silent_ms, 20_000);
  for (const { stop } of [a, b, after]) stop();
});

Deno.test("Admin lists the connections of all nodes in one order, narrowed, and names the nodes that do not answer", async () => {
  const { time, a, b, ends, second, arrive, stop } = pair();
  const ana = await a.online("Ana");
  await b.online("bia");
  // An id, in which a text is looked for too, has no such letter.
  await a.online("Carlá");
  await ana.say({ message: "hi" });
  await ana.say({ type: "ping", round_trip_ms: 12.5 });
  await second();
  const { say, take } = await b.dashboard();
  const list = async (sort: string, descending = false, text = "") => {
    say({ type: "list", sort, descending, text });
    await arrive();
    return take("list").at(-1);
  };
  const names = ({ rows }: Told) => rows.map(({ username }: Told) => username);
  const byName = await list("username");
  assert.deepEqual([names(byName), byName.total, byName.silent], [["Ana", "bia", "Carlá"], 3, []]);
  const [first] = byName.rows;
  assert.deepEqual([first.node, first.chats_in, first.chats_out, first.round_trip_ms], [
    "a",
    1,
    0,
    12.5,
  ]);
  const carla = byName.rows.at(-1);
  assert.deepEqual([carla.chats_in, carla.chats_out, carla.round_trip_ms], [0, 1, null]);
  assert.deepEqual(names(await list("username", true)), ["Carlá", "bia", "Ana"]);
  assert.deepEqual(names(await list("round_trip_ms")).slice(0, 1), ["Ana"]);
  assert.deepEqual(names(await list("round_trip_ms", true)).slice(0, 1), ["Ana"]);
  assert.deepEqual(names(await list("username", false, "LÁ")), ["Carlá"]);
  ends[0].set(false);
  say({ type: "list", sort: "username", descending: false, text: "" });
  await settle();
  time.advance(1000);
  await settle();
  const without = take("list").at(-1);
  assert.deepEqual([names(without), without.silent], [["bia"], ["a"]]);
  stop();
});

Deno.test("Admin asks the nodes for one list at a time, and then for the one that was wished last", async () => {
  const { time, ends, a, b, second, stop } = pair();
  await second();
  // An id, in which a text is looked for too, has none of these letters.
  for (const name of ["Aná", "Biá", "Caió"]) await b.online(name);
  const { say, take } = await b.dashboard();
  ends[0].set(false);
  for (const text of ["aná", "biá", "caió", "ó", "á"]) {
    say({ type: "list", sort: "username", descending: false, text });
  }
  const listed = async () => {
    await settle();
    return take("list").map(({ rows }) => rows.map(({ username }: Told) => username));
  };
  assert.deepEqual(await listed(), []);
  time.advance(1000);
  assert.deepEqual(await listed(), [["Aná"]]);
  time.advance(1000);
  assert.deepEqual(await listed(), [["Aná", "Biá"]]);
  time.advance(1000);
  assert.deepEqual(await listed(), []);
  assert.equal(a.hub.connections, 0);
  stop();
});

Deno.test("Admin closes a connection of another node with 1008, logs by whom, and tells a node that does not answer from one that has nobody", async () => {
  const { time, ends, a, b, second, arrive, stop } = pair();
  const ana = await a.online("Ana");
  const client_id = a.hub.users(1)[0]?.client_id ?? "";
  await second();
  const { say, take } = await b.dashboard();
  say({ type: "close", node: "a", client_id });
  await arrive();
  assert.deepEqual(take("closed"), [{ type: "closed", client_id, outcome: "done" }]);
  assert.deepEqual(ana.socket.closedWith, { code: 1008, reason: "closed by the administrator" });
  assert.equal(a.hub.online, 0);
  const [line] = a.told().filter(({ event }) => event === "closed_by_admin");
  assert.deepEqual([line.username, line.by, line.level], ["Ana", "10.0.0.9", "warning"]);
  say({ type: "close", node: "a", client_id });
  await arrive();
  assert.deepEqual(take("closed"), [{ type: "closed", client_id, outcome: "unknown" }]);
  ends[0].set(false);
  say({ type: "close", node: "a", client_id });
  await settle();
  time.advance(1000);
  await settle();
  assert.deepEqual(take("closed"), [{ type: "closed", client_id, outcome: "silent" }]);
  stop();
});

Deno.test("Admin shows the frames of a connection of another node while it is watched, cut and without a session", async () => {
  const { time, a, b, second, arrive, stop } = pair();
  const ana = await a.online("Ana");
  const bia = await a.online("Bia");
  const member = [...a.hub.members.values()].find(({ online }) => online?.user.username === "Ana");
  const client_id = member?.online?.user.client_id;
  await second();
  const { say, take, socket } = await b.dashboard();
  assert.equal(member?.connection.observer, undefined);
  say({ type: "watch", node: "a", client_id });
  await arrive();
  const [watching] = take("watching");
  assert.deepEqual(watching, { type: "watching", client_id, standing: "watched" });
  const [line] = a.told().filter(({ event }) => event === "watched_by_admin");
  assert.deepEqual([line.username, line.by, line.level], ["Ana", "10.0.0.9", "info"]);
  await ana.say({ message: "from Ana" });
  await bia.say({ message: "x".repeat(2000) });
  ana.socket.receive('{"type":"ping","session":"very secret"}');
  await settle();
  time.advance(250);
  await arrive();
  const [{ frames, dropped }] = take("watched");
  assert.deepEqual(frames.map(({ direction }: Told) => direction), ["in", "out", "in", "out"]);
  assert.equal(frames[0].text, '{"message":"from Ana"}');
  assert.deepEqual([frames[1].text.length, frames[1].length > 2000], [1000, true]);
  assert.ok(!JSON.stringify(frames).includes("very secret"));
  assert.equal(dropped, 0);
  for (let n = 0; n < 300; n++) ana.socket.receive("noise");
  time.advance(250);
  await arrive();
  const [burst] = take("watched");
  assert.equal(burst.frames.length, 100);
  assert.ok(burst.dropped >= 200);
  for (let n = 0; n < 20; n++) await second();
  assert.ok(member?.connection.observer, "it is asked for again as long as it is watched");
  say({ type: "unwatch" });
  await arrive();
  assert.equal(member?.connection.observer, undefined);
  say({ type: "watch", node: "a", client_id });
  await arrive();
  assert.ok(member?.connection.observer);
  socket.end();
  await arrive();
  assert.equal(member?.connection.observer, undefined);
  stop();
});

Deno.test("Admin tells who would be the 17th to watch that they are too many, and who asks for nobody that there is none", async () => {
  const { online, hub, dashboard } = node("n1", { time: new FakeTime() });
  await online("Ana");
  const client_id = hub.users(1)[0]?.client_id ?? "";
  const outcomes: unknown[] = [];
  const watch = async (wanted: string) => {
    const one = await dashboard();
    one.say({ type: "watch", node: "n1", client_id: wanted });
    await settle();
    const [{ standing }] = one.take("watching");
    outcomes.push(standing);
    return one;
  };
  const [first] = await Promise.all(Array.from({ length: 16 }, () => watch(client_id)));
  await watch(client_id);
  await watch("nobody");
  first?.say({ type: "unwatch" });
  await settle();
  await watch(client_id);
  assert.deepEqual(outcomes, [
    ...Array(16).fill("watched"),
    "too_many",
    "unknown",
    "watched",
  ]);
});

Deno.test("Admin tells whoever watches how it stands when that has changed: no place, a place, no answer, an answer, nobody", async () => {
  const { a, b, ends, second, arrive, stop } = pair();
  const ana = await a.online("Ana");
  const client_id = a.hub.users(1)[0]?.client_id ?? "";
  await second();
  const others = await Promise.all(Array.from({ length: 16 }, () => a.dashboard()));
  for (const { say } of others) say({ type: "watch", node: "a", client_id });
  const { say, take } = await b.dashboard();
  const standings = async () => {
    for (let n = 0; n < 7; n++) await second();
    return take("watching").map(({ standing }) => standing);
  };
  say({ type: "watch", node: "a", client_id });
  await arrive();
  assert.deepEqual(await standings(), ["too_many"]);
  others[0]?.say({ type: "unwatch" });
  assert.deepEqual(await standings(), ["watched"]);
  assert.deepEqual(await standings(), [], "it is told once");
  ends[1].set(false);
  assert.deepEqual(await standings(), ["silent"]);
  // Meanwhile it leaves, and nobody can say so.
  ana.socket.end();
  await second();
  ends[1].set(true);
  assert.deepEqual(await standings(), ["unknown"]);
  const member = (await a.online("Ana")) && [...a.hub.members.values()][0];
  await standings();
  assert.equal(member?.connection.observer, undefined);
  stop();
});

Deno.test("Admin ends a watch that is not asked for again, and tells when the connection is gone", async () => {
  const { a, b, ends, second, arrive, stop } = pair();
  const ana = await a.online("Ana");
  const client_id = a.hub.users(1)[0]?.client_id ?? "";
  const member = a.hub.members.get(client_id);
  await second();
  const { say, take } = await b.dashboard();
  say({ type: "watch", node: "a", client_id });
  await arrive();
  ends[1].set(false);
  for (let n = 0; n < 14; n++) await second();
  assert.ok(member?.connection.observer);
  await second();
  await second();
  assert.equal(member?.connection.observer, undefined);
  ends[1].set(true);
  for (let n = 0; n < 6; n++) await second();
  assert.ok(member?.connection.observer);
  ana.socket.end();
  await second();
  await arrive();
  assert.equal(take("watched").at(-1).ended, true);
  stop();
});

Deno.test("Admin takes nothing from the bus that is not what nodes say", async () => {
  const { a, bus, ends, second, stop } = pair();
  await second();
  const { take } = await a.dashboard();
  take();
  const news = { type: "news", node: "evil", whole: true, samples: [], lines: [] };
  const texts = [
    "",
    "{",
    "null",
    JSON.stringify({ ...news, samples: [["x"]] }),
    JSON.stringify({ ...news, node: "" }),
    // Of nodes that it has heard itself: what others have kept of one, and its own news as they come round.
    JSON.stringify({ ...news, node: "b", silent_ms: 20_000 }),
    JSON.stringify({ ...news, node: "a" }),
    JSON.stringify({
      ...news,
      samples: Array.from({ length: 901 }, () => [0, 0, 0, 0, 0, 0, 0, 0]),
    }),
    JSON.stringify({ type: "ask", node: "evil", to: ["a"], id: "1", request: { type: "drop" } }),
    JSON.stringify({
      type: "answer",
      node: "b",
      to: "a",
      id: "none",
      answer: { rows: [], total: 0 },
    }),
    JSON.stringify({ type: "watched", node: "b", to: "a", watched: {} }),
  ];
  for (const text of texts) ends[1].publish(text);
  bus.deliver();
  await settle();
  assert.deepEqual(take(), []);
  stop();
});

Deno.test("Admin loses to a fault the dashboard that met it, and nothing else", async () => {
  const time = new FakeTime();
  const { stop, hub, dashboard, told } = node("n1", { time });
  time.advance(1000);
  const canary = await dashboard();
  const unlucky = await dashboard();
  Object.defineProperty(hub, "members", {
    get: () => {
      throw new Error("a bug");
    },
  });
  unlucky.say({ type: "list", sort: "username", descending: false, text: "" });
  await eventually(() => assert.equal(unlucky.socket.closedWith?.code, 1011));
  assert.deepEqual(told().filter(({ event }) => event === "fault").length, 1);
  canary.take();
  time.advance(1000);
  assert.deepEqual(canary.take().map(({ type }) => type), ["news"]);
  stop();
});
