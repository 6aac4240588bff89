/**
 * What nodes tell each other of who came and went, and who may say it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { CHANGES, encodePeerMessage, parsePeerMessage } from "../lib/peer_message.ts";
import { clusterTest, settled } from "./fake_cluster.ts";

/** The highest version. */
const MOST = 2 ** 31 - 1;

// ------------------------------------------------------------------------------------------------------- what is told

clusterTest("Peers.here() is joined on the other nodes, once, at once", 3, (cluster, a, b, c) => {
  a!.here("ana");
  cluster.time.advance(0);
  cluster.bus.deliver();
  for (const node of [b!, c!]) {
    assert.deepEqual(node.names, ["ana"]);
    assert.equal(node.roster.online, 1);
    assert.equal(node.changes, 1);
    assert.deepEqual(node.told(), [["ana"], []]);
    assert.deepEqual(node.roster.find("ana"), {
      ...node.roster.find("ana"),
      key: "ana",
      version: 0,
    });
    assert.equal(node.roster.find("ana")?.user.node, "node-0");
  }
  assert.equal(a!.changes, 0, "own messages are nobody's news");
});

clusterTest("Peers publishes at most once a second, merged", 2, async (cluster, a, b) => {
  a!.here("ana");
  cluster.time.advance(0);
  a!.here("bob");
  a!.here("carol");
  a!.away("ana");
  cluster.time.advance(999);
  assert.equal(cluster.bus.published.length, 1);
  cluster.time.advance(1);
  cluster.bus.deliver();
  const [first, second, ...more] = cluster.bus.take();
  assert.deepEqual(more, []);
  assert.deepEqual([first.seq + 1, second.node], [second.seq, "node-0"]);
  assert.deepEqual(second.here.map(({ username }: { username: string }) => username), [
    "bob",
    "carol",
  ]);
  assert.deepEqual([second.away, second.gone, second.reaped], [["ana"], [], []]);
  assert.deepEqual(b!.names, ["bob", "carol"]);
  await cluster.pass(5000);
  assert.equal(cluster.bus.published.length, 0, "nothing is published where nothing has changed");
});

clusterTest("Peers tells nothing of who came and went in between", 2, async (cluster, a) => {
  a!.here("ana");
  a!.gone("ana");
  await cluster.pass(2000);
  assert.deepEqual(cluster.bus.take(), []);
});

clusterTest(
  "Peers.away() and here() are nobody's news on the other nodes, gone() is",
  2,
  async (cluster, a, b) => {
    a!.here("ana");
    await cluster.pass(1000);
    assert.deepEqual(b!.told(), [["ana"], []]);
    a!.away("ana");
    await cluster.pass(1000);
    assert.deepEqual([b!.names, b!.roster.online, b!.told()], [[], 0, [[], []]]);
    a!.here("ana");
    await cluster.pass(1000);
    assert.deepEqual([b!.told(), b!.roster.online], [[[], []], 1]);
    a!.away("ana");
    await cluster.pass(1000);
    a!.gone("ana");
    await cluster.pass(1000);
    assert.deepEqual(b!.told(), [[], ["ana"]]);
    assert.equal(b!.roster.find("ana"), undefined);
  },
);

clusterTest(
  "Peers tells who came and is away by then as nobody's news",
  2,
  async (cluster, a, b) => {
    a!.here("bob");
    cluster.time.advance(0);
    a!.here("ana");
    a!.away("ana");
    await cluster.pass(1000);
    assert.deepEqual(b!.told(), [["bob"], []]);
    assert.equal(b!.roster.find("ana")?.isHere, false);
    a!.here("ana");
    await cluster.pass(1000);
    assert.deepEqual(b!.told(), [["ana"], []]);
  },
);

clusterTest("Peers splits many changes into messages of less than 256 KiB", 2, (cluster, a, b) => {
  const name = (number: number) => "漢".repeat(27) + String(10_000 + number);
  for (let number = 0; number < 2500; number++) {
    const user = {
      ...a!.present("x").user,
      username: name(number),
      client_id: `${"漢".repeat(11)}${10_000 + number}`,
    };
    a!.peers.here({ user, key: user.username, version: MOST });
  }
  cluster.time.advance(0);
  assert.equal(cluster.bus.published.length, 3);
  const sizes = cluster.bus.published.map((text) => new TextEncoder().encode(text).length);
  assert.ok(Math.max(...sizes) < 256 * 1024, `${sizes}`);
  cluster.bus.deliver();
  assert.equal(b!.roster.online, 2500);
  assert.deepEqual(b!.warnings, []);
});

