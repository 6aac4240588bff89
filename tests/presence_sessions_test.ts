import assert from "node:assert/strict";
import fc from "fast-check";
import type { Resumed } from "../lib/presence.ts";
import type { Database, Row } from "../lib/queries.ts";
import { eventually } from "./eventually.ts";
import {
  claimant,
  GRACE_MS,
  LEASE_MS,
  loseDatabase,
  type Node,
  testOnDatabases,
  type World,
} from "./presence_world.ts";

/** The session of that client. */
const hash = (id: string) => claimant(id).sessionHash;

/** All rows, in short: `a away`, `b`. */
async function rows(database: Database): Promise<string[]> {
  const all = await database.query(
    "select client_id, away_until is not null as is_away from connections order by client_id",
  );
  return all.map(({ client_id, is_away }) => `${client_id}${is_away ? " away" : ""}`);
}

async function row(database: Database, clientId: string): Promise<Row | undefined> {
  const found = await database.query(
    `select node_id, version, extract(epoch from away_until - clock_timestamp())::float8 as rest
     from connections where client_id = $1`,
    [clientId],
  );
  return found[0];
}

/** The grace of all who are away is over. */
async function endGrace(database: Database): Promise<void> {
  await database.query(
    "update connections set away_until = clock_timestamp() - interval '1 ms' where away_until is not null",
  );
}

async function endLeaseOf({ presence }: Node, database: Database): Promise<void> {
  await database.query(
    "update nodes set lease_until = clock_timestamp() - interval '1 s' where node_id = $1",
    [presence.nodeId],
  );
}

/** What was asked of a node before is written when the answer to this is there. */
async function written({ presence }: Node): Promise<void> {
  await presence.claim(claimant("~"));
  presence.release("~", 1000);
  await presence.resume(hash("nobody"));
}

/** Takes a session over, where the database can say whether there is one. */
async function resume({ presence }: Node, id: string): Promise<Resumed | undefined> {
  const resumed = await presence.resume(hash(id));
  assert.ok(resumed !== "away");
  return resumed;
}

/** Lets a node keep its lease once. */
async function keepLease({ time }: Node): Promise<void> {
  time.advance(LEASE_MS / 3);
  // It is done when the next timer waits.
  await eventually(() => assert.equal(time.pending, 1));
}

