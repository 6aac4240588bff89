/**
 * What becomes of the figures of a benchmark: medians, ratios, verdicts, and the README's table.
 *
 * @module
 */

import assert from "node:assert/strict";
import { verdicts } from "../bench/goals.ts";
import type { Measured } from "../bench/load.ts";
import { putReport, reportOf, REPORTS, sizingOf } from "../bench/report.ts";
import { type Cell, medianOf, type Results } from "../bench/results.ts";
import committed from "../bench/results.json" with { type: "json" };

const MEASURED: Measured = {
  connectsPerSecond: 1000,
  bytesPerConnection: 10_240,
  chatsPerSecond: 100,
  deliveriesPerSecond: 100_000,
  deliveriesPerCpuSecond: 100_000,
  framesPerSecond: 100_000,
  serverCpu: 1,
  generatorCpu: 0.5,
  generatorBound: false,
  p50Ms: 1,
  p99Ms: 2,
  missing: 0,
  surplus: 0,
  answersPerSecond: 0,
  tickP99Ms: 10,
  ticksPerClient: 4,
  lost: {},
};

function cell(server: string, figures: Partial<Measured>, load = "16", clients = 1000): Cell {
  return { server, clients, load, runs: 3, figures: { ...MEASURED, ...figures } };
}

function results(...cells: Cell[]): Results {
  return {
    at: "2026-11-20T14:30:25.000Z",
    machine: { cpu: "a CPU", cores: 2, memory: "4 GiB", kernel: "linux 6" },
    versions: { bun: "bun 1", ws: "ws 8, node v20" },
    skipped: ["fastapi: apt-get install -y python3-fastapi"],
    cells,
  };
}

Deno.test("medianOf() takes the median of figures, and the worst of what must not happen", () => {
  const median = medianOf([
    { ...MEASURED, p99Ms: 9, deliveriesPerSecond: 3, missing: 1, lost: { "code 1013": 1 } },
    { ...MEASURED, p99Ms: 1, deliveriesPerSecond: 2, generatorBound: true },
    { ...MEASURED, p99Ms: 5, deliveriesPerSecond: 9, p50Ms: null },
  ]);
  assert.deepEqual(median, {
    ...MEASURED,
    p99Ms: 5,
    deliveriesPerSecond: 3,
    missing: 1,
    lost: { "code 1013": 1 },
    generatorBound: true,
  });
});

Deno.test("reportOf() shows each figure divided by Bun's and by Node ws's", () => {
  const report = reportOf(results(
    cell("pulso-ndjson", { deliveriesPerCpuSecond: 1_500_000 }),
    cell("bun", { deliveriesPerCpuSecond: 2_000_000 }),
    cell("ws", { deliveriesPerCpuSecond: 100_000 }),
    cell("pulso-ndjson", { p99Ms: 3 }, "100/s"),
    cell("bun", { p99Ms: 4 }, "100/s"),
  ));
  const lines = report.split("\n").filter((line) => line.startsWith("| 1000"));
  assert.deepEqual(lines, [
    "| 1000 clients, 16 chats under way: deliveries per CPU second | 0.75 · 15 |",
    "| 1000 clients, 100 chats a second: p99 | 0.75 · – |",
  ]);
  assert.match(
    report,
    /2026-11-20, 2 cores of a CPU.*5 cells are the median of 3 runs; bun 1, ws 8/,
  );
  assert.match(report, /Nothing was missing\./);
  assert.match(report, /- not measured: fastapi/);
});

Deno.test("reportOf() says what was missing, who was lost, and where the generator was the busier one", () => {
  const report = reportOf(results(
    cell("pulso-ndjson", { missing: 7, lost: { "code 4008": 2 } }),
    cell("bun", { generatorBound: true, surplus: 1 }),
  ));
  assert.match(
    report,
    /Pulso `ndjson`, 1000 clients, `16`: 7 deliveries missing, 2 connections lost \(code 4008\)/,
  );
  assert.match(report, /bun, 1000 clients, `16`: 1 too many, a lower bound/);
  assert.doesNotMatch(report, /Nothing was missing/);
});

Deno.test("verdicts() judges ratios and differences, and does not judge what was not measured", () => {
  const lines = verdicts(results(
    cell("pulso-ndjson", { deliveriesPerCpuSecond: 1_500_000 }),
    cell("bun", { deliveriesPerCpuSecond: 2_000_000 }),
    cell("ws", { deliveriesPerCpuSecond: 150_000 }),
    cell("pulso-ndjson", { bytesPerConnection: 40_000, tickP99Ms: 151 }, "idle", 10_000),
    cell("deno", { bytesPerConnection: 30_000 }, "idle", 10_000),
  ));
  const told = (part: string) => lines.find((line) => line.includes(part));
  assert.match(told("16 under way: deliveries per CPU second, of bun")!, /^NOT MET .*: 0\.750 /);
  assert.match(told("16 under way: deliveries per CPU second, of ws")!, /^met .*: 10\.0 /);
  assert.match(told("bytes of a connection")!, /^met .*: 10000 /);
  assert.match(told("ticks to 10,000")!, /^NOT MET .*: 151 /);
  assert.match(told("Two nodes on NATS")!, /^unknown /);
});

Deno.test("sizingOf() shows Pulso's own figures with their units", () => {
  const sizing = sizingOf(results(
    cell("pulso-ndjson", { deliveriesPerCpuSecond: 1_500_499 }),
    cell("pulso-ndjson", { p99Ms: 3.14 }, "100/s"),
    { ...cell("pulso-json", { bytesPerConnection: 40_960 }, "idle", 10_000), runs: 1 },
  ));
  const has = (line: string) => assert.ok(sizing.split("\n").includes(line), sizing);
  has("| 1000 clients, 16 chats under way: deliveries per CPU second | 1,500,000 | – |");
  has("| 1000 clients, 100 chats a second: p99 | 3.1 ms | – |");
  has("| Memory of each of 10,000 connections | – | 40.0 KiB |");
  assert.match(sizing, /2 cells are the median of 3 runs, 1 of fewer/);
});

for (const [name, report] of Object.entries(REPORTS)) {
  Deno.test(`${name} has the report of bench/results.json; else run deno task bench:report`, async () => {
    const text = await Deno.readTextFile(new URL(`../${name}`, import.meta.url));
    assert.equal(await putReport(text, report(committed)), text);
  });
}

Deno.test("putReport() rejects where the marks are not in the text", async () => {
  await assert.rejects(putReport("# Title\n", ""), /marks/);
});