clusterTest(
  "Peers.stop() tells what is not told yet, and then nothing more",
  2,
  async (cluster, a, b) => {
    a!.here("ana");
    cluster.time.advance(0);
    a!.here("bob");
    a!.peers.stop();
    a!.here("carol");
    b!.here("dave");
    await cluster.pass(40_000);
    assert.deepEqual(a!.names, ["ana", "bob", "carol"]);
    const told = cluster.bus.take().filter(({ node }) => node === "node-0");
    assert.equal(told.length, 2);
  },
);

clusterTest(
  "Peers tells nothing after stop(), also where there was nothing left to tell",
  2,
  async (cluster, a, b) => {
    a!.peers.stop();
    a!.here("ana");
    cluster.time.advance(5000);
    assert.deepEqual(cluster.bus.take(), []);
    cluster.database.hold();
    b!.end.set(true);
    b!.peers.stop();
    await cluster.database.release();
    cluster.bus.take();
    b!.end.set(true);
    assert.deepEqual([b!.names, cluster.bus.take()], [[], []]);
  },
);

clusterTest(
  "Peers tells that somebody is gone who was taken over just before",
  3,
  async (cluster, a, b, c) => {
    a!.here("ana");
    await cluster.pass(5000);
    b!.here("ana", 1);
    b!.gone("ana");
    cluster.time.advance(0);
    cluster.bus.deliver();
    assert.deepEqual(c!.names, []);
    await settled();
    assert.deepEqual([a!.names, a!.moved], [[], ["ana"]]);
  },
);

// ------------------------------------------------------------------------------------------------- who may say what

clusterTest(
  "Peers takes away and gone only from the node that has the session",
  3,
  async (cluster, a, b, c) => {
    a!.here("ana");
    await cluster.pass(1000);
    const { seq } = cluster.bus.take().at(-1);
    for (const part of [{ away: ["ana"] }, { gone: ["ana"] }]) {
      const message = {
        node: "node-1",
        seq: seq + 1,
        here: [],
        away: [],
        gone: [],
        reaped: [],
        ...part,
      };
      for (const node of [a!, c!]) node.end.hear(encodePeerMessage(message));
    }
    for (const node of [a!, b!, c!]) assert.deepEqual(node.names, ["ana"]);
  },
);

clusterTest(
  "Peers.moved: a higher version takes a session over, and what its former node had to say is dropped",
  3,
  async (cluster, a, b, c) => {
    a!.here("ana");
    await cluster.pass(1000);
    cluster.forget();
    a!.here("bob");
    cluster.time.advance(0);
    b!.here("ana", 1);
    a!.peers.away("ana");
    cluster.time.advance(0);
    cluster.bus.deliver({ to: a!.end });
    await settled();
    assert.deepEqual(a!.moved, ["ana"]);
    a!.peers.gone("ana");
    await cluster.pass(2000);
    for (const node of [a!, b!, c!]) {
      assert.deepEqual(node.names, ["ana", "bob"]);
      assert.equal(node.roster.find("ana")?.user.node, "node-1");
    }
    const ofAna = cluster.bus.take().filter((one) => JSON.stringify(one).includes("ana"));
    assert.deepEqual(ofAna.map(({ node }) => node), ["node-1"]);
    assert.deepEqual(a!.told()[1], []);
  },
);

clusterTest(
  "Peers.moved: what others say of an own session is a hint, the database decides",
  2,
  async (cluster, a, b) => {
    const { version, ...rest } = { ...a!.here("ana").user, version: MOST };
    await cluster.pass(5000);
    cluster.forget();
    const message = { seq: 0, here: [{ ...rest, version }], away: [], gone: [], reaped: [] };
    for (let seconds = 0; seconds < 20; seconds++) {
      message.seq++;
      for (const part of [{}, { away: ["ana"] }, { gone: ["ana"] }]) {
        a!.end.hear(JSON.stringify({ ...message, ...part, node: "invented" }));
      }
      await cluster.pass(1000);
      assert.deepEqual([a!.names, a!.moved, [...a!.own]], [["ana"], [], ["ana"]]);
    }
    assert.equal(a!.roster.find("ana")?.version, 0);
    assert.deepEqual(a!.told(), [[], []]);
    assert.ok(cluster.database.asked <= 22, `${cluster.database.asked}`);
    b!.here("ana", 1);
    await cluster.pass(2000);
    assert.deepEqual([a!.moved, a!.roster.find("ana")?.user.node], [["ana"], "node-1"]);
  },
);