/** What holds on every database. */
const CONTRACT: Record<string, (world: World) => Promise<void>> = {
  "leave() keeps the name from others for the grace, and is not in connected_users": async (
    { nodes, names, beside },
  ) => {
    const [one, two] = await nodes(2) as [Node, Node];
    await one.presence.claim(claimant("a", "Ana"));
    one.presence.leave("a", 1006);
    await written(one);
    assert.deepEqual([await names(), await rows(beside)], [[], ["a away"]]);
    const { rest } = await row(beside, "a") as { rest: number };
    assert.ok(rest > GRACE_MS / 1000 - 2 && rest <= GRACE_MS / 1000, String(rest));
    assert.deepEqual(await two.presence.claim(claimant("b", "ANA")), { is: "taken" });
    assert.equal((await one.presence.list({ limit: 9, after: "" })).online, 0);
    await endGrace(beside);
    assert.equal((await two.presence.claim(claimant("b", "ANA"))).is, "held");
    one.presence.release("a", 1000);
    await written(one);
    assert.deepEqual(await names(), ["ANA"]);
  },
  "claim() brings back who is away, connected since before": async ({ nodes, beside }) => {
    const [one] = await nodes(1) as [Node];
    const first = await one.presence.claim(claimant("a"));
    assert.ok(first.is === "held");
    one.presence.leave("a", 1006);
    await written(one);
    const { connectedAt } = first;
    assert.deepEqual(await one.presence.claim({ ...claimant("a"), connectedAt }), first);
    assert.deepEqual(await rows(beside), ["a"]);
  },
  "writes leaves that come together together": async ({ nodes, database, beside }) => {
    const [one] = await nodes(1) as [Node];
    const ids = Array.from({ length: 500 }, (_, i) => `c${i}`);
    await Promise.all(ids.map((id) => one.presence.claim(claimant(id))));
    const before = database.statements.length;
    for (const id of ids) one.presence.leave(id, 1006);
    await eventually(async () => assert.equal((await rows(beside))[499], "c99 away"));
    assert.ok(database.statements.length - before <= 2, database.statements.slice(before).join());
  },
  "does the last of what was asked for a session, whatever came together": async (world) => {
    const ids = ["a", "b", "c"];
    const step = fc.record({
      id: fc.constantFrom(...ids),
      ask: fc.constantFrom("claim", "leave", "release"),
      turns: fc.nat(3),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const [one] = await world.nodes(1) as [Node];
        const expected = new Map<string, string>();
        for (const { id, ask, turns } of steps) {
          if (ask === "claim") {
            void one.presence.claim(claimant(id));
            expected.set(id, id);
          } else if (ask === "leave") {
            one.presence.leave(id, 1006);
            if (expected.has(id)) expected.set(id, `${id} away`);
          } else {
            one.presence.release(id, 1000);
            expected.delete(id);
          }
          for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
        }
        await written(one);
        assert.deepEqual(await rows(world.beside), [...expected.values()].sort());
        await one.presence.close();
        await world.beside.query("delete from nodes");
      }),
      { numRuns: 30 },
    );
  },
  "resume() takes a session over from another node, connected or away": async (
    { nodes, names, beside },
  ) => {
    const [one, two] = await nodes(2) as [Node, Node];
    const claimed = await Promise.all(["a", "b"].map((id) => one.presence.claim(claimant(id))));
    one.presence.leave("a", 1006);
    await written(one);
    const resumed = await Promise.all(["a", "b"].map((id) => two.presence.resume(hash(id))));
    assert.deepEqual(
      resumed,
      ["a", "b"].map((id, index) => {
        const outcome = claimed[index];
        assert.ok(outcome?.is === "held");
        const { connectedAt } = outcome;
        return { clientId: id, username: id, usernameKey: id, connectedAt, version: 1 };
      }),
    );
    assert.deepEqual(await names(), ["a", "b"]);
    assert.equal((await row(beside, "a"))?.node_id, two.presence.nodeId);
    two.presence.leave("a", 1006);
    two.presence.release("b", 1000);
    await written(two);
    assert.deepEqual(await rows(beside), ["a away"], "they are kept on the node that has them");
  },
  "release(), leave() and claim() do nothing to a session that another node has": async (
    { nodes, beside },
  ) => {
    const [one, two] = await nodes(2) as [Node, Node];
    for (const id of ["a", "b", "c", "d", "e"]) await one.presence.claim(claimant(id));
    for (const id of ["a", "b", "c", "d", "e"]) await two.presence.resume(hash(id));
    one.presence.release("a", 1000);
    one.presence.leave("b", 1006);
    one.presence.release("c", 1000);
    assert.deepEqual(await one.presence.claim(claimant("d")), { is: "taken" });
    await written(one);
    assert.deepEqual(await rows(beside), ["a", "b", "c", "d", "e"]);
    for (const id of ["a", "b", "c", "d", "e"]) {
      assert.equal((await row(beside, id))?.node_id, two.presence.nodeId);
    }
    assert.deepEqual(one.taken, []);
  },
  "resume() brings a session back to the node that had it, with a version for each time": async (
    { nodes, beside },
  ) => {
    const [one, two] = await nodes(2) as [Node, Node];
    await one.presence.claim(claimant("a"));
    await two.presence.resume(hash("a"));
    assert.equal((await resume(one, "a"))?.version, 2);
    two.presence.release("a", 1000);
    await written(two);
    assert.equal((await row(beside, "a"))?.node_id, one.presence.nodeId);
    one.presence.release("a", 1000);
    await written(one);
    assert.deepEqual(await rows(beside), []);
  },
  "resume() takes a session over from a node that is dead": async ({ nodes, names, beside }) => {
    const [one, two] = await nodes(2) as [Node, Node];
    await one.presence.claim(claimant("a"));
    await endLeaseOf(one, beside);
    assert.equal((await resume(two, "a"))?.version, 1);
    assert.deepEqual(await names(), ["a"]);
  },
  "resume() keeps the session whose end on this node was told while it was under way": async (
    { nodes, names, database, beside },
  ) => {
    const [one, two] = await nodes(2) as [Node, Node];
    await one.presence.claim(claimant("a"));
    await two.presence.resume(hash("a"));
    database.onQuery = (text) => {
      if (!text.includes("version + 1")) return;
      database.onQuery = () => {};
      one.presence.release("a", 1000);
    };
    assert.equal((await resume(one, "a"))?.version, 2);
    await written(one);
    assert.deepEqual(await names(), ["a"]);
    assert.equal((await row(beside, "a"))?.node_id, one.presence.nodeId);
  },
  "resume() finds no session that is unknown, released or away for longer than the grace": async (
    { nodes, beside },
  ) => {
    const [one, two] = await nodes(2) as [Node, Node];
    await one.presence.claim(claimant("a"));
    await one.presence.claim(claimant("b"));
    one.presence.release("b", 1000);
    one.presence.leave("a", 1006);
    await written(one);
    await endGrace(beside);
    const before = await row(beside, "a");
    for (const id of ["a", "b", "c"]) assert.equal(await two.presence.resume(hash(id)), undefined);
    assert.equal((await row(beside, "a"))?.version, before?.version);
  },
  "resume() answers at once while the database is away, and is answered when it goes": async (
    { nodes, database },
  ) => {
    const [one] = await nodes(1) as [Node];
    await one.presence.claim(claimant("a"));
    one.presence.leave("a", 1006);
    await written(one);
    database.away = true;
    assert.equal(await one.presence.resume(hash("a")), "away");
    await eventually(() => assert.equal(one.presence.up, false));
    const before = database.statements.length;
    one.time.advance(GRACE_MS - 1);
    assert.equal(await one.presence.resume(hash("a")), "away");
    one.time.advance(1);
    assert.equal(await one.presence.resume(hash("a")), undefined, "it is over by now");
    const asked = database.statements.slice(before);
    assert.deepEqual(asked.filter((text) => /session_hash/.test(text)), []);
  },
  "resume() shares a statement with those that come together": async ({ nodes, database }) => {
    const [one, two] = await nodes(2) as [Node, Node];
    const ids = Array.from({ length: 100 }, (_, i) => `c${i}`);
    await Promise.all(ids.map((id) => one.presence.claim(claimant(id))));
    const before = database.statements.length;
    const resumed = await Promise.all(ids.map((id) => resume(two, id)));
    assert.deepEqual(resumed.map((session) => session?.clientId), ids);
    assert.ok(database.statements.length - before <= 2, database.statements.slice(before).join());
  },
  "resume() takes a new lease where that of the node is over": async ({ nodes, names, beside }) => {
    const [one, two] = await nodes(2) as [Node, Node];
    await one.presence.claim(claimant("a"));
    await two.presence.claim(claimant("b"));
    await endLeaseOf(two, beside);
    assert.equal((await resume(two, "a"))?.clientId, "a");
    assert.equal((await row(beside, "a"))?.node_id, two.presence.nodeId);
    assert.equal((await row(beside, "b"))?.node_id, two.presence.nodeId);
    assert.deepEqual(await names(), ["a", "b"]);
  },
  "takes nothing back that another node has resumed, where its own lease is over": async (
    { nodes, beside },
  ) => {
    const [one, two] = await nodes(2) as [Node, Node];
    for (const id of ["a", "b", "c"]) await one.presence.claim(claimant(id));
    one.presence.leave("a", 1006);
    await written(one);
    await two.presence.resume(hash("a"));
    await two.presence.resume(hash("b"));
    await endLeaseOf(one, beside);
    await keepLease(one);
    const nodeOf = async (id: string) => (await row(beside, id))?.node_id;
    const [first, second] = [one.presence.nodeId, two.presence.nodeId];
    assert.deepEqual(
      [await nodeOf("a"), await nodeOf("b"), await nodeOf("c")],
      [second, second, first],
    );
    assert.deepEqual([one.taken, one.moved], [[], ["b"]], "of who is away nothing is told");
    await endLeaseOf(two, beside);
    await endLeaseOf(one, beside);
    await keepLease(one);
    assert.equal(await nodeOf("b"), second, "nor where the other one's is over too");
    await keepLease(two);
    assert.deepEqual([await nodeOf("a"), await nodeOf("b")], Array(2).fill(two.presence.nodeId));
  },
  "writes those who are away anew with the rest of their grace when the database is back": async (
    { nodes, database, beside },
  ) => {
    const [one] = await nodes(1) as [Node];
    for (const id of ["a", "b", "c", "d"]) await one.presence.claim(claimant(id));
    one.presence.leave("a", 1006);
    await written(one);
    database.away = true;
    await one.presence.claim(claimant("e"));
    one.presence.leave("b", 1006);
    one.presence.leave("c", 1006);
    one.presence.release("c", 1000);
    await one.presence.claim(claimant("successor", "c"));
    one.time.advance(500);
    one.presence.leave("b", 1006);
    assert.deepEqual(await rows(beside), ["a away", "b", "c", "d"]);
    database.away = false;
    one.time.advance(3500);
    await eventually(() => assert.equal(one.presence.up, true));
    assert.deepEqual(await rows(beside), ["a away", "b away", "d", "e", "successor"]);
    assert.deepEqual(one.taken, []);
    for (const id of ["a", "b"]) {
      const { rest } = await row(beside, id) as { rest: number };
      assert.ok(rest > 4 && rest <= 6, String(rest));
    }
    await endGrace(beside);
    assert.equal((await one.presence.claim({ ...claimant("f"), usernameKey: "a" })).is, "held");
  },
  "release() forgets who is away where the truth is being written meanwhile": async (
    { nodes, database, beside },
  ) => {
    const [one] = await nodes(1) as [Node];
    await loseDatabase(one.presence, database);
    one.presence.leave("b", 1006);
    database.onTransaction = () => {
      one.presence.leave("a", 1006);
      one.presence.release("b", 1000);
    };
    await one.presence.start();
    await eventually(async () => assert.deepEqual(await rows(beside), ["a away", "c"]));
  },
  "claim() is answered once where it is made again while it is under way": async ({ nodes }) => {
    const [one, two] = await nodes(2) as [Node, Node];
    await two.presence.claim(claimant("a", "Ana"));
    const first = one.presence.claim(claimant("b", "Ana"));
    await new Promise(setImmediate);
    const second = one.presence.claim(claimant("b", "Ana"));
    assert.deepEqual([(await first).is, (await second).is], ["unrecorded", "taken"]);
    assert.deepEqual(one.taken, []);
  },
  "goes on where two claim the same name together: one gets it": async ({ nodes, beside }) => {
    const [one] = await nodes(1) as [Node];
    const outcomes = await Promise.all([
      one.presence.claim(claimant("x", "x")),
      one.presence.claim(claimant("a", "Ana")),
      one.presence.claim({ ...claimant("b", "ANA"), version: 1 }),
    ]);
    assert.deepEqual(outcomes.map(({ is }) => is), ["held", "taken", "held"]);
    assert.deepEqual([one.presence.up, await rows(beside)], [true, ["b", "x"]]);
  },
  "reaped() tells one node only which sessions went with a dead one": async ({ nodes, beside }) => {
    const [dead, one, two] = await nodes(3) as [Node, Node, Node];
    for (const id of ["a", "b", "c"]) await dead.presence.claim(claimant(id));
    dead.presence.leave("b", 1006);
    await written(dead);
    await one.presence.claim(claimant("d"));
    await two.presence.resume(hash("c"));
    for (const { time } of [one, two]) time.advance(LEASE_MS / 3);
    await endLeaseOf(dead, beside);
    for (let third = 0; third < 2; third++) await Promise.all([keepLease(one), keepLease(two)]);
    assert.deepEqual([...one.reaped, ...two.reaped].sort(), ["a", "b"]);
    assert.deepEqual(await rows(beside), ["c", "d"]);
    await Promise.all([keepLease(one), keepLease(two)]);
    assert.equal(one.reaped.length + two.reaped.length, 2);
  },
  "snapshot() has those of all nodes who are connected or may come back": async (
    { nodes, database, beside },
  ) => {
    const [dead, one, two] = await nodes(3) as [Node, Node, Node];
    await dead.presence.claim(claimant("dead"));
    for (const id of ["a", "over", "moved"]) await one.presence.claim(claimant(id));
    one.presence.leave("over", 1006);
    await written(one);
    await endGrace(beside);
    await two.presence.claim(claimant("b", "Bia"));
    two.presence.leave("b", 1006);
    await two.presence.resume(hash("moved"));
    await written(two);
    await endLeaseOf(dead, beside);
    const snapshot = await one.presence.snapshot();
    const short = snapshot.map(({ user: { username, client_id, node }, ...entry }) => [
      client_id,
      username,
      node === one.presence.nodeId ? "one" : "two",
      entry,
    ]);
    assert.deepEqual(short.sort(), [
      ["a", "a", "one", { key: "a", version: 0, isAway: false }],
      ["b", "Bia", "two", { key: "bia", version: 0, isAway: true }],
      ["moved", "moved", "two", { key: "moved", version: 1, isAway: false }],
    ]);
    assert.match(snapshot[0]!.user.connected_at, /^\d{4}-.*Z$/);
    database.away = true;
    await one.presence.claim(claimant("c"));
    await assert.rejects(one.presence.snapshot(), { code: "AWAY" });
  },
  "close() leaves sessions for other nodes to resume, but for those that were released": async (
    { nodes, names, beside },
  ) => {
    const [one, two] = await nodes(2) as [Node, Node];
    for (const id of ["a", "b", "c"]) await one.presence.claim(claimant(id));
    one.presence.leave("b", 1006);
    await written(one);
    const closing = one.presence.claim(claimant("d"));
    one.presence.release("c", 1000);
    await one.presence.close();
    await closing;
    assert.deepEqual(await names(), []);
    assert.equal((await two.presence.claim(claimant("other", "a"))).is, "taken");
    assert.equal((await resume(two, "b"))?.version, 1);
    assert.equal((await resume(two, "a"))?.version, 1);
    assert.equal(await two.presence.resume(hash("c")), undefined);
    const lease = await beside.query(
      `select extract(epoch from lease_until - clock_timestamp())::float8 as rest
       from nodes where node_id = $1`,
      [one.presence.nodeId],
    );
    const rest = Number(lease[0]?.rest);
    assert.ok(rest > GRACE_MS / 1000 - 2 && rest <= GRACE_MS / 1000, String(rest));
  },
  "close() prolongs nobody's grace": async ({ nodes, beside }) => {
    const [one] = await nodes(1) as [Node];
    for (const id of ["a", "b"]) await one.presence.claim(claimant(id));
    one.presence.leave("a", 1006);
    await written(one);
    await beside.query("update connections set away_until = away_until - interval '5 s'");
    await one.presence.close();
    const rest = async (id: string) => Number((await row(beside, id))?.rest);
    const [first, second] = [await rest("a"), await rest("b")];
    assert.ok(first > 2 && first <= GRACE_MS / 1000 - 5, String(first));
    assert.ok(second > GRACE_MS / 1000 - 2, String(second));
  },
  "warns of a node that is dead, not of one that had left": async ({ nodes, beside }) => {
    const [watcher, left, idle, dead] = await nodes(4) as [Node, Node, Node, Node];
    for (const [index, node] of [left, dead].entries()) {
      for (const id of ["a", "b"]) await node.presence.claim(claimant(`${id}${index}`));
    }
    dead.presence.leave("a1", 1006);
    await written(dead);
    await left.presence.close();
    for (const node of [left, idle, dead]) await endLeaseOf(node, beside);
    for (let third = 0; third < 3; third++) await keepLease(watcher);
    const reaped = watcher.logged.filter(({ event }) => event === "node_reaped");
    const levels = new Map(reaped.map(({ node, level, lost }) => [node, [level, lost]]));
    assert.deepEqual(
      [left, idle, dead].map(({ presence }) => levels.get(presence.nodeId)),
      [["info", 0], ["info", 0], ["warning", 1]],
    );
    assert.deepEqual(watcher.reaped.sort(), ["a0", "a1", "b0", "b1"]);
  },
  "close() answers those who wait and those who come later": async ({ nodes, beside }) => {
    const [one] = await nodes(1) as [Node];
    const first = one.presence.claim(claimant("a"));
    // Then its statement is under way.
    await new Promise(setImmediate);
    const closing = one.presence.close();
    const second = one.presence.claim(claimant("b"));
    const search = one.presence.resume(hash("a"));
    await closing;
    assert.deepEqual([(await first).is, (await second).is], ["held", "unrecorded"]);
    assert.equal(await search, "away");
    assert.equal((await one.presence.claim(claimant("c"))).is, "unrecorded");
    assert.deepEqual(await rows(beside), ["a away"]);
  },
  "close() removes the rows where there is no grace": async ({ node, database, beside }) => {
    database.kind = "postgresql";
    const one = node({ graceMs: 0 });
    await one.presence.start();
    await one.presence.claim(claimant("a"));
    await one.presence.close();
    assert.deepEqual(await rows(beside), []);
  },
  "close() does not reject where the database goes": async ({ nodes, database }) => {
    const [one] = await nodes(1) as [Node];
    await one.presence.claim(claimant("a"));
    database.away = true;
    await one.presence.close();
    assert.match(database.statements.at(-1)!, /away_until/);
  },
};

