import assert from "node:assert/strict";
import { eventually } from "./eventually.ts";
import { claimant, LEASE_MS, type Node, testOnDatabases, type World } from "./presence_world.ts";
import { handler } from "../routes/api/users.ts";

interface Written {
  readonly id: number;
  readonly client_id: string;
  readonly username: string;
  readonly node_id: string;
  readonly close_code: number | null;
  readonly is_open: boolean;
  readonly ago: number | null;
}

/** The table, the oldest first; `ago`: for how many seconds each has been over. */
async function visitsOf({ beside }: World): Promise<Written[]> {
  const rows = await beside.query(
    `select id::int, client_id, username, node_id, close_code, disconnected_at is null as is_open,
       extract(epoch from clock_timestamp() - disconnected_at)::float as ago
     from visits order by id`,
  );
  return rows as unknown as Written[];
}

/** Who is open, and with which code the others ended, by client_id. */
async function codes(world: World): Promise<Record<string, number | "open" | null>> {
  const visits = await visitsOf(world);
  return Object.fromEntries(
    visits.map(({ client_id, is_open, close_code }) => [client_id, is_open ? "open" : close_code]),
  );
}

async function endLease({ beside }: World, { presence }: Node): Promise<void> {
  await beside.query(
    "update nodes set lease_until = clock_timestamp() - interval '7 seconds' where node_id = $1",
    [presence.nodeId],
  );
}

/** Lets a node live until it reaps. */
async function reap({ time }: Node): Promise<void> {
  for (let third = 0; third < 3; third++) {
    time.advance(LEASE_MS / 3);
    await eventually(() => assert.equal(time.pending, 1));
  }
}

/** Everything that a node had to say is in the database. */
async function settled(world: World, ...expected: readonly [string, number | "open" | null][]) {
  await eventually(async () => assert.deepEqual(await codes(world), Object.fromEntries(expected)));
}