clusterTest(
  "Peers.moved: what an older snapshot does not know is not over, nor what is doubted no more",
  1,
  async (cluster, a) => {
    cluster.database.hold();
    a!.end.set(true);
    await cluster.pass(500);
    const { user } = a!.here("ana");
    const message = { node: "x", seq: 1, here: [{ ...user, version: 1 }] };
    const say = (more: Record<string, unknown>) =>
      a!.end.hear(JSON.stringify({ ...message, away: [], gone: [], reaped: [], ...more }));
    say({});
    await cluster.database.release();
    assert.deepEqual(a!.moved, []);
    await cluster.pass(35_000);
    cluster.forget();
    say({ seq: 2, here: [{ ...user, version: 0 }] });
    await cluster.pass(3000);
    assert.equal(cluster.database.asked, 0, "who says nothing new needs no answer");
    cluster.database.rows.clear();
    a!.end.set(true);
    await cluster.pass(35_000);
    assert.deepEqual([a!.moved, a!.names], [[], ["ana"]]);
  },
);

clusterTest(
  "Peers.moved: a session that was taken and is over while a snapshot was under way is over here",
  2,
  async (cluster, a, b) => {
    a!.here("ana");
    await cluster.pass(5000);
    cluster.database.hold();
    a!.end.set(true);
    await cluster.pass(500);
    b!.here("ana", 1);
    b!.gone("ana");
    await cluster.pass(1000);
    await cluster.database.release();
    await cluster.pass(2000);
    assert.deepEqual([a!.moved, a!.names], [["ana"], []]);
  },
);

clusterTest(
  "Peers.moved: a session that another node has taken is away by what this one says, and gone",
  2,
  async (cluster, a, b) => {
    a!.here("ana");
    await cluster.pass(5000);
    b!.here("ana", 1);
    cluster.time.advance(0);
    cluster.database.hold();
    cluster.bus.deliver();
    b!.away("ana");
    await cluster.pass(1000);
    await cluster.database.release();
    assert.deepEqual(a!.moved, ["ana"]);
    await cluster.pass(7000);
    assert.deepEqual([a!.names, a!.roster.find("ana")?.user.node], [[], "node-1"]);
    b!.gone("ana");
    await cluster.pass(1000);
    assert.equal(a!.roster.find("ana"), undefined);
  },
);

clusterTest(
  "Peers.moved: the session may come back with a still higher version",
  2,
  async (cluster, a, b) => {
    a!.here("ana");
    await cluster.pass(1000);
    b!.here("ana", 1);
    await cluster.pass(1000);
    a!.here("ana", 2);
    await cluster.pass(1000);
    assert.deepEqual([a!.moved, b!.moved], [["ana"], ["ana"]]);
    b!.peers.gone("ana");
    await cluster.pass(1000);
    for (const node of [a!, b!]) assert.equal(node.roster.find("ana")?.user.node, "node-0");
  },
);

clusterTest(
  "Peers ignores what is overtaken: a lower version, a session that is over, an older holder of the name",
  3,
  async (cluster, a, b, c) => {
    a!.here("ana");
    a!.here("bob");
    a!.here("carol");
    cluster.time.advance(0);
    // To c it is late.
    cluster.bus.deliver({ to: a!.end });
    cluster.bus.deliver({ to: b!.end });
    b!.here("ana", 1);
    b!.here("bob", 1);
    cluster.time.advance(1000);
    a!.gone("carol");
    cluster.time.advance(1000);
    const carol = {
      ...b!.present("Carol"),
      user: { ...b!.present("Carol").user, client_id: "other" },
    };
    b!.show(carol);
    b!.gone("bob");
    cluster.time.advance(1000);
    cluster.bus.deliver({ from: b!.end, to: c!.end });
    cluster.bus.deliver({ from: a!.end, to: c!.end });
    assert.deepEqual(c!.names, ["ana", "Carol"]);
    assert.deepEqual(c!.roster.list(10).map(({ node }) => node), ["node-1", "node-1"]);
    await cluster.pass(2000);
  },
);

clusterTest(
  "Peers ignores what is overtaken also of a session that was over on this node",
  3,
  async (cluster, a, b, c) => {
    a!.here("ana");
    cluster.time.advance(0);
    b!.here("ana", 1);
    cluster.time.advance(0);
    b!.gone("ana");
    cluster.bus.deliver({ from: a!.end, to: b!.end });
    assert.equal(b!.roster.find("ana"), undefined);
    cluster.time.advance(1000);
    cluster.bus.deliver();
    await cluster.pass(1000);
    assert.deepEqual([a!.names, b!.names, c!.names], [[], [], []]);
  },
);

