/**
 * A node that is killed, seen from its people and from the node that is left: real nodes on one PostgreSQL.
 *
 * @module
 */

import assert from "node:assert/strict";
import { anySeed, Chance } from "./chance.ts";
import { type Cluster, type Node, startCluster } from "./cluster.ts";
import { eventually } from "./eventually.ts";
import { LibraryTalker } from "./history_clients.ts";
import { join, listUsers, nameOf, type Person, told } from "./presence_people.ts";
import { Proxy } from "./proxy.ts";

/** What {@linkcode killed} takes. */
export interface KilledOptions {
  readonly leaseMs: number;
  /** How many of those who are connected to the node come back, and how many do not; 999 together at most. */
  readonly returning: number;
  readonly gone: number;
}

/** What {@linkcode killed} measures, from the kill on, in ms. */
export interface KilledFigures {
  /** Until all who come back were back. */
  readonly backMs: number;
  /** Until the other node listed them and nobody who is gone. */
  readonly listedMs: number;
  /** Until half of the names of those who are gone had new holders. */
  readonly claimedMs: number;
  /** Until it was told of all who are gone that they left. */
  readonly toldMs: number;
}

/** Beyond the lease, whatever is left of a dead node lasts no longer than this. */
const BEYOND_LEASE_MS = 5000;
/** Clients of a dead node are back on another one within this time. */
const BACK_WITHIN_MS = 10_000;

/** A node that is to be killed, with its people; and another one, with Ben. */
class Stage {
  readonly #doomed: Node;
  readonly #other: Node;
  readonly #ben: Person;
  readonly #proxy: Proxy;
  readonly #returning: readonly LibraryTalker[];
  readonly #gone: readonly Person[];
  readonly #successors: Person[] = [];
  #killedAt = 0;

