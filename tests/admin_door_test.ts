/**
 * Who is let in to a dashboard and who is put out, with fake time and sockets.
 *
 * @module
 */

import assert from "node:assert/strict";
import { protocolsFor } from "../lib/dashboard_protocol.ts";
import { adminNode as node, TOKEN } from "./admin_node.ts";
import { eventually } from "./eventually.ts";
import { settle } from "./fake_hub.ts";
import { FakeSocket, FakeTime } from "./fakes.ts";

const ADDRESS = "10.0.0.9";
const offering = (...protocols: string[]) =>
  new Headers({ "sec-websocket-protocol": protocols.join(", ") });
const bearing = (token: string) => new Headers({ authorization: `Bearer ${token}` });

Deno.test("Admin admits who bears the token or offers it, and speaks what is offered", () => {
  const { admin, stop, told } = node("n1", { time: new FakeTime() });
  const [spoken, shown] = protocolsFor(TOKEN);
  assert.match(shown, /^[\w.~%+-]+$/, "it is a name that a subprotocol may have");
  assert.deepEqual(admin.admit(offering(spoken, shown), ADDRESS), {
    ok: true,
    value: { protocol: "pulso.dashboard" },
  });
  assert.deepEqual(admin.admit(bearing(TOKEN), ADDRESS), { ok: true, value: {} });
  const wrong = [
    new Headers(),
    bearing("wrong"),
    bearing(`${TOKEN}=`),
    offering(spoken),
    offering(shown),
    offering(spoken, TOKEN),
    offering(...protocolsFor("wrong")),
    offering(spoken, "wrong", shown),
    offering(...protocolsFor(`${TOKEN}=`)),
  ];
  for (const headers of wrong) {
    const outcome = admin.admit(headers, ADDRESS);
    assert.equal(!outcome.ok && outcome.error.status, 401, JSON.stringify([...headers]));
  }
  const right = new Headers([...offering(spoken, "wrong"), ...bearing(TOKEN)]);
  assert.equal(admin.admit(right, ADDRESS).ok, false, "a wrong token is not made good by another");
  const refused = told().filter(({ event }) => event === "admin_refused");
  assert.deepEqual([refused.length, refused[0].level, refused[0].address], [
    wrong.length + 1,
    "warning",
    ADDRESS,
  ]);
  assert.ok(!JSON.stringify(told()).includes(TOKEN));
  stop();
});

Deno.test("Admin admits a right token, whatever its address has tried just before, and warns of ten wrong ones at once", () => {
  const time = new FakeTime();
  const { admin, stop, told } = node("n1", { time });
  for (let n = 0; n < 1000; n++) admin.admit(bearing("wrong"), ADDRESS);
  assert.equal(admin.admit(bearing(TOKEN), ADDRESS).ok, true);
  const warnings = () => told().filter(({ event }) => event === "admin_refused").length;
  assert.equal(warnings(), 10);
  time.advance(10_000);
  admin.admit(bearing("wrong"), ADDRESS);
  assert.equal(warnings(), 11);
  stop();
});

Deno.test("Admin counts the sockets that do not end, and forgets those that have not opened after 10 s", async () => {
  const time = new FakeTime();
  const { admin, stop, dashboard } = node("n1", { time });
  const slow = await dashboard();
  await dashboard();
  assert.equal(admin.closing, 0);
  slow.say("{");
  await settle();
  assert.equal(admin.closing, 1);
  slow.socket.end(1011);
  assert.equal(admin.closing, 0);
  const unopened = new FakeSocket();
  admin.connect(unopened.asWebSocket, ADDRESS);
  time.advance(10_000);
  stop();
  assert.deepEqual([admin.closing, unopened.closedWith, time.pending], [1, undefined, 0]);
});

Deno.test("Admin serves 32 dashboards: more may come back when one has left", async () => {
  const { stop, dashboard } = node("n1", { time: new FakeTime() });
  const [first] = await Promise.all(Array.from({ length: 32 }, () => dashboard()));
  const next = await dashboard();
  await eventually(() => assert.equal(next.socket.closedWith?.code, 1013));
  assert.deepEqual(next.take(), []);
  first?.socket.end();
  assert.equal((await dashboard()).take()[0].type, "open");
  stop();
});

Deno.test("Admin closes a dashboard that reads too slowly, floods, says too much at once or what nobody knows, and costs the others nothing", async () => {
  const time = new FakeTime();
  const { stop, dashboard } = node("n1", { time });
  const canary = await dashboard();
  const slow = await dashboard({ reads: false });
  const odd = await dashboard();
  odd.say("{");
  const long = await dashboard();
  const list = JSON.stringify({ type: "list", sort: "username", descending: false, text: "" });
  long.say(list.padEnd(4096));
  assert.equal(long.socket.closedWith, undefined);
  long.say(list.padEnd(4097));
  const flooding = await dashboard();
  for (let n = 0; n < 41; n++) flooding.say({ type: "unwatch" });
  slow.socket.bufferedAmount = 1e6;
  for (let second = 0; second < 12; second++) time.advance(1000);
  await eventually(() => {
    const codes = [slow, odd, long, flooding].map(({ socket }) => socket.closedWith?.code);
    assert.deepEqual(codes, [4008, 1011, 1009, 1008]);
  });
  assert.equal(canary.socket.closedWith, undefined);
  assert.equal(canary.take("news").length, 12);
  stop();
  await eventually(() => assert.equal(canary.socket.closedWith?.code, 1001));
  assert.equal(time.pending, 0);
});
