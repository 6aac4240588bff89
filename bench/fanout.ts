/**
 * Pulso and its peers, one after the other, under the same load: `deno task bench:fanout`. Each server has one core and the
 * generator the other. Without a choice it measures everything, writes `bench/results.json` and takes most of an hour.
 *
 * @module
 */

import { parseArgs } from "node:util";
import type { Measured, Plan } from "./load.ts";
import { findServers, onCore, type Server, start } from "./servers.ts";

/** Some clients and what they do. */
export interface Scenario {
  readonly clients: number;
  /** `16`: so many chats under way at any time. `100/s`: so many sent a second. `idle`: none. */
  readonly load: string;
}

/** One server in one scenario: the median of each figure over the runs, and what went wrong in any of them. */
export interface Cell extends Scenario {
  readonly server: string;
  readonly runs: number;
  readonly figures: Measured;
}

/** What `bench/results.json` holds. */
export interface Results {
  readonly at: string;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly versions: Readonly<Record<string, string>>;
  /** What was not measured, and why. */
  readonly skipped: readonly string[];
  readonly cells: readonly Cell[];
}

const SERVER_CORE = 0;
const GENERATOR_CORE = 1;
/** At a fixed rate so many send. */
const SENDERS_AT_RATE = 16;
const TIMES = { warmupSeconds: 1, settleSeconds: 0.5 } as const;
/** Memory is looked at when a garbage collector has had the time to run. */
const IDLE_SETTLE_SECONDS = 5;

const CLOSED_LOADS = ["16", "64", "256"];
const SCENARIOS: readonly Scenario[] = [
  ...[100, 1000, 5000].flatMap((clients) => CLOSED_LOADS.map((load) => ({ clients, load }))),
  { clients: 1000, load: "100/s" },
  { clients: 1000, load: "5000/s" },
  { clients: 10_000, load: "idle" },
];

function loadOf({ load, clients }: Scenario): Pick<Plan, "load" | "senders" | "settleSeconds"> {
  const { settleSeconds } = TIMES;
  if (load === "idle") {
    return { load: { idle: true }, senders: 0, settleSeconds: IDLE_SETTLE_SECONDS };
  }
  const count = parseInt(load);
  if (load.endsWith("/s")) {
    return {
      load: { perSecond: count },
      senders: Math.min(SENDERS_AT_RATE, clients),
      settleSeconds,
    };
  }
  return { load: { outstanding: count }, senders: Math.min(count, clients), settleSeconds };
}

async function measure(server: Server, scenario: Scenario, seconds: number): Promise<Measured> {
  const running = await start(server, SERVER_CORE);
  try {
    const { path, dialect, greets } = server;
    const plan: Plan = {
      ports: [running.port],
      pids: [running.pid],
      path,
      dialect,
      greets,
      clients: scenario.clients,
      seconds,
      ...TIMES,
      ...loadOf(scenario),
    };
    return await generate(plan);
  } finally {
    await running.stop();
  }
}

