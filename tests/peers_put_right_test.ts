/**
 * What nodes know of each other after something was lost, late or overtaken, or a node is dead.
 *
 * @module
 */

import assert from "node:assert/strict";
import { encodePeerMessage } from "../lib/peer_message.ts";
import { RecentChanges } from "../lib/recent_changes.ts";
import { Cluster, clusterTest, settled } from "./fake_cluster.ts";
import { FakeTime } from "./fakes.ts";

// -------------------------------------------------------------------------------------------------------- put right

Deno.test("Peers takes a snapshot at once, of those who are here and those who are away", async () => {
  const cluster = new Cluster();
  const a = cluster.add();
  a.here("ana");
  a.here("bob");
  a.away("bob");
  const b = cluster.add();
  await settled();
  assert.deepEqual(b.names, ["ana"]);
  assert.equal(b.changes, 1);
  assert.deepEqual(b.told(), [["ana"], []]);
  assert.equal(b.roster.find("bob")?.isHere, false);
  cluster.stop();
});

clusterTest(
  "Peers puts right what was lost, as soon as a gap shows it",
  2,
  async (cluster, a, b) => {
    a!.here("ana");
    a!.here("bob");
    await cluster.pass(10_000);
    cluster.forget();
    a!.gone("ana");
    a!.away("bob");
    a!.here("carol");
    cluster.time.advance(1000);
    cluster.bus.lose({ to: b!.end });
    await cluster.pass(3000);
    assert.deepEqual(b!.names, ["ana", "bob"]);
    assert.equal(cluster.database.asked, 0);
    a!.here("dave");
    await cluster.pass(500);
    assert.deepEqual(b!.names, ["carol", "dave"]);
    assert.deepEqual(b!.told(), [["dave", "carol"], ["ana"]]);
    assert.equal(b!.roster.find("bob")?.isHere, false);
    assert.equal(cluster.database.asked, 1);
  },
);

clusterTest("Peers puts right each 30 s what no gap has shown", 2, async (cluster, a, b) => {
  while (cluster.database.asked < 2) await cluster.pass(500);
  cluster.forget();
  a!.here("ana");
  cluster.time.advance(1000);
  cluster.bus.lose();
  await cluster.pass(27_000);
  assert.deepEqual(b!.names, []);
  await cluster.pass(4000);
  assert.deepEqual(b!.names, ["ana"]);
});

clusterTest(
  "Peers takes a snapshot when a node is heard for the first time",
  2,
  async (cluster, a) => {
    cluster.database.rows.set("x", {
      ...a!.present("x"),
      user: { ...a!.present("x").user, node: "n" },
      isAway: false,
    });
    a!.end.hear(encodePeerMessage({ node: "n", seq: 7, here: [], away: [], gone: [], reaped: [] }));
    await settled();
    assert.deepEqual([cluster.database.asked, a!.names], [1, ["x"]]);
  },
);

clusterTest(
  "Peers takes a snapshot when the bus is back, and lets the others notice",
  2,
  async (cluster, a, b) => {
    a!.end.set(false);
    a!.here("ana");
    b!.here("bob");
    await cluster.pass(3000);
    assert.deepEqual([a!.names, b!.names], [["ana"], ["bob"]]);
    a!.end.set(true);
    await cluster.pass(500);
    assert.deepEqual([a!.names, b!.names], [["ana", "bob"], ["ana", "bob"]]);
  },
);

clusterTest(
  "Peers takes at most one snapshot a second, whatever is lost",
  2,
  async (cluster, a) => {
    for (let number = 0; number < 20; number++) {
      a!.end.hear(
        encodePeerMessage({
          node: "x",
          seq: 1 + 2 * number,
          here: [],
          away: [],
          gone: [],
          reaped: [],
        }),
      );
      await cluster.pass(500);
    }
    assert.ok(
      cluster.database.asked >= 8 && cluster.database.asked <= 11,
      `${cluster.database.asked}`,
    );
  },
);

