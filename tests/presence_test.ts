import assert from "node:assert/strict";
import { openDatabase } from "../lib/database.ts";
import { migrate } from "../lib/migrate.ts";
import { DatabaseError } from "../lib/queries.ts";
import { eventually } from "./eventually.ts";
import { claimant, LEASE_MS, loseDatabase, testOnDatabases, type World } from "./presence_world.ts";

/** What holds on every database. */
const CONTRACT: Record<string, (world: World) => Promise<void>> = {
  "has the row when the claim is answered": async ({ node, names }) => {
    const { presence } = node();
    await presence.start();
    const outcome = await presence.claim(claimant("a", "Ana"));
    assert.equal(outcome.is, "held");
    assert.deepEqual(await names(), ["Ana"]);
  },
  "takes the row back by client_id, not by name": async ({ node, names }) => {
    const { presence } = node();
    await presence.start();
    await presence.claim(claimant("old", "Ana"));
    presence.release("old", 1000);
    assert.equal((await presence.claim(claimant("new", "ANA"))).is, "held");
    presence.release("old", 1000);
    await presence.claim(claimant("other"));
    assert.deepEqual(await names(), ["ANA", "other"]);
  },
  "writes claims and releases that come together together": async ({ node, database, names }) => {
    const { presence } = node();
    await presence.start();
    const before = database.statements.length;
    const claims = Array.from({ length: 500 }, (_, i) => presence.claim(claimant(`c${i}`)));
    await Promise.all(claims);
    for (let i = 0; i < 499; i++) presence.release(`c${i}`, 1000);
    await eventually(async () => assert.deepEqual(await names(), ["c499"]));
    assert.ok(database.statements.length - before <= 6, database.statements.slice(before).join());
  },
  "gives a name again that is taken back while another one is": async (
    { node, database, names },
  ) => {
    const { presence } = node();
    await presence.start();
    for (const id of ["a", "b"]) await presence.claim(claimant(id));
    let again: Promise<{ readonly is: string }> | undefined;
    database.onQuery = (text) => {
      if (!text.includes("delete from connections") || again !== undefined) return;
      presence.release("b", 1000);
      again = presence.claim(claimant("again", "b"));
    };
    presence.release("a", 1000);
    await eventually(() => assert.ok(again));
    assert.equal((await again)?.is, "held");
    assert.deepEqual(await names(), ["b"]);
  },
  "forgets a claim that is taken back before it is written": async ({ node, names }) => {
    const { presence } = node();
    await presence.start();
    const first = presence.claim(claimant("a"));
    const second = presence.claim(claimant("b"));
    presence.release("b", 1000);
    assert.deepEqual(await second, { is: "unrecorded" });
    assert.equal((await first).is, "held");
    assert.deepEqual(await names(), ["a"]);
  },
  "removes a row whose claim was under way when it was released": async ({ node, names }) => {
    const { presence } = node();
    await presence.start();
    const claim = presence.claim(claimant("a"));
    await new Promise(setImmediate);
    presence.release("a", 1000);
    await claim;
    await presence.claim(claimant("b"));
    await eventually(async () => assert.deepEqual(await names(), ["b"]));
  },
  "lists by name, in pages": async ({ node }) => {
    const { presence } = node();
    await presence.start();
    for (const name of ["dora", "Ana", "caio", "Bia", "أمل"]) await presence.claim(claimant(name));
    const seen: string[] = [];
    let after: string | null = "";
    while (after !== null) {
      const page = await presence.list({ limit: 2, after });
      assert.equal(page.online, 5);
      assert.equal(page.users[0]?.node, presence.nodeId);
      seen.push(...page.users.map(({ username }) => username));
      after = page.next;
    }
    assert.deepEqual(seen, ["Ana", "Bia", "caio", "dora", "أمل"]);
  },
  "takes names like __proto__ and texts like ' or 1=1 -- as they are": async ({ node, names }) => {
    const { presence } = node();
    await presence.start();
    for (const name of ["__proto__", "constructor", "x' or 1=1 --", '"}]']) {
      assert.equal((await presence.claim(claimant(name))).is, "held");
    }
    assert.equal((await names()).length, 4);
  },
  "takes a new identity and keeps its names where its lease is over": async (
    { node, names, database },
  ) => {
    const { presence, time, taken } = node();
    await presence.start();
    await presence.claim(claimant("a", "Ana"));
    const before = presence.nodeId;
    await database.query("update nodes set lease_until = clock_timestamp() - interval '1 second'");
    assert.deepEqual(await names(), []);
    time.advance(LEASE_MS / 3);
    await eventually(async () => assert.deepEqual(await names(), ["Ana"]));
    assert.notEqual(presence.nodeId, before);
    assert.deepEqual(taken, []);
  },
  "holds a name that is claimed when its lease is over already": async (
    { node, names, database },
  ) => {
    const { presence, taken } = node();
    await presence.start();
    await presence.claim(claimant("a", "Ana"));
    await database.query("update nodes set lease_until = clock_timestamp() - interval '1 second'");
    assert.equal((await presence.claim(claimant("b", "Bia"))).is, "held");
    assert.deepEqual([await names(), taken], [["Ana", "Bia"], []]);
  },
  "leaves no ghost where a transaction was carried out and its answer lost": async (
    { node, names, database },
  ) => {
    const { presence } = node();
    await presence.start();
    await loseDatabase(presence, database);
    database.losesAnswers = true;
    await presence.start();
    assert.equal(presence.up, false);
    presence.release("a", 1000);
    database.losesAnswers = false;
    await presence.start();
    assert.deepEqual(await names(), ["b", "c"]);
    assert.equal((await presence.claim(claimant("another", "a"))).is, "held");
  },
  "removes the row of whoever goes while the truth is being written": async (
    { node, names, database },
  ) => {
    const { presence } = node();
    await presence.start();
    await loseDatabase(presence, database);
    database.onTransaction = () => presence.release("a", 1000);
    await presence.start();
    await eventually(async () => assert.deepEqual(await names(), ["b", "c"]));
  },
  "refuses to list more pages at once than it should, and while the database is away": async (
    { node, database },
  ) => {
    const { presence } = node();
    await presence.start();
    const list = (_: unknown, index: number) =>
      presence.list({ limit: 1, after: String(index % 50) });
    const settled = await Promise.allSettled(Array.from({ length: 100 }, list));
    const refused = settled.filter(({ status }) => status === "rejected");
    assert.equal(refused.length, 88, "of 50 pages 6 are read, for two each");
    assert.equal((refused[0] as PromiseRejectedResult).reason.code, "BUSY");
    database.away = true;
    await presence.claim(claimant("a"));
    const before = database.statements.length;
    await assert.rejects(presence.list({ limit: 1, after: "" }), { code: "AWAY" });
    assert.equal(database.statements.length, before);
  },
  "reaps a node whose lease is over, but not before it has lived for one lease": async (
    { node, database },
  ) => {
    const { presence, time } = node();
    await presence.start();
    const dead = crypto.randomUUID();
    await database.query(
      "insert into nodes (node_id, lease_until) values ($1, clock_timestamp() - interval '1 hour')",
      [dead],
    );
    const isThere = async () =>
      (await database.query("select 1 from nodes where node_id = $1", [dead])).length === 1;
    const third = async () => {
      time.advance(LEASE_MS / 3);
      // It is done when the next timer waits.
      await eventually(() => assert.equal(time.pending, 1));
    };
    await third();
    await third();
    assert.equal(await isThere(), true);
    await third();
    assert.equal(await isThere(), false);
  },
  "lets everybody in while the database is away, and writes the truth on its return": async (
    { node, names, database },
  ) => {
    const { presence, time, changes } = node();
    await presence.start();
    await presence.claim(claimant("a"));
    await presence.claim(claimant("b"));
    database.away = true;
    assert.deepEqual(await presence.claim(claimant("c")), { is: "unrecorded" });
    assert.equal(presence.up, false);
    presence.release("a", 1000);
    assert.deepEqual(await presence.claim(claimant("d")), { is: "unrecorded" });
    presence.release("d", 1000);
    await assert.rejects(presence.list({ limit: 1, after: "" }), DatabaseError);
    time.advance(1000);
    await presence.start();
    assert.equal(presence.up, false);
    database.away = false;
    await presence.start();
    assert.deepEqual(changes, [true, false, true]);
    assert.deepEqual(await names(), ["b", "c"]);
  },
  "tells who of the unrecorded has lost the name on the database's return": async (
    { node, names, database },
  ) => {
    const { presence, taken } = node();
    await presence.start();
    database.away = true;
    await presence.claim(claimant("a", "Ana"));
    database.away = false;
    const rival = crypto.randomUUID();
    await database.query(
      "insert into nodes (node_id, lease_until) values ($1, clock_timestamp() + interval '1 hour')",
      [rival],
    );
    await database.query(
      `insert into connections (client_id, username, username_key, session_hash, node_id)
       values ('r', 'ANA', 'ana', '\\x00', $1)`,
      [rival],
    );
    await presence.start();
    assert.deepEqual(taken, ["a"]);
    assert.deepEqual(await names(), ["ANA"]);
    await database.query("delete from nodes where node_id = $1", [rival]);
  },
  "asks a database again that has refused because of others, or cut the connection: it is there":
    async (
      { node, names, database },
    ) => {
      const { presence, changes, taken } = node();
      database.refusals = ["40P01"];
      await presence.start();
      database.refusals = ["23505", "40001", "57P01", "CONNECTION_CLOSED"];
      assert.equal((await presence.claim(claimant("d", "Dora"))).is, "held");
      await loseDatabase(presence, database);
      database.refusals = ["23505", "23505"];
      await presence.start();
      assert.deepEqual([changes, taken], [[true, false, true], []]);
      assert.deepEqual(await names(), ["a", "b", "c", "Dora"]);
    },
  "tells nobody that a name is lost that it got when it asked again": async (
    { node, names, database },
  ) => {
    const { presence, taken } = node();
    const rival = node();
    await presence.start();
    await rival.presence.start();
    await rival.presence.claim(claimant("rival", "Ana"));
    database.away = true;
    await presence.claim(claimant("a", "Ana"));
    database.away = false;
    database.refusals = ["40P01"];
    let tries = 0;
    database.onTransaction = async () => {
      if (++tries === 2) await database.query("delete from connections");
    };
    await presence.start();
    assert.deepEqual([tries, taken, await names()], [2, [], ["Ana"]]);
  },
  "asks a database that refuses the same again and again a few times only, and others once": async (
    { node, database },
  ) => {
    const { presence, changes } = node();
    await presence.start();
    const codes = [["23505", 5], ["ECONNRESET", 5], ["57014", 1], ["DEADLINE", 1]] as const;
    for (const [code, times] of codes) {
      database.refusals = Array(100).fill(code);
      const before = database.statements.length;
      assert.equal((await presence.claim(claimant("a"))).is, "unrecorded");
      assert.equal(database.statements.length - before, times);
      database.refusals = [];
      await presence.start();
    }
    assert.deepEqual(changes, [true, ...codes.flatMap(() => [false, true])]);
  },
  "keeps trying where the database is away at start": async ({ node, database }) => {
    const { presence, time } = node();
    database.away = true;
    await presence.start();
    assert.equal(presence.up, false);
    assert.equal((await presence.claim(claimant("a"))).is, "unrecorded");
    database.away = false;
    time.advance(1000);
    await eventually(() => assert.equal(presence.up, true));
  },
};

