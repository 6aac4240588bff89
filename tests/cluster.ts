/**
 * Several nodes of Pulso for tests, on one PostgreSQL and one NATS, behind a balancer that is a bad network.
 *
 * @module
 */

import type { Chance } from "./chance.ts";
import { startNats } from "./nats.ts";
import { startPostgres } from "./postgres.ts";
import { Proxy } from "./proxy.ts";
import { startServer, type TestServer } from "./server.ts";

/** Limits would only make the runs longer. */
export const FREE = {
  MESSAGES_PER_SECOND: "0",
  CONNECTS_PER_SECOND_PER_ADDRESS: "0",
  MAX_CONNECTIONS_PER_ADDRESS: "0",
};

/** One node of the cluster. */
export class Node {
  readonly #settings: Record<string, string>;
  #server: TestServer | undefined;
  /** The faults of the server itself that its processes have logged. */
  readonly faults: Record<string, unknown>[] = [];
  /** Its way to NATS. */
  readonly broker: Proxy;

  constructor(settings: Record<string, string>, broker: Proxy) {
    this.#settings = { NATS_URL: `nats://127.0.0.1:${broker.port}`, ...settings };
    this.broker = broker;
  }

  /** Where it listens; `undefined` while it does not run. */
  get port(): number | undefined {
    return this.#server?.port;
  }

  /**
   * Asks it for something over HTTP.
   *
   * @param path Such as `/health`.
   * @throws {Error} If it does not run, or refuses.
   */
  async get(path: string): Promise<unknown> {
    const response = await fetch(`${this.#server?.url}${path}`);
    if (response.ok) return await response.json();
    throw new Error(`Could not get ${path}: ${response.status} ${await response.text()}`);
  }

  /** Starts it, on a port of its own. */
  async start(): Promise<void> {
    this.#server = await startServer(this.#settings);
  }

  /** Sends it a signal that does not end it: SIGSTOP, SIGCONT. */
  signal(signal: Deno.Signal): void {
    if (this.#server) Deno.kill(this.#server.pid, signal);
  }

  /** Ends it with a signal. */
  async end(signal: Deno.Signal): Promise<Deno.CommandStatus | undefined> {
    const server = this.#server;
    // A dead one's port may be anybody's the next moment.
    if (signal === "SIGKILL") this.#server = undefined;
    const status = await server?.stop(signal);
    this.#server = undefined;
    this.faults.push(...server?.log.filter(({ event }) => event === "fault") ?? []);
    return status;
  }
}

/** A cluster of two nodes. */
export interface Cluster {
  readonly nodes: readonly [Node, Node];
  readonly proxy: Proxy;
  /** Where the sockets are, through the balancer. */
  readonly socketUrl: string;
  /** Ends NATS without a word and starts it again, with all that it has kept. */
  restartNats(): Promise<void>;
  /** Ends everything. */
  close(): Promise<void>;
}

/**
 * Starts PostgreSQL, NATS, two nodes and the balancer.
 *
 * @param settings Of both nodes, beside the addresses and the limits that are off; with an empty NATS_URL they do not hear
 *   of each other.
 */
export async function startCluster(
  { chance, settings = {} }: { chance: Chance; settings?: Record<string, string> },
): Promise<Cluster> {
  const [postgres, nats] = await Promise.all([startPostgres(), startNats()]);
  const all = { ...FREE, DATABASE_URL: postgres.url, ...settings };
  const create = () => new Node(all, new Proxy({ targets: () => [nats.port], chance }));
  const nodes = [create(), create()] as const;
  await Promise.all(nodes.map((node) => node.start()));
  const proxy = new Proxy({
    targets: () => nodes.flatMap(({ port }) => port ?? []),
    chance,
  });
  return {
    nodes,
    proxy,
    socketUrl: `ws://127.0.0.1:${proxy.port}/api/ws`,
    restartNats: async () => {
      await nats.end("SIGKILL");
      await nats.start();
    },
    close: async () => {
      proxy.close();
      await Promise.all(nodes.map((node) => node.end("SIGTERM")));
      for (const { broker } of nodes) broker.close();
      await Promise.all([postgres.remove(), nats.remove()]);
    },
  };
}
