import assert from "node:assert/strict";
import type { Resumed } from "../lib/presence.ts";
import { reapNodes } from "../lib/nodes_sql.ts";
import { eventually } from "./eventually.ts";
import {
  claimant,
  LEASE_MS,
  loseDatabase,
  type Node,
  testOnDatabases,
  type World,
} from "./presence_world.ts";

const BEAT_MS = 500;

async function endLease({ beside }: World, { presence }: Node): Promise<void> {
  await beside.query(
    "update nodes set lease_until = clock_timestamp() - interval '1 second' where node_id = $1",
    [presence.nodeId],
  );
}

/** Lets a node live for one lease. */
async function passLease({ time }: Node): Promise<void> {
  for (let third = 0; third < 3; third++) {
    time.advance(LEASE_MS / 3);
    await eventually(() => assert.equal(time.pending, 1));
  }
}

async function endLeases(world: World, ...nodes: readonly Node[]): Promise<void> {
  for (const node of nodes) await endLease(world, node);
}

/** What holds on every database. */
const CONTRACT: Record<string, (world: World) => Promise<void>> = {
  "isSure: not after a sleep of a lease, by whichever clock, until makeSure() has asked": async (
    { node },
  ) => {
    const { presence, time, formers, logged } = node();
    await presence.start();
    assert.deepEqual(logged.filter(({ event }) => event === "node_renamed"), []);
    const sleeps = [
      () => time.set(time.now() + LEASE_MS),
      () => time.advance(LEASE_MS),
    ];
    for (const sleep of sleeps) {
      assert.equal(presence.isSure, true);
      sleep();
      assert.equal(presence.isSure, false);
      const { nodeId } = presence;
      await presence.makeSure();
      assert.equal(presence.isSure, true);
      // Also where the lease is not over: the database's clock may have been set back.
      assert.equal(formers.at(-1), nodeId);
      assert.notEqual(presence.nodeId, nodeId);
      const [event, node, former] = ["node_renamed", presence.nodeId, nodeId];
      assert.ok(
        logged.some((line) => line.event === event && line.node === node && line.former === former),
      );
    }
  },
  "isSure while nothing was asked for less than a lease, and while the database is away": async (
    { node, database },
  ) => {
    const { presence, time } = node();
    await presence.start();
    time.set(time.now() + LEASE_MS - 1);
    assert.equal(presence.isSure, true);
    await loseDatabase(presence, database);
    time.set(time.now() + LEASE_MS);
    assert.equal(presence.isSure, true);
  },
  "makeSure() claims all again under another node_id, and tells whose names are others'": async (
    world,
  ) => {
    const [sleeper, other] = await world.nodes(2);
    const { presence, time } = sleeper!;
    for (const name of ["ana", "bia", "caio"]) await presence.claim(claimant(name));
    presence.leave("caio", 1006);
    await presence.claim(claimant("dora"));
    const former = presence.nodeId;
    await endLease(world, sleeper!);
    assert.equal((await other!.presence.claim(claimant("another ana", "Ana"))).is, "held");
    time.set(time.now() + LEASE_MS);
    const before = world.database.statements.length;
    await presence.makeSure();
    assert.deepEqual(sleeper!.taken, ["ana"]);
    assert.notEqual(presence.nodeId, former);
    assert.equal(sleeper!.formers.at(-1), former);
    assert.deepEqual(await world.names(), ["Ana", "bia", "dora"]);
    assert.equal(world.database.statements.length - before, 1, "all in one go");
    const [row] = await world.beside.query(
      "select node_id, away_until > clock_timestamp() as is_away from connections where client_id = 'caio'",
    );
    assert.deepEqual(row, { node_id: presence.nodeId, is_away: true });
  },
  "makeSure() resolves where the database is away, and is sure of nothing that is to be lost":
    async (
      { node, database },
    ) => {
      const { presence, time } = node();
      await presence.start();
      time.set(time.now() + LEASE_MS);
      database.away = true;
      await presence.makeSure();
      assert.deepEqual([presence.up, presence.isSure], [false, true]);
    },
  "asks the database twice a second, and renews when a third of the lease is over": async (
    { node, database },
  ) => {
    const { presence, time } = node();
    await presence.start();
    const before = database.statements.length;
    for (let beat = 0; beat < 10; beat++) {
      time.advance(BEAT_MS);
      await eventually(() => assert.equal(time.pending, 1));
    }
    const asked = database.statements.slice(before);
    const probes = asked.filter((text) => text.includes("transaction_read_only")).length;
    const renewals = asked.filter((text) => text.includes("update nodes")).length;
    assert.deepEqual([probes, renewals, asked.length], [9, 1, 10]);
  },
  "takes a database that cannot be written for one that is away": async ({ node, beside }) => {
    const { presence, time, changes, logged } = node();
    await presence.start();
    await beside.query("set default_transaction_read_only = on");
    try {
      time.advance(BEAT_MS);
      await eventually(() => assert.deepEqual(changes, [true, false]));
      assert.match(String(logged.at(-1)?.reason), /read-only/);
      await presence.start();
      assert.equal(presence.up, false);
    } finally {
      await beside.query("set default_transaction_read_only = off");
    }
    await presence.start();
    assert.equal(presence.up, true);
  },
  "leaves away who resumed here without being heard, also where the answer to that is lost": async (
    world,
  ) => {
    const [former, node] = await world.nodes(2);
    await former!.presence.claim(claimant("x"));
    await world.beside.query(
      "update connections set node_id = $1, version = 1 where client_id = 'x'",
      [node!.presence.nodeId],
    );
    await loseDatabase(node!.presence, world.database);
    world.database.losesAnswers = true;
    await node!.presence.start();
    world.database.losesAnswers = false;
    await node!.presence.start();
    assert.equal((await node!.presence.resume(claimant("x").sessionHash) as Resumed).version, 2);
  },
  "takes nothing from a node that has slept with it, as on a machine that was suspended": async (
    world,
  ) => {
    const [first, second] = await world.nodes(2);
    await second!.presence.claim(claimant("bob"));
    await endLeases(world, first!, second!);
    for (const { time } of [first!, second!]) time.set(time.now() + LEASE_MS);
    await first!.presence.makeSure();
    assert.equal((await first!.presence.claim(claimant("thief", "Bob"))).is, "taken");
    await second!.presence.makeSure();
    assert.deepEqual([second!.taken, await world.names()], [[], ["bob"]]);
  },
  "tries again at once, and then each second": async ({ node, database }) => {
    const { presence, time } = node();
    await presence.start();
    database.away = true;
    await presence.claim(claimant("a"));
    const tries = async (ms: number) => {
      const before = database.statements.length;
      time.advance(ms);
      await eventually(() => assert.equal(time.pending, 1));
      return database.statements.length - before;
    };
    assert.deepEqual([await tries(0), await tries(999), await tries(1), await tries(999)], [
      1,
      0,
      1,
      0,
    ]);
  },
  "knows in each outage anew for how long a session may still come back": async (
    { node, database },
  ) => {
    const { presence, time, logged } = node();
    await presence.start();
    const { sessionHash } = claimant("elsewhere");
    for (let outage = 0; outage < 2; outage++) {
      await loseDatabase(presence, database);
      assert.equal(await presence.resume(sessionHash), "away");
      database.away = true;
      time.advance(20_000);
      await presence.start();
      assert.equal(await presence.resume(sessionHash), undefined);
      database.away = false;
      await presence.start();
    }
    const lines = logged.filter(({ event }) => event === "database_away");
    assert.equal(lines.length, 2);
  },
  "removes the row of a session that is brought back and ends before that is written": async (
    world,
  ) => {
    const [node] = await world.nodes(1);
    const { presence } = node!;
    await presence.claim(claimant("a"));
    presence.leave("a", 1006);
    await presence.claim(claimant("b"));
    void presence.claim(claimant("a"));
    presence.release("a", 1000);
    await presence.claim(claimant("c"));
    const rows = await world.beside.query("select client_id from connections order by client_id");
    assert.deepEqual(rows.map(({ client_id }) => client_id), ["b", "c"]);
  },
  "is up when it tells its new node_id, for whoever asks then": async ({ node, database }) => {
    const { presence, upWhenRenamed } = node();
    await presence.start();
    await loseDatabase(presence, database);
    await presence.start();
    assert.deepEqual(upWhenRenamed, [true, true]);
  },
  "leaves away who resumed here without being heard, until nobody can come back": async (world) => {
    const [former, node] = await world.nodes(2);
    await former!.presence.claim(claimant("a"));
    await world.beside.query(
      "update connections set node_id = $1, version = 1 where client_id = 'a'",
      [node!.presence.nodeId],
    );
    await world.beside.query("update visits set node_id = $1", [node!.presence.nodeId]);
    await loseDatabase(node!.presence, world.database);
    await node!.presence.start();
    const row = async () => {
      const [found] = await world.beside.query(
        `select c.node_id, away_until between clock_timestamp() and
           clock_timestamp() + interval '10 seconds' as is_away, close_code
         from connections c join visits using (client_id) where session_hash = decode($1, 'hex')`,
        [claimant("a").sessionHash],
      );
      return found;
    };
    const { nodeId } = node!.presence;
    assert.deepEqual(await row(), { node_id: nodeId, is_away: true, close_code: 1006 });
    assert.equal((await node!.presence.claim(claimant("thief", "A"))).is, "taken");
    const fade = (seconds: number) =>
      world.beside.query(
        `update connections set away_until = clock_timestamp() - $1 * interval '1 second'
         where session_hash = decode($2, 'hex')`,
        [seconds, claimant("a").sessionHash],
      );
    await fade(50);
    await reapNodes({ on: world.beside, nodeId }, { visitsDays: 30 });
    assert.notEqual(await row(), undefined);
    await fade(70);
    await reapNodes({ on: world.beside, nodeId }, { visitsDays: 30 });
    assert.equal(await row(), undefined);
  },
  "reaps nobody where its own lease is over": async (world) => {
    const [dead, sleeper, other] = await world.nodes(3);
    await dead!.presence.claim(claimant("a"));
    await endLease(world, dead!);
    await endLease(world, sleeper!);
    const reapAs = ({ presence }: Node) =>
      reapNodes({ on: world.beside, nodeId: presence.nodeId }, { visitsDays: 30 });
    assert.deepEqual(await reapAs(sleeper!), { nodes: [], clientIds: [] });
    assert.deepEqual((await reapAs(other!)).clientIds, ["a"]);
  },
  "claims again what went with a dead node that had resumed it without its client": async (
    world,
  ) => {
    const [node, dead] = await world.nodes(2);
    for (const id of ["a", "b"]) await node!.presence.claim(claimant(id));
    await dead!.presence.claim(claimant("c"));
    await world.beside.query(
      "update connections set node_id = $1, version = 1 where client_id = 'a'",
      [dead!.presence.nodeId],
    );
    await endLease(world, dead!);
    await passLease(node!);
    await eventually(async () => assert.deepEqual(await world.names(), ["a", "b"]));
    assert.deepEqual([node!.reaped, node!.taken, node!.moved], [["c"], [], []]);
  },
  "says why the database is away, and again where that is another reason some time later": async (
    { node, database },
  ) => {
    const { presence, time, logged } = node();
    await presence.start();
    const fail = async (code: string, afterMs: number) => {
      database.refusals = Array(9).fill(code);
      time.advance(afterMs);
      await presence.start();
    };
    await fail("53300", 0);
    await fail("53300", 20_000);
    await fail("28P01", 0);
    await fail("3D000", 9000);
    await fail("3D000", 1000);
    database.refusals = [];
    const said = logged.filter(({ event }) => event === "database_away");
    assert.deepEqual(said.map(({ reason }) => /\((.*)\)/.exec(String(reason))?.[1]), [
      "53300",
      "28P01",
      "3D000",
    ]);
    assert.match(String(said[1]?.remedy), /password/);
  },
  "leaves names to nodes that may be about to come back, for one lease after the database's return":
    async (world) => {
      const [first, late] = await world.nodes(2);
      await late!.presence.claim(claimant("bob"));
      await late!.presence.claim(claimant("eve"));
      await loseDatabase(first!.presence, world.database);
      assert.equal((await first!.presence.claim(claimant("rival bob", "Bob"))).is, "unrecorded");
      await endLeases(world, first!, late!);
      await first!.presence.start();
      assert.deepEqual([first!.taken, first!.presence.othersMayReturn], [["rival bob"], true]);
      assert.equal((await first!.presence.claim(claimant("rival eve", "Eve"))).is, "taken");
      late!.time.set(late!.time.now() + LEASE_MS);
      await late!.presence.makeSure();
      assert.deepEqual([late!.taken, await world.names()], [[], ["a", "b", "bob", "c", "eve"]]);
      await passLease(first!);
      assert.equal(first!.presence.othersMayReturn, false);
      await endLease(world, late!);
      assert.equal((await first!.presence.claim(claimant("eve's heir", "Eve"))).is, "held");
    },
  "has the names of dead nodes at once where it starts on a database that was there": async (
    world,
  ) => {
    const [dead] = await world.nodes(1);
    await dead!.presence.claim(claimant("bob"));
    await endLease(world, dead!);
    const [next] = await world.nodes(1);
    assert.equal(next!.presence.othersMayReturn, false);
    assert.equal((await next!.presence.claim(claimant("another bob", "Bob"))).is, "held");
  },
  "gives a name of its own to somebody else while the database is away": async (world) => {
    const [node] = await world.nodes(1);
    const { presence } = node!;
    await loseDatabase(presence, world.database);
    presence.release("a", 1000);
    assert.equal((await presence.claim(claimant("another", "A"))).is, "unrecorded");
    await presence.start();
    assert.deepEqual([node!.taken, await world.names()], [[], ["A", "b", "c"]]);
  },
  "makes the tables anew where the database is another one than before": async (world) => {
    const [node] = await world.nodes(1);
    const { presence, time, changes } = node!;
    await presence.claim(claimant("a"));
    await world.beside.script(
      "drop view connected_users; drop table connections, nodes, visits, migrations",
    );
    time.advance(BEAT_MS * 20);
    await eventually(() => assert.deepEqual(changes, [true, false]));
    await presence.start();
    assert.deepEqual([presence.up, await world.names()], [true, ["a"]]);
  },
  "knows how those ended who left while the truth was about to be written": async (world) => {
    const [node] = await world.nodes(1);
    const { presence } = node!;
    await loseDatabase(presence, world.database);
    let outcome: Promise<unknown> | undefined;
    world.database.onTransaction = () => {
      presence.release("a", 1000);
      presence.release("b", 1000);
      outcome ??= presence.claim(claimant("b again", "b"));
    };
    await presence.start();
    await outcome;
    const rows = await world.beside.query(
      "select client_id, close_code from visits where client_id in ('a', 'b') order by client_id",
    );
    assert.deepEqual(rows.map(({ close_code }) => close_code), [1000, 1000]);
    assert.deepEqual([node!.taken, await world.names()], [[], ["b", "c"]]);
  },
  "knows after the database's return how those ended who left meanwhile": async (world) => {
    const [node] = await world.nodes(1);
    const { presence } = node!;
    await loseDatabase(presence, world.database);
    presence.leave("a", 1006);
    presence.release("a", 1000);
    presence.release("b", 4008);
    presence.release("c", 1000);
    node!.time.advance(3000);
    await presence.start();
    const rows = await world.beside.query(
      `select client_id, close_code,
         extract(epoch from clock_timestamp() - disconnected_at)::float between 3 and 13 as is_then
       from visits order by client_id`,
    );
    assert.deepEqual(rows, [
      { client_id: "a", close_code: 1006, is_then: true },
      { client_id: "b", close_code: 4008, is_then: true },
    ]);
  },
};

testOnDatabases("Presence and its lease", CONTRACT);
