/**
 * Nodes of a test on one nats-server: each with its journal, its bus, and what it has logged.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { Time } from "../lib/clock.ts";
import type { Bus } from "../lib/bus.ts";
import type { Journal } from "../lib/journal.ts";
import { createLog } from "../lib/log.ts";
import { openNats } from "../lib/nats.ts";
import type { StreamSettings } from "../lib/nats_settings.ts";
import { connectOnce } from "../lib/nats_transport.ts";
import { eventually } from "./eventually.ts";
import { Ear } from "./journal_contract.ts";
import { createNats, natsPath, type NatsSetup, type TestNats } from "./nats.ts";
import { ignoreWithout } from "./requirements.ts";

/** What a node has of NATS, and an ear on it. */
export interface Node {
  readonly journal: Journal;
  readonly bus: Bus;
  readonly adminBus: Bus;
  readonly ear: Ear;
  /** The lines of its log, read, but for those of what it has made or changed. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
  /** Those. */
  readonly changes: readonly Readonly<Record<string, unknown>>[];
  close(): Promise<void>;
}

/** What a node may be given. */
export interface NodeSetup extends Partial<StreamSettings> {
  readonly url?: string;
  readonly historySize?: number;
  readonly time?: Time;
}

/** A nats-server, and what opens nodes on it. */
export interface Cluster {
  readonly server: TestNats;
  open(setup?: NodeSetup): Promise<Node>;
}

/** Opens a node on an address. */
export async function openNode(setup: NodeSetup & { readonly url: string }): Promise<Node> {
  const log: Record<string, unknown>[] = [];
  const changes: Record<string, unknown>[] = [];
  const write = (text: string) => {
    const line = JSON.parse(text);
    const isChange = ["stream_created", "stream_setting_changed"].includes(line.event);
    (isChange ? changes : log).push(line);
  };
  const { journal, bus, adminBus, close } = await openNats({
    stream: "pulso",
    replicas: 1,
    maxAgeMs: 86_400_000,
    maxBytes: 1_073_741_824,
    historySize: 1000,
    log: createLog({ level: "debug", format: "json", write }),
    ...setup,
  });
  return { journal, bus, adminBus, close, log, changes, ear: new Ear(journal) };
}

/** Runs a test with a nats-server, and closes whatever it has opened. */
function withCluster(
  run: (cluster: Cluster) => Promise<void>,
  { starts = true, ...setup }: NatsSetup & { readonly starts?: boolean } = {},
): () => Promise<void> {
  return async () => {
    const server = await createNats(setup);
    const nodes: Node[] = [];
    try {
      if (starts) await server.start();
      await run({
        server,
        open: async (setup) => {
          const node = await openNode({ url: server.url, ...setup });
          nodes.push(node);
          return node;
        },
      });
    } finally {
      await Promise.all(nodes.map((node) => node.close()));
      await server.remove();
    }
  };
}

/** Registers a test that needs a nats-server, which is ignored where there is none. */
export function testWithNats(
  name: string,
  run: (cluster: Cluster) => Promise<void>,
  setup?: Parameters<typeof withCluster>[1],
): void {
  const ignore = ignoreWithout("nats", natsPath);
  Deno.test({ name, ignore, fn: withCluster(run, setup) });
}

/** Waits until a node's broker is as wanted. */
export function isBroker(node: Node, wanted: "up" | "down"): Promise<void> {
  return eventually(() => assert.equal(node.journal.broker, wanted), 10_000);
}

/** Does on a server what no node would. */
export async function meddle<T>(
  server: TestNats,
  how: (connection: NatsConnection, manager: JetStreamManager) => Promise<T>,
): Promise<T> {
  const connection = await connectOnce({ servers: `127.0.0.1:${server.port}` });
  try {
    return await how(connection, await jetstreamManager(connection));
  } finally {
    await connection.close();
  }
}