/** What holds on every database. */
const CONTRACT: Record<string, (world: World) => Promise<void>> = {
  "open with a claim and end with a release, by no statement of their own": async (world) => {
    const [node] = await world.nodes(1) as [Node];
    const before = world.database.statements.length;
    await node.presence.claim(claimant("a", "Ana"));
    const [visit] = await visitsOf(world);
    assert.deepEqual(
      [visit?.username, visit?.node_id, visit?.is_open, visit?.close_code],
      ["Ana", node.presence.nodeId, true, null],
    );
    node.presence.release("a", 4008);
    await settled(world, ["a", 4008]);
    assert.equal(world.database.statements.length - before, 2);
  },
  "end when a session goes away, and go on as the same one when it is back, on whichever node":
    async (world) => {
      const [one, two] = await world.nodes(2) as [Node, Node];
      await one.presence.claim(claimant("a"));
      one.presence.leave("a", 1006);
      await settled(world, ["a", 1006]);
      await one.presence.claim(claimant("a"));
      assert.deepEqual(await codes(world), { a: "open" });
      one.presence.leave("a", 1001);
      await settled(world, ["a", 1001]);
      await two.presence.resume(claimant("a").sessionHash);
      const visits = await visitsOf(world);
      assert.deepEqual([visits.length, visits[0]?.is_open, visits[0]?.node_id], [
        1,
        true,
        two.presence.nodeId,
      ]);
    },
  "are not ended by a node that has them no more": async (world) => {
    const [one, two] = await world.nodes(2) as [Node, Node];
    await one.presence.claim(claimant("a"));
    await one.presence.claim(claimant("b"));
    for (const id of ["a", "b"]) await two.presence.resume(claimant(id).sessionHash);
    one.presence.release("a", 4010);
    one.presence.leave("b", 4010);
    await one.presence.claim(claimant("c"));
    await one.presence.close();
    assert.deepEqual(await codes(world), { a: "open", b: "open", c: 1001 });
  },
  "keep the code and the time with which a session went away, when it is over": async (world) => {
    const [node] = await world.nodes(1) as [Node];
    await node.presence.claim(claimant("a"));
    node.presence.leave("a", 1006);
    await settled(world, ["a", 1006]);
    await world.beside.query(
      "update visits set disconnected_at = disconnected_at - interval '9 seconds'",
    );
    node.presence.release("a", 1000);
    await node.presence.claim(claimant("b"));
    const [visit] = await visitsOf(world);
    assert.equal(visit?.close_code, 1006);
    assert.ok(visit.ago! >= 9, String(visit.ago));
  },
  "end with the lease of a dead node, with 1006, however often it is reaped": async (world) => {
    const [dead, ...others] = await world.nodes(3) as [Node, Node, Node];
    await dead.presence.claim(claimant("a"));
    await dead.presence.claim(claimant("b"));
    await dead.presence.claim(claimant("gone"));
    dead.presence.release("gone", 1000);
    await settled(world, ["a", "open"], ["b", "open"], ["gone", 1000]);
    await endLease(world, dead);
    const page = await others[0]!.presence.visits({ state: "all", limit: 10, after: undefined });
    assert.deepEqual(page.users.map(({ close_code }) => close_code), [1000, 1006, 1006]);
    for (const other of others) await reap(other);
    await settled(world, ["a", 1006], ["b", 1006], ["gone", 1000]);
    const [visit] = await visitsOf(world);
    assert.ok(visit!.ago! >= 7, "it ended with the lease");
  },
  "end where their node is not even known": async (world) => {
    const [lost, other] = await world.nodes(2) as [Node, Node];
    await lost.presence.claim(claimant("a"));
    // By hand, or by a node of an earlier version.
    await world.beside.query("delete from nodes where node_id = $1", [lost.presence.nodeId]);
    const read = async (state: "connected" | "disconnected") => {
      const page = await other.presence.visits({ state, limit: 10, after: undefined });
      return page.users.map(({ client_id, close_code }) => [client_id, close_code]);
    };
    assert.deepEqual([await read("connected"), await read("disconnected")], [[], [["a", 1006]]]);
    await reap(other);
    await settled(world, ["a", 1006]);
  },
  "end where somebody else has the name of a node that is dead": async (world) => {
    const [dead, other] = await world.nodes(2) as [Node, Node];
    await dead.presence.claim(claimant("a", "Ana"));
    await endLease(world, dead);
    await other.presence.claim(claimant("another", "Ana"));
    await reap(other);
    await settled(world, ["a", 1006], ["another", "open"]);
  },
  "go on where a node takes another lease, and end for whoever lost the name by it": async (
    world,
  ) => {
    const [sleeper, other] = await world.nodes(2) as [Node, Node];
    for (const name of ["ana", "bia"]) await sleeper.presence.claim(claimant(name));
    await endLease(world, sleeper);
    await other.presence.claim(claimant("another ana", "Ana"));
    sleeper.time.set(sleeper.time.now() + LEASE_MS);
    await sleeper.presence.makeSure();
    assert.deepEqual(await codes(world), { ana: 4009, bia: "open", "another ana": "open" });
    const nodes = (await visitsOf(world)).map(({ node_id }) => node_id);
    assert.equal(nodes[1], sleeper.presence.nodeId);
  },
  "count sessions by their ids, not what is written of them": async (world) => {
    const [node] = await world.nodes(1) as [Node];
    const { presence } = node;
    await presence.claim(claimant("a"));
    for (let time = 0; time < 5; time++) {
      presence.leave("a", 1006);
      await presence.claim(claimant("a"));
    }
    await world.beside.query("update nodes set lease_until = clock_timestamp()");
    await presence.claim(claimant("b"));
    const [a, b] = await visitsOf(world);
    assert.equal(b!.id - a!.id, 1);
  },
  "are read the newest first, in pages that newer ones do not shift": async (world) => {
    const [one, two] = await world.nodes(2) as [Node, Node];
    for (const id of ["a", "b", "c", "d", "e"]) await one.presence.claim(claimant(id));
    one.presence.release("b", 1000);
    one.presence.leave("d", 1006);
    await one.presence.claim(claimant("last"));
    const read = async (state: "connected" | "disconnected" | "all", limit: number) => {
      const seen: string[] = [];
      let after: number | undefined;
      for (let pages = 0; pages < 10; pages++) {
        const page = await two.presence.visits({ state, limit, after });
        seen.push(...page.users.map(({ client_id }) => client_id));
        if (page.next === null) return seen;
        await two.presence.claim(claimant(`newer ${state} ${limit} ${pages}`));
        after = Number(page.next);
      }
      throw new Error("there is no end of pages");
    };
    const known = (ids: readonly string[]) => ids.filter((id) => /^[a-e]$/.test(id));
    assert.deepEqual(known(await read("connected", 2)), ["e", "c", "a"]);
    assert.deepEqual(known(await read("disconnected", 1)), ["d", "b"]);
    assert.deepEqual(known(await read("all", 3)), ["e", "d", "c", "b", "a"]);
    assert.deepEqual(known(await read("all", 100)), ["e", "d", "c", "b", "a"]);
    const [newest] =
      (await two.presence.visits({ state: "all", limit: 1, after: undefined })).users;
    assert.deepEqual(Object.keys(newest!), [
      "username",
      "client_id",
      "node",
      "connected_at",
      "disconnected_at",
      "close_code",
    ]);
    assert.equal(newest!.node, two.presence.nodeId);
  },
  "are pruned when they are too old, in steps, and not while they are open": async (world) => {
    const [node] = await world.nodes(1) as [Node];
    await node.presence.claim(claimant("open"));
    await world.beside.query(
      `insert into visits (client_id, username, node_id, connected_at, disconnected_at, close_code)
       select 'old ' || n, 'old', $1, clock_timestamp() - interval '50 days',
         clock_timestamp() - interval '30 days', 1000 from generate_series(1, 5100) n`,
      [crypto.randomUUID()],
    );
    await world.beside.query(
      `insert into visits (client_id, username, node_id, connected_at, disconnected_at, close_code)
       values ('young', 'young', $1, clock_timestamp() - interval '50 days',
         clock_timestamp() - interval '29 days 23 hours', 1000)`,
      [crypto.randomUUID()],
    );
    await world.beside.query(
      "update visits set connected_at = clock_timestamp() - interval '99 days' where client_id = 'open'",
    );
    await reap(node);
    assert.equal((await visitsOf(world)).length, 102);
    node.time.advance(LEASE_MS / 3);
    await settled(world, ["open", "open"], ["young", 1000]);
  },
  "are pruned when they are too many": async (world) => {
    const [node] = await world.nodes(1) as [Node];
    for (const id of ["open", "over"]) await node.presence.claim(claimant(id));
    node.presence.release("over", 1000);
    await settled(world, ["open", "open"], ["over", 1000]);
    await world.beside.query(
      `insert into visits (id, client_id, username, node_id, connected_at)
       overriding system value
       select id + 1000000, 'newest', 'newest', node_id, clock_timestamp()
       from visits where client_id = 'over'`,
    );
    await reap(node);
    await settled(world, ["open", "open"], ["newest", "open"]);
  },
  "are none where none are kept, and those of before go": async (world) => {
    const [before] = await world.nodes(1) as [Node];
    await before.presence.claim(claimant("before"));
    await before.presence.close();
    const { presence, time } = world.node({ visitsDays: 0 });
    await presence.start();
    await presence.claim(claimant("a"));
    await presence.resume(claimant("before").sessionHash);
    presence.release("before", 1000);
    await presence.claim(claimant("b"));
    for (let third = 0; third < 3; third++) {
      time.advance(LEASE_MS / 3);
      await eventually(() => assert.equal(time.pending, 1));
    }
    assert.deepEqual(await codes(world), {});
    assert.deepEqual(await world.names(), ["a", "b"]);
  },
};

