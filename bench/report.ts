/**
 * What documents tell of `bench/results.json`: `deno task bench:report`. The README's table has ratios, since they say more
 * about another machine than figures do; for sizing there are Pulso's own figures.
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

const UNITS: Partial<Record<keyof Measured, (value: number) => string>> = {
  deliveriesPerCpuSecond: (value) => `${Math.round(value / 1000).toLocaleString("en")},000`,
  p99Ms: (value) => `${Number(value.toPrecision(2))} ms`,
  connectsPerSecond: (value) => Math.round(value).toLocaleString("en"),
  bytesPerConnection: (value) => `${(value / 1024).toFixed(1)} KiB`,
  tickP99Ms: (value) => `${value.toFixed(0)} ms`,
};

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

function markdownTable([head = [], ...rows]: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** When and on what it was measured, and how often. */
function circumstances({ at, machine, cells }: Results): string {
  const { cpu, cores, memory, kernel } = machine;
  const most = Math.max(...cells.map(({ runs }) => runs));
  const fewer = cells.filter(({ runs }) => runs < most).length;
  const medians = `${cells.length - fewer} cells are the median of ${most} runs`;
  const rest = fewer === 0 ? "" : `, ${fewer} of fewer`;
  return `${at.slice(0, 10)}, ${cores} cores of ${cpu}, ${memory}, ${kernel}; ${medians}${rest}`;
}

/** Pulso's own figures, for sizing, as Markdown before its formatter has seen it. */
export function sizingOf(results: Results): string {
  const rows = ROWS.map((row) => [
    row.title,
    ...["pulso-ndjson", "pulso-json"].map((server) => {
      const value = valueAt(results, { ...row, server });
      return value === undefined ? "–" : UNITS[row.figure]?.(value) ?? String(value);
    }),
  ]);
  const head = ["On one core", "`ndjson`", "`json`"];
  return `${markdownTable([head, ...rows])}\n\n${circumstances(results)}.`;
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
  const table = markdownTable([head, ...rows]);
  const versions = new Set(Object.values(results.versions).flatMap((text) => text.split(", ")));
  const faults = results.cells.map(faultOf).filter((fault) => fault !== undefined);
  return [
    "Each figure is divided by that of Bun's publish and, behind the dot, by that of Node's `ws`.",
    "",
    table,
    "",
    `${circumstances(results)}; ${[...versions].join(", ")}.`,
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
 * Puts a report into a text, between its two marks.
 *
 * @throws {Error} If the marks are not there.
 */
export async function putReport(text: string, report: string): Promise<string> {
  const [before, inner, after] = text.split(new RegExp(`(?<=${BEGIN}\n)|(?=${END})`));
  if (inner === undefined || after === undefined) throw new Error("the marks are not in the text");
  return `${before}\n${await formatMarkdown(report)}\n${after}`;
}

/** The documents that tell of a run, with what they tell. */
export const REPORTS = { "README.md": reportOf, "docs/OPERATIONS.md": sizingOf } as const;

if (import.meta.main) {
  const results = JSON.parse(
    await Deno.readTextFile(new URL("./results.json", import.meta.url)),
  );
  for (const [name, report] of Object.entries(REPORTS)) {
    const file = new URL(`../${name}`, import.meta.url);
    const text = await Deno.readTextFile(file);
    await Deno.writeTextFile(file, await putReport(text, report(results)));
  }
  await Deno.stdout.write(new TextEncoder().encode(`${verdicts(results).join("\n")}\n`));
}
