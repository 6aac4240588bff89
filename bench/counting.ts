/**
 * What counting costs a chat over real sockets: `deno task bench:counting`. One hub counts and does not, by slices of some ms,
 * while `load.ts` talks to it from another core; compared is the processor time of a chat, by the median of all pairs of
 * slices. Two lists with commas choose how many clients there are, and the formats.
 *
 * @module
 */

import process from "node:process";
import { Hub } from "../lib/hub.ts";
import { MemoryJournal } from "../lib/journal.ts";
import { createLog } from "../lib/log.ts";
import { Metrics } from "../lib/metrics.ts";
import type { Format } from "../lib/protocol.ts";
import { Traffic } from "../lib/traffic.ts";
import type { Turn } from "../lib/turn.ts";
import { FakePresence, LIMITS } from "../tests/fake_hub.ts";
import type { Plan } from "./load.ts";
import { onCore } from "./running.ts";

/** How long a slice is, in ms: short, so that what else the machine does falls on both kinds alike, with some chats in it. */
const sliceMs = (clients: number) => Math.max(5, clients / 20);
const SECONDS = 20;
/** Of which nothing is measured: what runs often is compiled meanwhile. */
const WARMUP_SECONDS = 4;
const OUTSTANDING = 16;

/** In this order whatever drifts makes no difference. */
const IS_COUNTED = [true, false, false, true] as const;

interface Slice {
  readonly counted: boolean;
  /** Of processor time, for each chat. */
  readonly us: number;
}

let counts = true;

class SwitchedTraffic extends Traffic {
  override receive(data: unknown) {
    if (counts) super.receive(data);
  }
  override send(frame: string) {
    if (counts) super.send(frame);
  }
  override sendTurn(turn: Turn) {
    if (counts) super.sendTurn(turn);
  }
}

class SwitchedMetrics extends Metrics {
  override readonly traffic = new SwitchedTraffic();
  override ordered(heardAt: number) {
    if (counts) super.ordered(heardAt);
  }
  override written() {
    if (counts) super.written();
  }
}

/** Serves a hub with these measures, and nothing else. */
function serve(metrics: Metrics, format: Format) {
  const hub = new Hub({
    limits: { ...LIMITS, MESSAGES_PER_SECOND: 0 },
    journal: new MemoryJournal({ size: 10_000 }),
    presence: new FakePresence(),
    fibonacci: { compute: () => Promise.resolve({ ok: false, error: "queue_full" }) },
    log: createLog({ level: "error", format: "json" }),
    metrics,
  });
  return Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    const username = new URL(request.url).searchParams.get("username") ?? undefined;
    hub.connect(socket, { username, format }, { address: "127.0.0.1", ended() {} });
    return response;
  });
}

/** Counts and does not, by slices; what is returned ends it and tells what a chat cost in each slice. */
function alternate(metrics: Metrics, everyMs: number): () => Slice[] {
  const slices: Slice[] = [];
  let at = 0;
  let before = { chats: metrics.chats, ...process.cpuUsage() };
  const timer = setInterval(() => {
    const now = { chats: metrics.chats, ...process.cpuUsage() };
    const us = now.user + now.system - before.user - before.system;
    slices.push({ counted: counts, us: us / (now.chats - before.chats) });
    before = now;
    counts = IS_COUNTED[++at % IS_COUNTED.length]!;
  }, everyMs);
  return () => {
    clearInterval(timer);
    return slices;
  };
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;

/** How much more processor time a chat takes where it is counted, in percent, each four slices by themselves. */
function compare(slices: readonly Slice[], everyMs: number): string {
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const usOf = (slices: readonly Slice[], counted: boolean) =>
    slices.filter((slice) => slice.counted === counted).map(({ us }) => us);
  const fours = Array.from(
    { length: slices.length >> 2 },
    (_, at) => slices.slice(4 * at, 4 * at + 4),
  )
    .slice(WARMUP_SECONDS * 1000 / everyMs >> 2)
    .filter((four) => four.every(({ us }) => Number.isFinite(us)));
  const shares = fours.map((four) => 100 * (mean(usOf(four, true)) / mean(usOf(four, false)) - 1));
  const average = mean(shares);
  const error = Math.sqrt(mean(shares.map((share) => (share - average) ** 2)) / shares.length);
  const [us, counted] = [false, true].map((which) => median(usOf(fours.flat(), which)).toFixed(2));
  return `${us} µs a chat, counted ${counted} µs; of ${shares.length} pairs ` +
    `median ${median(shares).toFixed(2)} %, mean ${average.toFixed(2)} ± ${error.toFixed(2)} %`;
}

async function measure(clients: number, format: Format): Promise<string> {
  const metrics = new SwitchedMetrics();
  const server = serve(metrics, format);
  const plan: Plan = {
    ...{ ports: [server.addr.port], path: "/?username=", dialect: "plain", greets: true, clients },
    ...{ pids: [Deno.pid], rehearsals: 0, senders: Math.min(OUTSTANDING, clients) },
    ...{
      load: { outstanding: OUTSTANDING },
      seconds: SECONDS,
      warmupSeconds: WARMUP_SECONDS,
      settleSeconds: 0,
    },
  };
  const generator = new URL("load.ts", import.meta.url).pathname;
  const [command, ...args] = await onCore(1, [
    Deno.execPath(),
    "run",
    "-A",
    generator,
    JSON.stringify(plan),
  ]);
  const child = new Deno.Command(command!, { args, stdout: "null" }).spawn();
  const everyMs = sliceMs(clients);
  const ended = alternate(metrics, everyMs);
  await child.status;
  await server.shutdown();
  return compare(ended(), everyMs);
}

const [clients = "2,16,100,1000", formats = "ndjson,json"] = Deno.args;
for (const format of formats.split(",") as Format[]) {
  for (const count of clients.split(",")) {
    const line = `${count} clients, ${format}: ${await measure(Number(count), format)}\n`;
    await Deno.stdout.write(new TextEncoder().encode(line));
  }
}