/** Several nodes that resume, claim, leave and release the same sessions at the same time. */
async function race({ nodes, beside }: World, rounds: number): Promise<void> {
  const all = await nodes(3) as [Node, Node, Node];
  const ids = Array.from({ length: 8 }, (_, i) => `s${i}`);
  for (let round = 0; round < rounds; round++) {
    await Promise.all(ids.map((id) => all[0].presence.claim(claimant(id))));
    const resumes = all.flatMap((node) =>
      ids.map(async (id) => ({ id, node, session: await resume(node, id) }))
    );
    const resumed = await Promise.all(resumes);
    for (const id of ids) await settleOne(all, beside, resumed.filter((one) => one.id === id));
    for (const { presence } of all) for (const id of ids) presence.release(id, 1000);
    for (const node of all) await written(node);
    assert.deepEqual(await rows(beside), [], "one of them has it and can end it");
    assert.ok(all.every(({ changes }) => changes.length === 1), "no deadlock");
  }
}

interface Taking {
  readonly id: string;
  readonly node: Node;
  readonly session: Resumed | undefined;
}

async function settleOne(
  all: readonly Node[],
  beside: Database,
  takings: readonly Taking[],
): Promise<void> {
  const versions = takings.map(({ session }) => session?.version);
  assert.deepEqual([...versions].sort(), [1, 2, 3]);
  const newest = takings[versions.indexOf(3)]!;
  for (const { id, node } of takings) {
    if (node === newest.node) continue;
    node.presence.leave(id, 1006);
    node.presence.release(id, 1000);
  }
  for (const node of all) await written(node);
  const found = await row(beside, newest.id);
  assert.deepEqual(
    [found?.node_id, found?.version, found?.rest],
    [newest.node.presence.nodeId, 3, null],
  );
}