clusterTest(
  "Peers believes a snapshot more than what it has heard, whatever the version, once it has settled",
  2,
  async (cluster, a, b) => {
    for (const name of ["ana", "bob", "carol"]) a!.here(name);
    await cluster.pass(35_000);
    cluster.forget();
    const say = (here: unknown[]) =>
      b!.end.hear(
        JSON.stringify({ node: "node-0", seq: 99, here, away: [], gone: [], reaped: [] }),
      );
    const user = (name: string) => ({ ...a!.present(name).user, version: 2 ** 31 - 1 });
    say([{ ...user("ana"), username: "Stolen" }, user("bob")]);
    say([{ ...user("carol"), username: "CAROL", version: 0 }]);
    assert.deepEqual(b!.names, ["bob", "CAROL", "Stolen"]);
    await cluster.pass(8000);
    assert.deepEqual(b!.names, ["ana", "bob", "carol"]);
    assert.equal(b!.roster.find("bob")?.version, 0);
    assert.deepEqual(b!.told(), [[], []], "of those who knew them nobody has heard of it");
    a!.away("bob");
    await cluster.pass(1000);
    assert.deepEqual(b!.names, ["ana", "carol"]);
  },
);

clusterTest("Peers asks for one snapshot at a time", 2, async (cluster, a) => {
  cluster.database.hold();
  for (let times = 0; times < 5; times++) {
    a!.end.set(true);
    await cluster.pass(1500);
  }
  assert.equal(cluster.database.asked, 1);
  await cluster.database.release();
  await cluster.pass(1500);
  assert.equal(cluster.database.asked, 2);
});

clusterTest(
  "Peers tries a snapshot that failed again each 5 s, and complains once",
  2,
  async (cluster, a, b) => {
    cluster.database.isUp = false;
    cluster.bus.lose();
    a!.here("ana");
    cluster.time.advance(0);
    cluster.bus.lose();
    a!.end.set(true);
    b!.end.set(true);
    await settled();
    cluster.bus.lose();
    cluster.database.asked = 0;
    await cluster.pass(20_000);
    assert.ok(cluster.database.asked <= 2 * 5, `${cluster.database.asked}`);
    cluster.database.isUp = true;
    await cluster.pass(6000);
    assert.deepEqual(b!.names, ["ana"]);
    assert.equal(b!.warnings.length, 0, "that the database is away is told already");
    cluster.database.isUp = false;
    cluster.database.code = "DEADLINE";
    await cluster.pass(45_000);
    const [warning, ...more] = b!.warnings;
    assert.deepEqual([warning?.event, more], ["snapshot_failed", []]);
    assert.match(String(warning?.fields?.reason), /Could not use the database/);
    assert.match(String(warning?.fields?.remedy), /DATABASE_URL/);
    cluster.database.isUp = true;
    await cluster.pass(6000);
    cluster.database.isUp = false;
    await cluster.pass(45_000);
    assert.equal(b!.warnings.length, 2, "it is another time");
  },
);

clusterTest(
  "Peers lets a snapshot change nobody who has changed since it began, or shortly before",
  2,
  async (cluster, a, b) => {
    for (const name of ["ana", "bob", "carol"]) a!.here(name);
    await cluster.pass(31_000);
    cluster.forget();
    // The database is slow to learn of it, and slow to answer.
    const before = [...cluster.database.rows];
    a!.gone("ana");
    await cluster.pass(1000);
    for (const [name, row] of before) cluster.database.rows.set(name, row);
    cluster.database.hold();
    b!.end.set(true);
    a!.away("bob");
    a!.gone("carol");
    a!.here("dave");
    await cluster.pass(1000);
    await cluster.database.release();
    assert.deepEqual(b!.names, ["dave"]);
    // What was left open is looked at again.
    cluster.database.rows.delete("ana");
    cluster.forget();
    await cluster.pass(6000);
    assert.ok(cluster.database.asked >= 1);
    assert.deepEqual(b!.names, ["dave"]);
  },
);

clusterTest(
  "Peers lets a snapshot bring nobody back who went while it was under way, and was not known",
  2,
  async (cluster, a, b) => {
    a!.here("ana");
    cluster.time.advance(1000);
    cluster.bus.lose();
    await cluster.pass(5000);
    cluster.database.hold();
    b!.end.set(true);
    a!.gone("ana");
    await cluster.pass(15_000);
    a!.here("bob");
    await cluster.pass(5000);
    assert.equal(b!.roster.find("ana"), undefined);
    await cluster.database.release();
    assert.equal(b!.roster.find("ana"), undefined);
  },
);