testOnDatabases("Visits", CONTRACT, {
  pglite: {
    "end at the start after a server that was killed": async (world) => {
      const killed = world.node();
      await killed.presence.start();
      await killed.presence.claim(claimant("a"));
      await killed.presence.claim(claimant("b"));
      await world.beside.query(
        "update nodes set lease_until = clock_timestamp() - interval '1 hour'",
      );
      const { presence } = world.node();
      await presence.start();
      assert.deepEqual(await codes(world), { a: 1006, b: 1006 });
      const [visit] = await visitsOf(world);
      assert.ok(visit!.ago! >= 3600, "it ended with the lease");
    },
  },
});

/** Asks the route, on a presence that says what it was asked for. */
async function ask(query: string, visitsDays = 30) {
  const asked: unknown[] = [];
  const presence = {
    list: (page: unknown) => Promise.resolve(asked.push(page)),
    visits: (page: unknown) => Promise.resolve(asked.push(page)),
  };
  const context = {
    url: new URL(`http://localhost/api/users?${query}`),
    state: { presence, config: { VISITS_DAYS: visitsDays } },
  };
  const response = await handler.GET(context as unknown as Parameters<typeof handler.GET>[0]);
  assert.ok(response instanceof Response);
  return { status: response.status, body: await response.json(), asked };
}

Deno.test("GET /api/users reads who is online, and with state= the visits", async () => {
  assert.deepEqual((await ask("")).asked, [{ limit: 100, after: "" }]);
  assert.deepEqual((await ask("limit=2&after=ana")).asked, [{ limit: 2, after: "ana" }]);
  for (const state of ["connected", "disconnected", "all"]) {
    assert.deepEqual((await ask(`state=${state}`)).asked, [{
      state,
      limit: 100,
      after: undefined,
    }]);
  }
  assert.deepEqual((await ask("state=all&limit=3&after=12")).asked, [
    { state: "all", limit: 3, after: 12 },
  ]);
  assert.deepEqual((await ask("", 0)).asked, [{ limit: 100, after: "" }]);
});

Deno.test("GET /api/users refuses what makes no page, without asking the database", async () => {
  const wrong: [string, number, number?][] = [
    ["limit=0", 400],
    ["limit=1001&state=all", 400],
    ["after=%00", 400],
    ["state=", 400],
    ["state=away", 400],
    ["state=all&after=", 400],
    ["state=all&after=ana", 400],
    ["state=all&after=-1", 400],
    ["state=all&after=99999999999999999999", 400],
    ["state=all", 404, 0],
  ];
  for (const [query, status, visitsDays] of wrong) {
    const { body, asked, ...answer } = await ask(query, visitsDays);
    assert.deepEqual([answer.status, body.status, asked], [status, status, []], query);
  }
});