/** Two nodes that claim one session at the same time, which has no row: both may find that, and one is refused. */
async function claimTogether({ nodes, beside }: World, rounds: number): Promise<void> {
  const all = await nodes(2) as [Node, Node];
  for (let round = 0; round < rounds; round++) {
    const claims = all.map(({ presence }, version) =>
      presence.claim({ ...claimant("a"), version, connectedAt: new Date() })
    );
    await Promise.all(claims);
    const holder = await row(beside, "a");
    assert.equal(holder?.version, 1);
    const [visit] = await beside.query("select node_id from visits where client_id = 'a'");
    assert.equal(visit?.node_id, holder.node_id);
    await beside.query("delete from visits");
    for (const { presence } of all) presence.release("a", 1000);
    for (const node of all) await written(node);
  }
  assert.deepEqual(all.map(({ changes }) => changes), [[true], [true]]);
}

testOnDatabases("Presence of sessions", CONTRACT, {
  pglite: {
    "gives a session to the newest of three nodes": (world) => race(world, 1),
    "close() removes the rows, since there is no other node": async ({ node, beside }) => {
      const { presence } = node();
      await presence.start();
      await presence.claim(claimant("a"));
      await presence.close();
      assert.deepEqual(await rows(beside), []);
      assert.deepEqual(await beside.query("select 1 from nodes"), []);
    },
  },
  postgresql: {
    "takes no database for dead where two nodes claim a session at once, 300 times": (world) =>
      claimTogether(world, 300),
    "gives a session to the newest of three nodes, 20 times": (world) => race(world, 20),
  },
});