clusterTest(
  "Peers lets a snapshot change none of its own, but for one that is another node's by now",
  2,
  async (cluster, a, b) => {
    for (const name of ["ana", "bob", "carol"]) a!.here(name);
    a!.away("carol");
    await cluster.pass(5000);
    const rows = cluster.database.rows;
    rows.set("ana", { ...rows.get("ana")!, isAway: true });
    rows.delete("bob");
    rows.set("gone", { ...a!.present("gone"), isAway: false });
    rows.set("carol", { ...b!.present("carol", 1), isAway: false });
    a!.end.set(true);
    await settled();
    assert.deepEqual(a!.names, ["ana", "bob", "carol"]);
    assert.deepEqual(a!.moved, ["carol"]);
    assert.equal(a!.roster.find("carol")?.user.node, "node-1");
  },
);

clusterTest(
  "Peers under a new node_id tells its sessions again, which is nobody's news",
  2,
  async (cluster, a, b) => {
    for (const name of ["ana", "bob"]) a!.here(name);
    await cluster.pass(5000);
    cluster.forget();
    a!.away("bob");
    await cluster.pass(5000);
    cluster.forget();
    for (const node of [a!, b!]) node.roster.list(1000);
    a!.rename("renewed");
    for (const row of [...cluster.database.rows.values()]) {
      cluster.database.rows.set(row.user.username, {
        ...row,
        user: { ...row.user, node: "renewed" },
      });
    }
    await cluster.pass(2000);
    for (const node of [a!, b!]) {
      assert.equal(node.roster.find("ana")?.user.node, "renewed");
      assert.equal(node.roster.find("bob")?.user.node, "renewed");
      assert.deepEqual(node.names, ["ana"]);
      assert.deepEqual(node.told(), [[], []]);
    }
    assert.deepEqual(a!.moved, []);
    a!.gone("bob");
    a!.away("ana");
    await cluster.pass(2000);
    assert.deepEqual([b!.names, b!.told()], [[], [[], ["bob"]]]);
  },
);

clusterTest(
  "Peers takes nobody from a snapshot that shows its sessions under its former node_id",
  1,
  async (cluster, a) => {
    a!.here("ana");
    await cluster.pass(5000);
    cluster.database.hold();
    a!.end.set(true);
    a!.gone("ana");
    a!.rename("renewed");
    await cluster.pass(5000);
    await cluster.database.release();
    assert.deepEqual(a!.names, []);
  },
);

clusterTest(
  "Peers takes nobody from a snapshot that shows its sessions under its next node_id",
  1,
  async (cluster, a) => {
    a!.here("ana");
    await cluster.pass(5000);
    const row = cluster.database.rows.get("ana")!;
    a!.gone("ana");
    cluster.database.rows.set("ana", { ...row, user: { ...row.user, node: "renewed" } });
    cluster.database.hold();
    a!.end.set(true);
    a!.rename("renewed");
    await cluster.database.release();
    assert.deepEqual(a!.names, []);
  },
);

clusterTest(
  "Peers takes nobody for gone whose node may be about to come back, until it may not",
  2,
  async (cluster, a, b) => {
    a!.here("ana");
    await cluster.pass(5000);
    cluster.forget();
    cluster.database.rows.delete("ana");
    b!.othersMayReturn = true;
    b!.rename("back first");
    await cluster.pass(8000);
    assert.deepEqual([b!.names, b!.told()], [["ana"], [[], []]]);
    b!.othersMayReturn = false;
    await cluster.pass(8000);
    assert.deepEqual(b!.names, []);
  },
);

clusterTest(
  "Peers wants the row again of somebody who is here and has none, not of those who are away",
  1,
  async (cluster, a) => {
    for (const name of ["ana", "bob"]) a!.here(name);
    a!.away("bob");
    await cluster.pass(5000);
    cluster.database.rows.clear();
    await cluster.pass(35_000);
    assert.deepEqual([...new Set(a!.claimedAgain)], ["ana"]);
    assert.deepEqual(a!.names, ["ana"]);
  },
);

clusterTest("Peers takes no snapshot when the bus goes", 1, async (cluster, a) => {
  a!.end.set(false);
  await cluster.pass(5000);
  assert.deepEqual([cluster.database.asked, cluster.bus.take()], [0, []]);
});