testOnDatabases("Presence", CONTRACT, {
  pglite: {
    "clears the rows of a server that was killed, at start": async ({ node, names }) => {
      const killed = node().presence;
      await killed.start();
      await killed.claim(claimant("ghost", "Ana"));
      const { presence } = node();
      await presence.start();
      assert.deepEqual(await names(), []);
      assert.equal((await presence.claim(claimant("a", "Ana"))).is, "held");
    },
  },
  postgresql: {
    "gives a name to exactly one of two nodes, 50 times": async ({ node }) => {
      const [one, two] = [node().presence, node().presence];
      await Promise.all([one.start(), two.start()]);
      for (let round = 0; round < 50; round++) {
        const outcomes = await Promise.all([
          one.claim(claimant(`one${round}`, `Ana ${round}`)),
          two.claim(claimant(`second${round}`, `ANA ${round}`)),
        ]);
        assert.deepEqual(outcomes.map(({ is }) => is).sort(), ["held", "taken"]);
      }
    },
    "needs no right to create tables where there are all": async ({ node, beside, url }) => {
      await node().presence.start();
      await beside.script(
        `create role modest login; revoke create on schema public from public;
             grant select, insert, update, delete on all tables in schema public to modest`,
      );
      const own = url.replace("pulso:", "modest:");
      const modest = await openDatabase({ url: own, folder: "unused" });
      await migrate(modest);
      await modest.close();
    },
    "takes over the name of a node that is dead, not of one that lives": async (
      { node, database },
    ) => {
      const [one, two] = [node().presence, node().presence];
      await one.start();
      await two.start();
      await one.claim(claimant("a", "Ana"));
      assert.equal((await two.claim(claimant("other", "Ana"))).is, "taken");
      await database.query(
        "update nodes set lease_until = clock_timestamp() - interval '1 second' where node_id = $1",
        [one.nodeId],
      );
      assert.equal((await two.claim(claimant("another", "Ana"))).is, "held");
    },
  },
});
