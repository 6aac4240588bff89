import assert from "node:assert/strict";
import { anySeed, Chance } from "./chance.ts";
import { type Cluster, startCluster } from "./cluster.ts";
import type { Stay } from "./history_clients.ts";
import { Conversation } from "./history_cluster.ts";
import { type Disaster, troubles } from "./history_troubles.ts";
import { natsPath } from "./nats.ts";
import { postgresPath } from "./postgres.ts";
import { ignoreWithout } from "./requirements.ts";

const ignore = ignoreWithout("postgres", postgresPath) || ignoreWithout("nats", natsPath);

const CHATS = 2000;
const PER_SECOND = 250;

interface Setting {
  readonly cluster: Cluster;
  readonly conversation: Conversation;
  readonly chance: Chance;
}

/** Runs a test with 20 clients on two nodes, and judges what they have kept; a failure says the seed. */
function conversationTest(
  name: string,
  settings: Record<string, string>,
  test: (setting: Setting) => Promise<void>,
): void {
  Deno.test({
    name,
    ignore,
    fn: async () => {
      const seed = anySeed();
      const chance = new Chance(seed);
      const cluster = await startCluster({ chance, settings });
      const options = { url: cluster.socketUrl, library: 16, byHand: 4, chance };
      const conversation = new Conversation(options);
      try {
        await conversation.gather();
        await test({ cluster, conversation, chance });
        await conversation.settle();
        const { findings, ...figures } = await conversation.judge(cluster.nodes[0]);
        assert.deepEqual(findings, []);
        assert.deepEqual([figures.chats, figures.notResumed], [CHATS, 0]);
        assert.ok(figures.resumed > 0);
      } catch (error) {
        throw new Error(`with the seed ${seed}`, { cause: error });
      } finally {
        conversation.end();
        await cluster.close();
      }
      assert.deepEqual(cluster.nodes.flatMap(({ faults }) => faults), [], `seed ${seed}`);
    },
  });
}

conversationTest(
  "20 clients on two nodes miss nothing while connections are cut, a node is killed and NATS restarted",
  {},
  async ({ cluster, conversation, chance }) => {
    const disasters: readonly Disaster[] = ["kill", "restart NATS"];
    const often = { cutEvery: 60, stallEvery: 200 };
    const trouble = troubles({ cluster, chance, disasters, chats: CHATS, ...often });
    await conversation.talk({ chats: CHATS, perSecond: PER_SECOND, before: trouble.before });
    await trouble.over();
    assert.ok(cluster.proxy.cuts > 0 && cluster.proxy.stalls > 0);
  },
);

const SPREAD_MS = 2000;

conversationTest(
  "A node that is drained sends all away within 1 s, ends with 0, and nobody misses anything",
  { DRAIN_SPREAD_MS: String(SPREAD_MS) },
  async ({ cluster, conversation }) => {
    const [drained] = cluster.nodes;
    const { node } = await drained.get("/health") as { node: string };
    let drain: Promise<Deno.CommandStatus | undefined> | undefined;
    let signalledAt = 0;
    let exitedAt = 0;
    let away: readonly Stay[] = [];
    await conversation.talk({
      chats: CHATS,
      perSecond: PER_SECOND,
      before: (said) => {
        if (said !== CHATS / 4) return;
        away = conversation.staysAt(node);
        signalledAt = performance.now();
        drain = drained.end("SIGTERM").then(async (status) => {
          exitedAt = performance.now();
          await drained.start();
          return status;
        });
      },
    });
    assert.equal((await drain)?.code, 0);
    assert.ok(exitedAt - signalledAt < 5000, `took ${exitedAt - signalledAt} ms`);
    await conversation.gather();
    assert.ok(away.length > 1);
    for (const { code, closedAt = Infinity } of away) {
      assert.equal(code, 1001);
      assert.ok(closedAt - signalledAt < 1000, `${closedAt - signalledAt} ms`);
    }
    const waits = away.map(({ reconnectAfterMs = Infinity }) => reconnectAfterMs);
    assert.ok(waits.every((ms) => ms < SPREAD_MS) && new Set(waits).size > 1, `${waits}`);
    for (const { closedAt = 0, returnedAt = Infinity, reconnectAfterMs = 0 } of away) {
      // The client library waits 100 ms at the least.
      const lateMs = returnedAt - closedAt - Math.max(100, reconnectAfterMs);
      assert.ok(lateMs > -100 && lateMs < 1000, `${lateMs} ms after ${reconnectAfterMs} ms`);
    }
  },
);
