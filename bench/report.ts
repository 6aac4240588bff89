/**
 * The README's table, made from `bench/results.json`: `deno task bench:report`. Ratios, since they say more about another
 * machine than figures do.
 *
 * @module
 */

import { valueAt, verdicts } from "./goals.ts";
import type { Measured } from "./load.ts";
import type { Cell, Results, Scenario } from "./results.ts";

const BEGIN = "<!-- Written by `deno task bench:report`. -->";
const END = "<!-- As far as here. -->";

const TITLES: Readonly<Record<string, string>> = {
  "pulso-ndjson": "Pulso `ndjson`",
  "pulso-json": "Pulso `json`",
  deno: "bare Deno",
  "socket.io": "Socket.IO",
  fastapi: "FastAPI",
};
/** To whose figures the others' are compared. */
const MEASURES = ["bun", "ws"] as const;

interface Row extends Scenario {
  readonly title: string;
  readonly figure: keyof Measured;
}

const ROWS: readonly Row[] = [
  ...[1000, 100, 5000].flatMap((clients) =>
    ["16", "64", "256"].map((load): Row => ({
      title: `${clients} clients, ${load} chats under way: deliveries per CPU second`,
      clients,
      load,
      figure: "deliveriesPerCpuSecond",
    }))
  ),
  ...["100/s", "5000/s"].map((load): Row => ({
    title: `1000 clients, ${parseInt(load)} chats a second: p99`,
    clients: 1000,
    load,
    figure: "p99Ms",
  })),
  { title: "Connects a second", clients: 1000, load: "connect", figure: "connectsPerSecond" },
  {
    title: "Memory of each of 10,000 connections",
    clients: 10_000,
    load: "idle",
    figure: "bytesPerConnection",
  },
  {
    title: "Lateness of ticks to 10,000: p99",
    clients: 10_000,
    load: "idle",
    figure: "tickP99Ms",
  },
];

/** A ratio in two digits that count. */
function ratio(value: number | undefined, to: number | undefined): string {
  if (value === undefined || !to) return "–";
  const quotient = value / to;
  return quotient >= 9.95 ? quotient.toFixed(0) : quotient.toPrecision(2);
}

/** What went wrong in a cell, or undefined. */
function faultOf({ server, clients, load, figures }: Cell): string | undefined {
  const { missing, surplus, lost, generatorBound } = figures;
  const faults = [
    missing > 0 && `${missing} deliveries missing`,
    surplus > 0 && `${surplus} too many`,
    ...Object.entries(lost).map(([why, count]) => `${count} connections lost (${why})`),
    generatorBound && "a lower bound, since the generator was the busier one",
  ].filter((fault) => fault !== false);
  const where = `${TITLES[server] ?? server}, ${clients} clients, \`${load}\``;
  return faults.length === 0 ? undefined : `${where}: ${faults.join(", ")}`;
}

/** The report of a run, as Markdown before its formatter has seen it. */
export function reportOf(results: Results): string {
  const servers = Object.keys(TITLES).filter((server) =>
    results.cells.some((cell) => cell.server === server)
  );
  const head = ["", ...servers.map((server) => TITLES[server]!)];
  const rows = ROWS.filter((row) =>
    servers.some((server) => valueAt(results, { ...row, server }) !== undefined)
  ).map((row) => [
    row.title,
    ...servers.map((server) =>
      MEASURES.map((to) =>
        ratio(valueAt(results, { ...row, server }), valueAt(results, { ...row, server: to }))
      )
        .join(" · ")
    ),
  ]);
  const table = [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  const { cpu, cores, memory, kernel } = results.machine;
  const runs = Math.min(...results.cells.map(({ runs }) => runs));
  const versions = new Set(Object.values(results.versions).flatMap((text) => text.split(", ")));
  const faults = results.cells.map(faultOf).filter((fault) => fault !== undefined);
  return [
    "Each figure is divided by that of Bun's publish and, behind the dot, by that of Node's `ws`.",
    "",
    table.join("\n"),
    "",
    `${results.at.slice(0, 10)}, ${cores} cores of ${cpu}, ${memory}, ${kernel}; ` +
    `${[...versions].join(", ")}; the median of ${runs}.`,
    faults.length === 0 ? "Nothing was missing." : "",
    "",
    ...faults.concat(results.skipped.map((line) => `not measured: ${line}`))
      .map((line) => `- ${line}`),
  ].join("\n");
}

/** Markdown as `deno fmt` would have it, 100 columns wide. @throws {Error} If it cannot be run. */
export async function formatMarkdown(text: string): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--no-config", "--line-width", "100", "--ext", "md", "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  if (!success) throw new Error(`deno fmt failed: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

/**
 * Puts the report of a run into a text, between its two marks.
 *
 * @throws {Error} If the marks are not there.
 */
export async function putReport(text: string, results: Results): Promise<string> {
  const [before, inner, after] = text.split(new RegExp(`(?<=${BEGIN}\n)|(?=${END})`));
  if (inner === undefined || after === undefined) throw new Error("the marks are not in the text");
  return `${before}\n${await formatMarkdown(reportOf(results))}\n${after}`;
}

if (import.meta.main) {
  const readme = new URL("../README.md", import.meta.url);
  const results = JSON.parse(
    await Deno.readTextFile(new URL("./results.json", import.meta.url)),
  );
  await Deno.writeTextFile(readme, await putReport(await Deno.readTextFile(readme), results));
  await Deno.stdout.write(new TextEncoder().encode(`${verdicts(results).join("\n")}\n`));
}
