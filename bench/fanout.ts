/**
 * Pulso and its peers, one after the other, under the same load: `deno task bench:fanout`. Each server has one core and the
 * generator the other. Without a choice it measures everything, writes `bench/results.json` and takes most of an hour.
 *
 * @module
 */

import { parseArgs } from "node:util";
import type { Measured, Plan } from "./load.ts";
import { type Cell, medianOf, type Results, type Scenario } from "./results.ts";
import { onCore, start } from "./running.ts";
import { findServers, type Server } from "./servers.ts";

/** At a fixed rate so many send. */
const SENDERS_AT_RATE = 16;
const TIMES = { warmupSeconds: 1, settleSeconds: 0.5 } as const;
/** Memory is looked at when nothing has happened for long: V8 gives back what the connects have cost after some 20 s. */
const IDLE_SETTLE_SECONDS = 30;
/** Until what is compiled while it runs has been compiled. */
const REHEARSALS = 3;
/** The input is the largest that is allowed by default. */
const ASKING = { clients: 100, input: 100_000 } as const;

const CLOSED_LOADS = ["16", "64", "256"];
const SCENARIOS: readonly Scenario[] = [
  ...[100, 1000, 5000].flatMap((clients) => CLOSED_LOADS.map((load) => ({ clients, load }))),
  { clients: 1000, load: "100/s" },
  { clients: 1000, load: "5000/s" },
  { clients: 1000, load: "fibonacci" },
  { clients: 1000, load: "connect" },
  { clients: 10_000, load: "idle" },
];

/** Whether a server is measured in a scenario: some are there for a single figure, and some figures for Pulso alone. */
function belongs({ name }: Server, { clients, load }: Scenario): boolean {
  if (name === "pulso-postgres") return load === "connect";
  if (name.startsWith("pulso-nats")) return clients === 1000 && load === "64";
  return load !== "fibonacci" || name === "pulso-ndjson";
}

type Loading =
  & Pick<Plan, "load" | "senders" | "settleSeconds" | "asking">
  & Partial<Pick<Plan, "rehearsals" | "warmupSeconds" | "seconds">>;

function loadOf({ load, clients }: Scenario): Loading {
  const { settleSeconds } = TIMES;
  if (load === "idle") {
    return { load: { idle: true }, senders: 0, settleSeconds: IDLE_SETTLE_SECONDS };
  }
  if (load === "connect") {
    const nothing = { settleSeconds: 0, warmupSeconds: 0, seconds: 0 };
    return { load: { idle: true }, senders: 0, rehearsals: REHEARSALS, ...nothing };
  }
  // Beside those who ask, the others talk as in `100/s`.
  if (load === "fibonacci") return { ...loadOf({ load: "100/s", clients }), asking: ASKING };
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
  const running = await start(server);
  try {
    const { path, dialect, greets } = server;
    const { ports, pids } = running;
    const { clients } = scenario;
    const common = { ports, pids, path, dialect, greets, clients, seconds, rehearsals: 0 };
    return await generate({ ...common, ...TIMES, ...loadOf(scenario) });
  } finally {
    await running.stop();
  }
}

async function generate(plan: Plan): Promise<Measured> {
  const load = new URL("./load.ts", import.meta.url).pathname;
  const command = [Deno.execPath(), "run", "-A", "--no-check", load, JSON.stringify(plan)];
  // The core after those of the servers, or the last one, shared with one of them.
  const core = Math.min(plan.ports.length, navigator.hardwareConcurrency - 1);
  const [program = "", ...args] = await onCore(core, command);
  const { success, stdout, stderr } = await new Deno.Command(program, { args }).output();
  if (!success) throw new Error(`the generator failed: ${new TextDecoder().decode(stderr)}`);
  return JSON.parse(new TextDecoder().decode(stdout));
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
    const measured = servers.filter((server) => belongs(server, scenario));
    const runs = new Map<Server, Measured[]>(measured.map((server) => [server, []]));
    // In turns, so that what else goes on in the machine is borne by all.
    for (let run = 0; run < Number(values.runs); run++) {
      for (const server of measured) {
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
    versions: Object.fromEntries(servers.map(({ name, version }) => [name, version])),
    skipped,
    cells,
  };
  await Deno.writeTextFile(out, `${JSON.stringify(results, null, 2)}\n`);
}

if (import.meta.main) await main();