clusterTest("Peers remembers of a thousand nodes what it has heard last", 1, async (cluster, a) => {
  const say = (node: string, seq: number) =>
    a!.end.hear(encodePeerMessage({ node, seq, here: [], away: [], gone: [], reaped: [] }));
  for (let number = 0; number <= 1000; number++) say(`x${number}`, 1);
  await cluster.pass(5000);
  cluster.forget();
  say("x1", 2);
  await cluster.pass(2000);
  assert.equal(cluster.database.asked, 0);
  say("x0", 2);
  await cluster.pass(2000);
  assert.equal(cluster.database.asked, 1);
});

Deno.test("RecentChanges remembers for a while, for as long as an answer is awaited, and not too many", () => {
  const time = new FakeTime();
  const recent = new RecentChanges(time);
  recent.note("ana", 3);
  recent.note("ana");
  assert.equal(recent.goneVersion("ana"), 3);
  const asked = time.elapsed();
  recent.keepFrom(asked);
  time.advance(15_000);
  recent.note("bob");
  assert.equal(recent.isSince("ana", asked), true);
  assert.equal(recent.isSince("ana", time.elapsed()), false);
  recent.keepFrom(Infinity);
  recent.note("bob");
  assert.equal(recent.isSince("ana", asked), false);
  assert.equal(recent.goneVersion("ana"), 0);
  for (let number = 0; number < 100_000; number++) recent.note(`c${number}`);
  assert.equal(recent.isSince("bob", time.elapsed()), false);
  assert.equal(recent.isSince("c0", time.elapsed()), true);
});

// ------------------------------------------------------------------------------------------------------------ reaped

clusterTest(
  "Peers.reaped() removes the sessions of a dead node on all nodes",
  3,
  async (cluster, a, b, c) => {
    for (const name of ["ana", "bob"]) a!.here(name);
    c!.here("carol");
    await cluster.pass(2000);
    a!.peers.stop();
    cluster.time.advance(15_000);
    cluster.forget();
    for (const name of ["ana", "bob"]) cluster.database.rows.delete(name);
    b!.peers.reaped(["ana", "bob", "unknown"]);
    assert.equal(b!.changes, 1);
    cluster.time.advance(0);
    cluster.bus.deliver();
    for (const node of [b!, c!]) {
      assert.deepEqual(node.names, ["carol"]);
      assert.deepEqual(node.told(), [[], ["ana", "bob"]]);
    }
    assert.equal(cluster.database.asked, 0);
    await cluster.pass(2000);
  },
);

clusterTest(
  "Peers.reaped() spares who was taken over, or claimed anew by a node that is back",
  3,
  async (cluster, a, b, c) => {
    for (const name of ["ana", "bob"]) a!.here(name);
    await cluster.pass(5000);
    c!.here("ana", 1);
    a!.rename("back");
    a!.here("bob");
    cluster.time.advance(0);
    cluster.bus.deliver({ to: a!.end });
    cluster.bus.deliver({ to: c!.end });
    // To b it is late.
    b!.peers.reaped(["ana", "bob"]);
    assert.deepEqual(b!.names, []);
    await cluster.pass(2000);
    for (const node of [a!, b!, c!]) assert.deepEqual(node.names, ["ana", "bob"]);
    assert.deepEqual(c!.told()[1], []);
    b!.peers.reaped(["bob"]);
    assert.deepEqual(b!.names, ["ana", "bob"], "it was heard of just now");
    a!.peers.reaped(["bob"]);
    const reaped = [{ client_id: "bob", node: "back" }];
    a!.end.hear(encodePeerMessage({ node: "x", seq: 1, here: [], away: [], gone: [], reaped }));
    assert.deepEqual(a!.names, ["ana", "bob"], "it is its own");
  },
);

clusterTest(
  "Peers.reaped() leaves to the database whom it has heard of just now",
  2,
  async (cluster, a, b) => {
    a!.here("ana");
    await cluster.pass(1000);
    cluster.database.rows.delete("ana");
    cluster.forget();
    b!.peers.reaped(["ana"]);
    assert.deepEqual(b!.names, ["ana"]);
    await cluster.pass(6000);
    assert.deepEqual([b!.names, cluster.bus.take()], [[], []]);
  },
);
