/**
 * A million deliveries over two nodes while connections are cut and go silent, nodes are killed, drained, paused and left
 * behind, and NATS is restarted: `deno task check:history`, where PostgreSQL and nats-server are installed; a seed gives the
 * chance of a run of before: `deno task check:history 42`.
 *
 * Prints one line of figures; ends with 1 where anything was not as promised, or where somebody could not resume, since
 * nothing that fails here is an excuse for that.
 *
 * @module
 */

import { anySeed, Chance } from "../tests/chance.ts";
import { startCluster } from "../tests/cluster.ts";
import { Conversation } from "../tests/history_cluster.ts";
import { type Disaster, troubles } from "../tests/history_troubles.ts";

/** 20 clients hear what 19 others say: a million deliveries. */
const LIBRARY = 16;
const BY_HAND = 4;
const CHATS = Math.ceil(1_000_000 / (LIBRARY + BY_HAND - 1));
const PER_SECOND = 1000;
const CUT_EVERY = 250;
const STALL_EVERY = 3000;
const DISASTERS: readonly Disaster[] = [
  ...["kill", "restart NATS", "drain", "lag", "restart NATS", "pause"] as const,
  ...["kill", "drain", "restart NATS", "kill", "lag", "restart NATS"] as const,
];
/** More findings than this say nothing new. */
const MOST_SHOWN = 20;

/** Returns whether all was as promised. */
async function run(seed: number): Promise<boolean> {
  const startedAt = performance.now();
  const chance = new Chance(seed);
  const cluster = await startCluster({ chance });
  const { socketUrl: url, proxy, nodes } = cluster;
  const conversation = new Conversation({ url, library: LIBRARY, byHand: BY_HAND, chance });
  let isWell = false;
  try {
    await conversation.gather();
    const trouble = troubles({
      cluster,
      chance,
      disasters: DISASTERS,
      chats: CHATS,
      cutEvery: CUT_EVERY,
      stallEvery: STALL_EVERY,
    });
    await conversation.talk({ chats: CHATS, perSecond: PER_SECOND, before: trouble.before });
    await trouble.over();
    await conversation.settle();
    const { findings, ...figures } = await conversation.judge(nodes[0]);
    const { deliveries, chats, acks, answers, resumed, notResumed } = figures;
    const struck = [...trouble.struck].map(([disaster, times]) => `${times} x ${disaster}`);
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    print(
      `${deliveries} deliveries of ${chats} chats, ${acks} acks, ${answers} answers; ` +
        `${proxy.cuts} cuts, ${proxy.stalls} stalls, ${struck.join(", ")}; ` +
        `${resumed} resumes, ${notResumed} resumed false; ` +
        `${findings.length} violations; ${seconds} s; seed ${seed}`,
    );
    for (const { kind, client, what } of findings.slice(0, MOST_SHOWN)) {
      print(`${kind}, ${client}: ${what}`);
    }
    isWell = findings.length + notResumed === 0;
  } finally {
    conversation.end();
    await cluster.close();
  }
  const faults = nodes.flatMap(({ faults }) => faults);
  for (const fault of faults.slice(0, MOST_SHOWN)) print(JSON.stringify(fault));
  return isWell && faults.length === 0;
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

const [given] = Deno.args;
const seed = given === undefined ? anySeed() : Number(given);
if (!Number.isSafeInteger(seed)) {
  throw new Error(`Could not use the seed: no whole number: ${given}`);
}
try {
  Deno.exit(await run(seed) ? 0 : 1);
} catch (error) {
  throw new Error(`with the seed ${seed}`, { cause: error });
}
