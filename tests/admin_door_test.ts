/**
 * Who is let in to a dashboard and who is put out, with fake time and sockets.
 *
 * @module
 */

import assert from "node:assert/strict";
import { adminNode as node, TOKEN } from "./admin_node.ts";
import { eventually } from "./eventually.ts";
import { settle } from "./fake_hub.ts";
import { FakeSocket, FakeTime } from "./fakes.ts";

Deno.test("Admin tells nothing before the right token: a wrong one, another message and none are refused with 4001", async () => {
  const time = new FakeTime();
  const { admin, dashboard, told } = node("n1", { time });
  const isClosed = (socket: FakeSocket) =>
    eventually(() => assert.equal(socket.closedWith?.code, 4001));
  const wrong = await dashboard("wrong");
  const longer = await dashboard(`${TOKEN} `);
  const other = await dashboard(undefined);
  other.say({ type: "list", sort: "username", descending: false, text: "" });
  const late = await dashboard(undefined);
  time.advance(4999);
  assert.equal(late.socket.frames.length, 0);
  time.advance(1);
  for (const { socket, take } of [wrong, longer, other, late]) {
    await isClosed(socket);
    assert.deepEqual(take().map(({ type }) => type), ["refused"]);
  }
  late.say({ type: "auth", token: TOKEN });
  time.advance(1000);
  assert.deepEqual(late.take(), []);
  const refused = told().filter(({ event }) => event === "admin_refused");
  assert.deepEqual(refused.map(({ why }) => why), [
    "wrong token",
    "wrong token",
    "no token",
    "no token in time",
  ]);
  assert.ok(!JSON.stringify(told()).includes(TOKEN));
  admin.stop();
});

Deno.test("Admin lets a right token in at once, whatever its address has tried just before and keeps open without one", async () => {
  const { admin, dashboard, told } = node("n1", { time: new FakeTime() });
  for (let n = 0; n < 12; n++) {
    const wrong = await dashboard("wrong");
    await eventually(() => assert.equal(wrong.socket.closedWith?.code, 4001));
    wrong.socket.end();
  }
  const idle: Awaited<ReturnType<typeof dashboard>>[] = [];
  for (let n = 0; n < 33; n++) idle.push(await dashboard(undefined));
  const operator = await dashboard(TOKEN);
  assert.equal(operator.take()[0].type, "open");
  await eventually(() => {
    const codes = idle.map(({ socket }) => socket.closedWith?.code);
    assert.deepEqual(codes, [1013, 1013, ...Array(31).fill(undefined)]);
  });
  assert.deepEqual(idle[0]?.take(), [], "its token may be right: it is not told that it is wrong");
  const levels = told().filter(({ event }) => event === "admin_refused").map(({ level }) => level);
  assert.deepEqual(levels, [...Array(10).fill("warning"), ...Array(4).fill("info")]);
  admin.stop();
});

Deno.test("Admin counts the sockets that do not end, and those that never opened no longer than a token may take", async () => {
  const time = new FakeTime();
  const { admin, dashboard } = node("n1", { time });
  const refused = await dashboard("wrong");
  const slow = await dashboard(TOKEN);
  await dashboard(TOKEN);
  assert.deepEqual([admin.closing, refused.ended()], [1, 0]);
  slow.say("{");
  await settle();
  assert.equal(admin.closing, 2);
  refused.socket.end();
  slow.socket.end(4001);
  assert.deepEqual([admin.closing, refused.ended(), slow.ended()], [0, 1, 1]);
  let ended = 0;
  const unopened = Array.from({ length: 33 }, () => new FakeSocket());
  for (const socket of unopened) {
    admin.connect(socket.asWebSocket, { address: "10.0.0.9", ended: () => ended++ });
  }
  assert.equal(ended, 0, "of those that are just opening none makes room");
  time.advance(5000);
  assert.deepEqual([admin.closing, ended], [0, 33]);
  admin.stop();
});

Deno.test("Admin serves 32 dashboards: more may come back when one has left", async () => {
  const { admin, dashboard } = node("n1", { time: new FakeTime() });
  const [first] = await Promise.all(Array.from({ length: 32 }, () => dashboard(TOKEN)));
  const next = await dashboard(TOKEN);
  await eventually(() => assert.equal(next.socket.closedWith?.code, 1013));
  assert.deepEqual(next.take(), []);
  first?.socket.end();
  assert.equal((await dashboard(TOKEN)).take()[0].type, "open");
  admin.stop();
});

Deno.test("Admin admits 128 sockets of an address, those that do not end among them", () => {
  const { admin } = node("n1", { time: new FakeTime() });
  const outcomes = Array.from({ length: 129 }, () => admin.admission.admit("10.0.0.9"));
  const refused = outcomes.filter(({ ok }) => !ok);
  assert.deepEqual([refused.length, outcomes.at(-1)?.ok], [1, false]);
  assert.equal(admin.admission.admit("10.0.0.10").ok, true);
  admin.stop();
});

Deno.test("Admin closes a dashboard that reads too slowly, floods or says what nobody knows, and costs the others nothing", async () => {
  const time = new FakeTime();
  const { admin, dashboard } = node("n1", { time });
  const canary = await dashboard(TOKEN);
  const slow = await dashboard(TOKEN, { reads: false });
  const odd = await dashboard(TOKEN);
  odd.say("{");
  const flooding = await dashboard(TOKEN);
  for (let n = 0; n < 41; n++) flooding.say({ type: "unwatch" });
  slow.socket.bufferedAmount = 1e6;
  for (let second = 0; second < 12; second++) time.advance(1000);
  await eventually(() => {
    const codes = [slow, odd, flooding].map(({ socket }) => socket.closedWith?.code);
    assert.deepEqual(codes, [4008, 1011, 1008]);
  });
  assert.equal(canary.socket.closedWith, undefined);
  assert.equal(canary.take("news").length, 12);
  admin.stop();
  await eventually(() => assert.equal(canary.socket.closedWith?.code, 1001));
  assert.equal(time.pending, 0);
});