  private constructor(
    [doomed, other]: Cluster["nodes"],
    people: { readonly ben: Person; readonly gone: readonly Person[]; readonly returning: number },
  ) {
    this.#doomed = doomed;
    this.#other = other;
    this.#ben = people.ben;
    this.#gone = people.gone;
    const chance = new Chance(anySeed());
    this.#proxy = new Proxy({ targets: () => [doomed.port ?? other.port ?? 0], chance });
    const url = `ws://127.0.0.1:${this.#proxy.port}/api/ws`;
    this.#returning = Array.from(
      { length: people.returning },
      (_, index) => new LibraryTalker({ url, name: `returning-${index}`, chance }),
    );
  }

  /** Everybody comes. */
  static async open({ nodes }: Cluster, { returning, gone: count }: KilledOptions): Promise<Stage> {
    const [doomed, other] = nodes;
    const ben = await join(other, "ben");
    const gone = await Promise.all(
      Array.from({ length: count }, (_, index) => join(doomed, `gone-${index}`)),
    );
    return new Stage(nodes, { ben, gone, returning });
  }

  /** How long ago the node was killed, in ms. */
  get sinceMs(): number {
    return performance.now() - this.#killedAt;
  }

  /** Kills the node when everybody is there and Ben knows of those who will not come back. */
  async kill(): Promise<void> {
    await this.#areBack(await nameOf(this.#doomed));
    await this.#ben.client.until(() => this.#news("joined").every((times) => times === 1));
    this.#killedAt = performance.now();
    await this.#doomed.end("SIGKILL");
  }

  /** Waits until those who come back are on the other node, who they were. */
  async return(): Promise<void> {
    const before = this.#returning.map(identityOf);
    await this.#areBack(await nameOf(this.#other));
    assert.deepEqual(this.#returning.map(identityOf), before);
  }

  #areBack(node: string): Promise<void> {
    return eventually(() => {
      const late = this.#returning.filter(({ isOnline, stays }) =>
        !isOnline || stays.at(-1)?.node !== node
      );
      assert.deepEqual(late.map(identityOf), []);
    }, BACK_WITHIN_MS);
  }

  /** Waits until the node that is left lists everybody who is there, at itself, and nobody else. */
  async listed(withinMs: number): Promise<void> {
    const node = await nameOf(this.#other);
    const people = [this.#ben, ...this.#successors].map(({ name, clientId }) =>
      `${name} ${clientId}`
    );
    const expected = [...people, ...this.#returning.map(identityOf)]
      .map((identity) => `${identity} ${node}`).sort();
    await eventually(async () => {
      const users = await listUsers(this.#other);
      const found = users.map(({ username, client_id, node }) =>
        `${username} ${client_id} ${node}`
      );
      assert.deepEqual(found.sort(), expected);
    }, withinMs);
  }

  /** The names of half of those who are gone are claimed on the other node, all at once. */
  async claim(half: 0 | 1): Promise<void> {
    const free = this.#gone.filter((_, index) => index % 2 === half);
    this.#successors.push(
      ...await Promise.all(free.map(({ name }) => join(this.#other, name))),
    );
  }

  /** Waits until Ben was told of all who are gone that they left. */
  async told(withinMs: number): Promise<void> {
    await this.#ben.client.until(() => !this.#news("left").includes(0), withinMs);
  }

  /** Ben was told once of each who is gone that they left, and of nobody else. */
  async assertTold(): Promise<void> {
    const news = () => told(this.#ben, 0);
    await eventually(() =>
      assert.ok(this.#successors.every(({ clientId }) => news().has(clientId)))
    );
    const left = [...news()].flatMap(([clientId, what]) =>
      what.filter((what) => what === "left").map(() => clientId)
    );
    assert.deepEqual(left.sort(), this.#gone.map(({ clientId }) => clientId).sort());
  }

  /** How often Ben was told something of those who are gone. */
  #news(what: string): number[] {
    const all = told(this.#ben, 0);
    return this.#gone.map(({ clientId }) =>
      all.get(clientId)?.filter((news) => news === what).length ?? 0
    );
  }

  async close(): Promise<void> {
    for (const talker of this.#returning) talker.end();
    const people = [this.#ben, ...this.#gone, ...this.#successors];
    await Promise.allSettled(people.map(({ client }) => client.close()));
    this.#proxy.close();
  }
}

/** The name and the client_id by which somebody was welcomed last. */
function identityOf({ recorder }: LibraryTalker): string {
  const welcome = recorder.events.findLast(({ type }) => type === "welcome");
  return welcome?.type === "welcome" ? `${welcome.username} ${welcome.client_id}` : "nobody";
}

/**
 * Kills a node. Of its people those who use the client library are back on the other one within 10 s, with their names and
 * client_ids. The others do not come back: within the lease and 5 s they are not listed any more, and their names are
 * free; half of them are claimed at once, the other half when it is told that their holders left. That is told once of each
 * who is gone, and of nobody else.
 *
 * @throws {Error} Where that is not so.
 */
export async function killed(options: KilledOptions): Promise<KilledFigures> {
  const { leaseMs } = options;
  const settings = { LEASE_MS: String(leaseMs) };
  const cluster = await startCluster({ chance: new Chance(anySeed()), settings });
  let stage: Stage | undefined;
  try {
    stage = await Stage.open(cluster, options);
    await stage.kill();
    await stage.return();
    const backMs = stage.sinceMs;
    await stage.listed(leaseMs + BEYOND_LEASE_MS - backMs);
    const listedMs = stage.sinceMs;
    await stage.claim(0);
    const claimedMs = stage.sinceMs;
    assert.ok(claimedMs < leaseMs + BEYOND_LEASE_MS, `claimed after ${claimedMs} ms`);
    // Of the rest nobody tells but who reaps the dead node.
    await stage.told(2 * leaseMs + BEYOND_LEASE_MS);
    const toldMs = stage.sinceMs;
    await stage.claim(1);
    await stage.listed(BEYOND_LEASE_MS);
    await stage.assertTold();
    return { backMs, listedMs, claimedMs, toldMs };
  } finally {
    await stage?.close();
    await cluster.close();
    assert.deepEqual(cluster.nodes.flatMap(({ faults }) => faults), []);
  }
}
