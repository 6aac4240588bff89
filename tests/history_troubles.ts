/**
 * What goes wrong while clients talk over a cluster: connections at every moment, nodes and NATS one after the other.
 *
 * @module
 */

import type { Chance } from "./chance.ts";
import type { Cluster, Node } from "./cluster.ts";

/**
 * What may befall a cluster. A node is killed or drained, and started again; it stands still for a while, or hears nothing of
 * NATS for a while, and is behind the other one then; NATS is killed and started again.
 */
export type Disaster = "kill" | "drain" | "pause" | "lag" | "restart NATS";

/** How long a node stands still or hears nothing of NATS: less than clients or NATS would notice for sure. */
const WHILE_MS = 1500;

const STRIKES: Readonly<Record<Disaster, (cluster: Cluster, node: Node) => Promise<void>>> = {
  kill: async (_cluster, node) => {
    await node.end("SIGKILL");
    await node.start();
  },
  drain: async (_cluster, node) => {
    await node.end("SIGTERM");
    await node.start();
  },
  pause: async (_cluster, node) => {
    node.signal("SIGSTOP");
    await aWhile();
    node.signal("SIGCONT");
  },
  lag: async (_cluster, node) => {
    node.broker.stall();
    await aWhile();
    node.broker.heal();
  },
  "restart NATS": (cluster) => cluster.restartNats(),
};

/** The length of a fault: nobody waits for it to be over. */
function aWhile(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, WHILE_MS));
}

/** What {@linkcode troubles} takes. */
export interface TroubleOptions {
  readonly cluster: Cluster;
  readonly chance: Chance;
  /** In their order, spread evenly over the conversation. */
  readonly disasters: readonly Disaster[];
  readonly chats: number;
  /** One connection in so many chats is cut, and one goes silent; 0 for none. */
  readonly cutEvery: number;
  readonly stallEvery: number;
}

/** What goes wrong while people talk. */
export interface Troubles {
  /** How often each disaster has struck so far. */
  readonly struck: ReadonlyMap<Disaster, number>;
  /** To be called before each chat. */
  readonly before: (said: number) => void;
  /** Resolves when everything that has failed is there again. */
  over(): Promise<void>;
}

/** Plans what goes wrong while people talk. */
export function troubles(options: TroubleOptions): Troubles {
  const { cluster, chance, disasters, chats, cutEvery, stallEvery } = options;
  const plan = disasters.map((disaster, index) => ({
    disaster,
    at: Math.round((index + 1) * chats / (disasters.length + 1)),
  }));
  // One after the other: two nodes that are away are another promise.
  let last = Promise.resolve();
  const struck = new Map<Disaster, number>();
  const strike = async (disaster: Disaster) => {
    struck.set(disaster, 1 + (struck.get(disaster) ?? 0));
    await STRIKES[disaster](cluster, chance.pick(cluster.nodes) ?? cluster.nodes[0]);
  };
  return {
    struck,
    before: (said) => {
      if (cutEvery > 0 && chance.below(cutEvery) === 0) cluster.proxy.cut();
      if (stallEvery > 0 && chance.below(stallEvery) === 0) cluster.proxy.stall();
      for (const { at, disaster } of plan) {
        if (at === said) last = last.then(() => strike(disaster));
      }
    },
    over: async () => {
      await last;
      cluster.proxy.heal();
    },
  };
}
