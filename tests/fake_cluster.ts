/**
 * Nodes for tests of what they know of each other: on one bus in memory, with one database in a map and one time.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { LogFields } from "../lib/log.ts";
import { Peers } from "../lib/peers.ts";
import type { PresenceEntry } from "../lib/presence.ts";
import { DatabaseError } from "../lib/queries.ts";
import { type Present, Roster } from "../lib/roster.ts";
import { FakeBus } from "./fake_bus.ts";
import { FakeTime } from "./fakes.ts";

/** The database that all nodes share. */
export class FakeDatabase {
  readonly rows = new Map<string, PresenceEntry>();
  isUp = true;
  /** Why it does not answer while it is not up. */
  code = "AWAY";
  /** How often it was asked. */
  asked = 0;
  /** Set while answers are held back: they are of the moment of the question. */
  #held: (() => void)[] | undefined;

  async snapshot(): Promise<readonly PresenceEntry[]> {
    this.asked++;
    if (!this.isUp) throw new DatabaseError(this.code, "Could not use the database");
    const answer = [...this.rows.values()];
    const held = this.#held;
    if (held !== undefined) await new Promise<void>((resolve) => held.push(resolve));
    return answer;
  }

  hold(): void {
    this.#held ??= [];
  }

  async release(): Promise<void> {
    for (const answer of this.#held ?? []) answer();
    this.#held = undefined;
    await settled();
  }
}

/** Lets answers of the database arrive. */
export async function settled(): Promise<void> {
  for (let turns = 0; turns < 10; turns++) await Promise.resolve();
}

/** One node: what its hub would do, in one line each. */
export class Node {
  readonly end;
  readonly roster = new Roster();
  readonly peers: Peers;
  /** The sessions that the hub takes for its own. */
  readonly own = new Set<string>();
  readonly moved: string[] = [];
  readonly warnings: { event: string; fields: LogFields | undefined }[] = [];
  changes = 0;
  nodeId: string;
  othersMayReturn = false;
  /** Whose rows it missed. */
  readonly claimedAgain: string[] = [];
  readonly #cluster: Cluster;

  constructor(cluster: Cluster, nodeId: string) {
    this.#cluster = cluster;
    this.nodeId = nodeId;
    this.end = cluster.bus.end();
    const ignore = () => {};
    // deno-lint-ignore no-this-alias -- the getter's own `this` is another one
    const node = this;
    this.peers = new Peers({
      bus: this.end,
      roster: this.roster,
      presence: {
        get nodeId() {
          return node.nodeId;
        },
        get othersMayReturn() {
          return node.othersMayReturn;
        },
        claimAgain: (clientId) => this.claimedAgain.push(clientId),
        snapshot: () => cluster.database.snapshot(),
      },
      log: {
        debug: ignore,
        info: ignore,
        error: ignore,
        warning: (event, fields) => this.warnings.push({ event, fields }),
      },
      time: cluster.time,
      changed: () => this.changes++,
      moved: (clientId) => {
        this.moved.push(clientId);
        this.own.delete(clientId);
      },
    });
  }

  /** Takes another node_id. */
  rename(nodeId: string): void {
    const former = this.nodeId;
    this.nodeId = nodeId;
    this.roster.renameNode(former, nodeId);
    this.peers.renamed();
  }

  present(name: string, version = 0): Present {
    const { database, time } = this.#cluster;
    const connectedAt = database.rows.get(name)?.user.connected_at ??
      new Date(time.now()).toISOString();
    const user = { username: name, client_id: name, connected_at: connectedAt, node: this.nodeId };
    return { user, key: name.toLowerCase(), version };
  }

  /** Somebody comes, is back, or is taken over; the client_id is the name. */
  here(name: string, version = 0): Present {
    const present = this.present(name, version);
    this.#cluster.database.rows.set(name, { ...present, isAway: false });
    this.show(present);
    return present;
  }

  /** Takes a session for its own, whatever the database says. */
  show(present: Present): void {
    this.own.add(present.user.client_id);
    this.roster.here(present);
    this.peers.here(present);
  }

  away(name: string): void {
    const { rows } = this.#cluster.database;
    rows.set(name, { ...rows.get(name)!, isAway: true });
    this.roster.away(name);
    this.peers.away(name);
  }

  gone(name: string): void {
    this.#cluster.database.rows.delete(name);
    this.own.delete(name);
    this.roster.gone(name);
    this.peers.gone(name);
  }

  /** Who is here, as this node knows it, by name; no client has taken this list. */
  get names(): string[] {
    const here = [...this.roster.everybody].filter(({ isHere }) => isHere);
    return here.sort((a, b) => a.key < b.key ? -1 : 1).map(({ user }) => user.username);
  }

  /** What is told to the clients: who came, who went. */
  told(): [joined: string[], left: string[]] {
    const { joined, left } = this.roster.takeChanges();
    return [joined.map(({ username }) => username), left.map(({ username }) => username)];
  }
}

/** Nodes that have started, seen nothing in the database and heard of each other. */
export class Cluster {
  readonly time = new FakeTime();
  readonly bus = new FakeBus();
  readonly database = new FakeDatabase();
  readonly nodes: Node[] = [];

  static async create(count: number): Promise<Cluster> {
    const cluster = new Cluster();
    for (let number = 0; number < count; number++) cluster.add();
    await settled();
    for (const node of cluster.nodes) node.here(`early at ${node.nodeId}`);
    await cluster.pass(1000);
    for (const node of cluster.nodes) node.gone(`early at ${node.nodeId}`);
    // Until a snapshot has been taken that leaves nothing open.
    await cluster.pass(10_000);
    cluster.forget();
    return cluster;
  }

  add(nodeId = `node-${this.nodes.length}`): Node {
    const node = new Node(this, nodeId);
    this.nodes.push(node);
    return node;
  }

  /** Forgets what was said and asked so far. */
  forget(): void {
    this.bus.take();
    this.database.asked = 0;
    for (const node of this.nodes) {
      node.told();
      node.changes = 0;
    }
  }

  /** Lets time pass, in steps of 500 ms; what is said arrives. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 500) {
      this.time.advance(Math.min(500, ms - passed));
      this.bus.deliver();
      await settled();
    }
  }

  stop(): void {
    for (const { peers } of this.nodes) peers.stop();
    assert.equal(this.time.pending, 0, "a timer is left");
  }
}

/** A test over some nodes; what they have set going is stopped, and must then be at rest. */
export function clusterTest(
  name: string,
  count: number,
  run: (cluster: Cluster, ...nodes: Node[]) => void | Promise<void>,
): void {
  Deno.test(name, async () => {
    const cluster = await Cluster.create(count);
    await run(cluster, ...cluster.nodes);
    cluster.stop();
  });
}
