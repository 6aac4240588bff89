/**
 * Whatever happens to three nodes, their bus and their database: in the end all of them know the same.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import type { PresenceEntry } from "../lib/presence.ts";
import { Cluster, type Node, settled } from "./fake_cluster.ts";

/**
 * The hubs of three nodes as they would act for four people, and what they promise by then. Everybody has one session at a
 * time; the node that has it is asked, another one may take it over.
 */
class Story {
  readonly #cluster: Cluster;
  /** The node of each session, and the session's number and version. */
  readonly #sessions = new Map<string, { node: Node; number: number; version: number }>();
  /** What clients of each node know that took a list at some time. */
  readonly #clients: { readonly node: Node; readonly known: Set<string> }[] = [];
  #numbers = 0;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  here(name: string, node: Node): void {
    const session = this.#sessions.get(name) ?? { node, number: ++this.#numbers, version: 0 };
    if (session.node !== node) session.version++;
    this.#sessions.set(name, { ...session, node });
    const { database, time } = this.#cluster;
    const clientId = `${name}-${session.number}`;
    const known = database.rows.get(clientId)?.user.connected_at;
    const user = {
      username: name,
      client_id: clientId,
      connected_at: known ?? new Date(time.now()).toISOString(),
      node: node.nodeId,
    };
    const present = { user, key: name, version: session.version };
    database.rows.set(clientId, { ...present, isAway: false });
    node.show(present);
  }

  leave(name: string, does: "away" | "gone"): void {
    const session = this.#sessions.get(name);
    if (session === undefined) return;
    const clientId = `${name}-${session.number}`;
    // Its former node may not have heard yet that it has moved, and has nothing to say of it any more.
    session.node[does](clientId);
    if (does === "gone") this.#sessions.delete(name);
  }

  /** The sockets of sessions are closed that went on elsewhere and are over, of which their former node has not heard. */
  closeLingering(): void {
    for (const node of this.#cluster.nodes) {
      for (const clientId of node.own) {
        if (!this.#cluster.database.rows.has(clientId)) node.gone(clientId);
      }
    }
  }

  rename(node: Node): void {
    node.rename(crypto.randomUUID());
    for (const [name, { node: of, number }] of this.#sessions) {
      if (of !== node) continue;
      const { rows } = this.#cluster.database;
      const row = rows.get(`${name}-${number}`)!;
      rows.set(`${name}-${number}`, { ...row, user: { ...row.user, node: node.nodeId } });
    }
  }

  list(node: Node): void {
    const known = node.roster.list(1000).map(({ client_id }) => client_id);
    this.#clients.push({ node, known: new Set(known) });
  }

  tell(node: Node): void {
    const { joined, left, online } = node.roster.takeChanges();
    assert.equal(online, node.names.length);
    for (const { known } of this.#clients.filter((client) => client.node === node)) {
      for (const { client_id } of left) known.delete(client_id);
      for (const { client_id } of joined) known.add(client_id);
      for (const { user, isHere } of node.roster.everybody) {
        assert.ok(!isHere || known.has(user.client_id), "a client does not know somebody");
      }
      for (const clientId of known) assert.ok(node.roster.find(clientId), "somebody is gone");
    }
  }

  /** All rosters are what the database says. */
  check(): void {
    const show = (all: Iterable<Omit<PresenceEntry, "isAway"> & { isHere: boolean }>) =>
      [...all].map(({ user, key, version, isHere }) =>
        JSON.stringify([user.client_id, user.node, user.connected_at, key, version, isHere])
      ).sort();
    const rows = [...this.#cluster.database.rows.values()];
    const expected = show(rows.map((row) => ({ ...row, isHere: !row.isAway })));
    for (const node of this.#cluster.nodes) {
      assert.deepEqual(show(node.roster.everybody), expected);
      this.tell(node);
    }
  }
}

const steps = fc.array(
  fc.record({
    does: fc.constantFrom(
      ...["here", "here", "here", "away", "gone", "deliver", "deliver", "lose", "time"] as const,
      ...["time", "bus", "tell", "list", "rename", "hold", "release"] as const,
    ),
    number: fc.nat(2),
    name: fc.constantFrom("ana", "bob", "carol", "dave"),
    chance: fc.nat(1000),
  }),
  { maxLength: 100, size: "max" },
);

Deno.test("Peers make all rosters what the database says within 40 s, and keep all clients right, whatever happens", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const cluster = new Cluster();
      for (let number = 0; number < 3; number++) cluster.add();
      await settled();
      const story = new Story(cluster);
      for (const { does, number, name, chance } of all) {
        const node = cluster.nodes[number]!;
        if (does === "here") story.here(name, node);
        else if (does === "away" || does === "gone") story.leave(name, does);
        else if (does === "deliver") cluster.bus.deliverSome(chance);
        else if (does === "lose") cluster.bus.lose({ to: node.end });
        else if (does === "time") cluster.time.advance(chance * 3);
        else if (does === "bus") node.end.set(chance % 2 === 0);
        else if (does === "hold") cluster.database.hold();
        else if (does === "release") await cluster.database.release();
        else story[does](node);
        await settled();
        for (const each of cluster.nodes) if (chance % 3 === 0) story.tell(each);
      }
      cluster.bus.lose();
      await cluster.database.release();
      for (const { end } of cluster.nodes) end.set(true);
      story.closeLingering();
      await cluster.pass(40_000);
      story.check();
      cluster.stop();
    }),
    { numRuns: 200 },
  );
});