clusterTest("Peers ignores of a lower version also that it is away", 3, (cluster, a, b, c) => {
  a!.here("ana");
  a!.away("ana");
  cluster.time.advance(0);
  b!.here("ana", 1);
  cluster.time.advance(0);
  cluster.bus.deliver({ from: b!.end, to: c!.end });
  cluster.bus.deliver({ from: a!.end, to: c!.end });
  assert.deepEqual(c!.names, ["ana"]);
});

clusterTest(
  "Peers lets no other node have the name of somebody who is here, until the database has decided",
  2,
  async (cluster, a, b) => {
    // Both were let in while the database was away.
    cluster.database.isUp = false;
    const first = a!.present("ana");
    cluster.time.advance(5);
    const second = b!.present("Ana");
    a!.show(first);
    b!.show(second);
    await cluster.pass(2000);
    assert.deepEqual([a!.names, b!.names], [["ana"], ["Ana"]]);
    cluster.database.isUp = true;
    cluster.database.rows.set("Ana", { ...second, isAway: false });
    a!.gone("ana");
    await cluster.pass(6000);
    assert.deepEqual([a!.names, b!.names], [["Ana"], ["Ana"]]);
    assert.deepEqual(a!.moved, []);
  },
);

clusterTest(
  "Peers lets another node have the name of somebody who is away",
  2,
  async (cluster, a, b) => {
    a!.here("ana");
    await cluster.pass(1000);
    a!.told();
    a!.away("ana");
    const second = b!.present("Ana");
    b!.show(second);
    await cluster.pass(1000);
    assert.deepEqual([a!.names, a!.told()], [["Ana"], [["Ana"], ["ana"]]]);
    a!.peers.gone("ana");
    await cluster.pass(1000);
    assert.deepEqual([a!.names, b!.names], [["Ana"], ["Ana"]]);
  },
);

clusterTest(
  "Peers drops entries that are wrong, takes the others, and complains once in a while",
  1,
  async (cluster, a) => {
    const good = {
      username: "ana",
      client_id: "c1",
      connected_at: "2026-11-20T14:30:25.123Z",
      version: 0,
    };
    const poisoned = [
      null,
      { ...good, username: "server" },
      { ...good, username: " ana" },
      { ...good, username: "x".repeat(33) },
      { ...good, client_id: "" },
      { ...good, client_id: "x".repeat(17) },
      { ...good, connected_at: "today" },
      { ...good, version: -1 },
      { ...good, version: MOST + 1 },
      { ...good, version: undefined },
    ];
    const say = (seq: number, here: unknown[]) =>
      a!.end.hear(JSON.stringify({ node: "x", seq, here, away: [], gone: [], reaped: [] }));
    say(1, [...poisoned, good]);
    assert.deepEqual(a!.names, ["ana"]);
    assert.deepEqual(a!.warnings, [
      { event: "peer_entries_dropped", fields: { node: "x", entries: poisoned.length } },
    ]);
    say(2, poisoned);
    for (const text of ["", "null", "{}", '{"node":"x"}', "[".repeat(100_000)]) a!.end.hear(text);
    assert.equal(a!.warnings.length, 1);
    await cluster.pass(60_000);
    a!.end.hear("not JSON");
    assert.deepEqual(a!.warnings.map(({ event }) => event), [
      "peer_entries_dropped",
      "peer_message_unreadable",
    ]);
  },
);

Deno.test("parsePeerMessage() reads what encodePeerMessage() writes, and makes the keys anew", () => {
  const user = {
    username: "Ana",
    client_id: "c1",
    connected_at: "2026-11-20T14:30:25.123Z",
    node: "n",
  };
  const message = {
    node: "n",
    seq: 3,
    here: [{ user, key: "ana", version: 2 }],
    away: ["c2"],
    gone: ["c3"],
    reaped: [{ client_id: "c4", node: "m" }],
  };
  const text = encodePeerMessage(message);
  const never = () => false;
  assert.deepEqual(parsePeerMessage(text, never), { message, dropped: 0 });
  assert.equal(parsePeerMessage(text, (node) => node === "n"), "own");
  assert.ok(!text.includes('"key"'));
  const tooMany = { ...message, away: Array(CHANGES + 1).fill("c") };
  assert.equal(parsePeerMessage(encodePeerMessage(tooMany), never), "unreadable");
});
