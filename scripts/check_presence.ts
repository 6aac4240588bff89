/**
 * Presence while nodes and databases fail, in the long form: `deno task check:presence`, where PostgreSQL and nats-server
 * are installed; the beginnings of names choose some of the points: `deno task check:presence fence outage`.
 *
 * Prints one line of figures for each point; ends with 1 where one of them was not as promised.
 *
 * @module
 */

import { keepNames, loseNames } from "../tests/presence_fence.ts";
import { killEmbedded } from "../tests/presence_kills.ts";
import { killed } from "../tests/presence_killed.ts";
import { names } from "../tests/presence_names.ts";
import { checkModel } from "../tests/presence_model.ts";
import { LONG_OUTAGE, type Outage, outage, OUTAGES } from "../tests/presence_outage.ts";
import { rush, storm } from "../tests/presence_storm.ts";

/** The default of LEASE_MS. */
const leaseMs = 15_000;
const FENCE = { leaseMs, others: 20, closedWithinMs: 1000 };
/** Connected to a node that is killed; visitors in bursts, and at once. */
const RETURNING = 500;
const GONE = 400;
const VISITORS = 10_000;
const RUSHING = 2000;

/** One thing that is promised; it throws where the promise is broken, and else says what was measured. */
type Point = () => Promise<string>;

const POINTS: ReadonlyMap<string, Point> = new Map<string, Point>([
  ["fence", () => checkFence(true)],
  ["fence-without-nats", () => checkFence(false)],
  ["sleep", async () => {
    const { listedMs } = await keepNames({ ...FENCE, hasBroker: true });
    return `a node slept past its lease, and nobody took a name: all keep theirs, listed rightly ` +
      `after ${inMs(listedMs)}`;
  }],
  ["killed", async () => {
    const options = { leaseMs, returning: RETURNING, gone: GONE };
    const { backMs, listedMs, claimedMs, toldMs } = await killed(options);
    return `kill -9 of a node: ${RETURNING} clients back with their names after ${inMs(backMs)}; ` +
      `${GONE} do not come back: not listed after ${inMs(listedMs)}, names claimed again after ` +
      `${inMs(claimedMs)}, each told to have left once, after ${inMs(toldMs)}`;
  }],
  ["names", async () => {
    const [rounds, claims] = [50, 200];
    const { sockets, wins } = await names({ rounds, claims });
    return `${rounds} rounds of ${claims} claims of one name at once: one winner each, ` +
      `${wins.join(" and ")} of the two nodes; ${sockets} sockets`;
  }],
  ["storm", async () => {
    const { statements, seconds } = await storm({ visitors: VISITORS, perSecond: 500 });
    return `${VISITORS} came and went in ${Math.round(seconds)} s: no rows left, ` +
      `${statements} statements, one for ${Math.floor(2 * VISITORS / statements)} of them`;
  }],
  ["rush", async () => {
    const { welcomedMs } = await rush({ visitors: RUSHING });
    return `${RUSHING} at once: all welcomed and recorded after ${inMs(welcomedMs)}`;
  }],
  ["model", async () => {
    const { runs, commands, ms } = await checkModel({ runs: 2000 });
    return `${commands} commands in ${runs} random stories, which keep all rules; ${inMs(ms)}`;
  }],
  ["embedded", async () => {
    const { rounds, worstStartMs, ghosts } = await killEmbedded({ rounds: 20 });
    return `kill -9 of a single node ${rounds} times: listening again within ` +
      `${inMs(worstStartMs)}, ${ghosts} ghosts`;
  }],
  ...OUTAGES.map((how): [string, Point] => [
    `outage-${how.replaceAll(" ", "-")}`,
    () => checkOutage(how, 1),
  ]),
  // Of several nodes one is back before the others.
  ["two-nodes-outage-stopped", () => checkOutage("stopped", 2)],
  ["two-nodes-outage-absent", () => checkOutage("absent", 2)],
]);

async function checkFence(hasBroker: boolean): Promise<string> {
  const { closedMs, listedMs, learnedMs } = await loseNames({ ...FENCE, hasBroker });
  const learned = hasBroker ? `, known to the other node's people after ${inMs(learnedMs)}` : "";
  return `a node slept past its lease, and a name was taken: 4009 after ${inMs(closedMs)}, ` +
    `all listed rightly after ${inMs(listedMs)}${learned}`;
}

async function checkOutage(how: Outage, nodes: 1 | 2): Promise<string> {
  const { findings, ...figures } = await outage(how, { ...LONG_OUTAGE, nodes });
  if (findings.length > 0) throw new Error(findings.join("; "));
  const { chats, ...times } = figures;
  const ms = Object.fromEntries(Object.entries(times).map(([name, time]) => [name, inMs(time)]));
  return `down told after ${ms.downMs}, up after ${ms.upMs}; /ready says so after ${ms.unreadyMs} ` +
    `and ${ms.readyMs}; rows right after ${ms.rightMs}; p99 of ${chats} chats ${ms.p99Ms}, ` +
    `meanwhile ${ms.p99AwayMs}; newcomers in within ${ms.earlyMs}, then ${ms.lateMs}; ` +
    `/api/users within ${ms.usersMs}; the longest wait for the clock ${ms.tickMs}`;
}

function inMs(ms: number): string {
  return `${Math.round(ms)} ms`;
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

/** Runs the points whose names begin so, one after the other. Returns whether all was as promised. */
async function run(beginnings: readonly string[]): Promise<boolean> {
  let isWell = true;
  for (const [name, point] of POINTS) {
    const isChosen = beginnings.some((beginning) => name.startsWith(beginning));
    if (!isChosen && beginnings.length > 0) continue;
    print(`${name}: `);
    try {
      print(`${await point()}\n`);
    } catch (error) {
      isWell = false;
      print(`NOT MET: ${error instanceof Error ? error.stack : error}\n`);
    }
  }
  return isWell;
}

const all = [...POINTS.keys()];
const unknown = Deno.args.find((beginning) => !all.some((name) => name.startsWith(beginning)));
if (unknown !== undefined) {
  throw new Error(
    `Could not check a point: none begins so: ${unknown}; there are ${all.join(", ")}`,
  );
}
Deno.exit(await run(Deno.args) ? 0 : 1);