async function generate(plan: Plan): Promise<Measured> {
  const load = new URL("./load.ts", import.meta.url).pathname;
  const command = [Deno.execPath(), "run", "-A", "--no-check", load, JSON.stringify(plan)];
  const [program = "", ...args] = await onCore(GENERATOR_CORE, command);
  const { success, stdout, stderr } = await new Deno.Command(program, { args }).output();
  if (!success) throw new Error(`the generator failed: ${new TextDecoder().decode(stderr)}`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** The median of each figure; of what must not happen, and of ends, the worst run. */
export function medianOf(runs: readonly Measured[]): Measured {
  const worst = runs.toSorted((a, b) => b.missing + b.surplus - a.missing - a.surplus)[0]!;
  const medians = Object.entries(worst).map(([name, value]) => {
    const values = runs.map((run) => run[name as keyof Measured]);
    const numbers = values.filter((value) => typeof value === "number").sort((a, b) => a - b);
    return [name, numbers.length > 0 ? numbers[numbers.length >> 1] : value];
  });
  const { missing, surplus, lost } = worst;
  const generatorBound = runs.some((run) => run.generatorBound);
  return { ...Object.fromEntries(medians), missing, surplus, lost, generatorBound };
}

const encoder = new TextEncoder();

function say(line: string): void {
  Deno.stdout.writeSync(encoder.encode(`${line}\n`));
}

const COLUMNS: readonly (readonly [string, (figures: Measured) => string])[] = [
  ["deliveries/s", (f) => f.deliveriesPerSecond.toFixed(0)],
  ["per CPU s", (f) => f.deliveriesPerCpuSecond.toFixed(0)],
  ["p50 ms", (f) => f.p50Ms?.toFixed(2) ?? ""],
  ["p99 ms", (f) => f.p99Ms?.toFixed(2) ?? ""],
  ["missing", (f) => `${f.missing}${f.surplus > 0 ? `+${f.surplus}` : ""}`],
  ["connects/s", (f) => f.connectsPerSecond.toFixed(0)],
  ["KB each", (f) => (f.bytesPerConnection / 1024).toFixed(1)],
  ["tick p99", (f) => f.tickP99Ms?.toFixed(0) ?? ""],
  ["CPU", (f) => `${(100 * f.serverCpu).toFixed(0)}%`],
  ["generator", (f) => `${(100 * f.generatorCpu).toFixed(0)}%${f.generatorBound ? " BOUND" : ""}`],
];

function row(name: string, cells: readonly string[]): string {
  return name.padEnd(34) + cells.map((cell) => cell.padStart(13)).join("");
}

async function machine(): Promise<Results["machine"]> {
  const info = await Deno.readTextFile("/proc/cpuinfo");
  const cpu = /^model name\s*:\s*(.*)$/m.exec(info)?.[1] ?? "unknown";
  const memory = `${Math.round(Deno.systemMemoryInfo().total / 2 ** 30)} GiB`;
  const kernel = `${Deno.build.os} ${Deno.osRelease()}`;
  return { cpu, cores: navigator.hardwareConcurrency, memory, kernel };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      servers: { type: "string" },
      clients: { type: "string" },
      loads: { type: "string" },
      runs: { type: "string", default: "3" },
      seconds: { type: "string", default: "4" },
      out: { type: "string" },
    },
  });
  const chosen = (list: string | undefined, one: string | number) =>
    list === undefined || list.split(",").includes(String(one));
  const { servers: all, skipped } = await findServers();
  const servers = all.filter(({ name }) => chosen(values.servers, name));
  const scenarios = SCENARIOS.filter(({ clients, load }) =>
    chosen(values.clients, clients) && chosen(values.loads, load)
  );
  for (const line of skipped) say(`skipped: ${line}`);
  say(row("", COLUMNS.map(([name]) => name)));
  const cells: Cell[] = [];
  for (const scenario of scenarios) {
    const runs = new Map<Server, Measured[]>(servers.map((server) => [server, []]));
    // In turns, so that what else goes on in the machine is borne by all.
    for (let run = 0; run < Number(values.runs); run++) {
      for (const server of servers) {
        runs.get(server)!.push(await measure(server, scenario, Number(values.seconds)));
      }
    }
    for (const [{ name }, measured] of runs) {
      const figures = medianOf(measured);
      cells.push({ server: name, ...scenario, runs: measured.length, figures });
      say(
        row(`${name}, ${scenario.clients}, ${scenario.load}`, COLUMNS.map(([, of]) => of(figures))),
      );
      if (Object.keys(figures.lost).length > 0) say(`  lost: ${JSON.stringify(figures.lost)}`);
    }
  }
  const isWhole = values.servers === undefined && values.clients === undefined &&
    values.loads === undefined;
  const out = values.out ?? (isWhole ? new URL("./results.json", import.meta.url) : undefined);
  if (out === undefined) return;
  const results: Results = {
    at: new Date().toISOString(),
    machine: await machine(),
    versions: Object.fromEntries(all.map(({ name, version }) => [name, version])),
    skipped,
    cells,
  };
  await Deno.writeTextFile(out, `${JSON.stringify(results, null, 2)}\n`);
}

if (import.meta.main) await main();
