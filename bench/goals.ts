/**
 * What Pulso is to reach, in ratios of figures of one run.
 *
 * @module
 */

import type { Measured } from "./load.ts";
import type { Results, Scenario } from "./results.ts";

/** One figure of one cell of a run. */
interface Place extends Scenario {
  readonly server: string;
  readonly figure: keyof Measured;
}

/** `figure` divided by `to`, or the figure itself where there is nothing to divide it by. */
interface Goal {
  readonly title: string;
  readonly of: Place;
  readonly to?: Place;
  readonly atLeast?: number;
  readonly atMost?: number;
  /** What is taken off it first. */
  readonly above?: Place;
}

const perCpu = (server: string, load: string, clients = 1000): Place => ({
  server,
  load,
  clients,
  figure: "deliveriesPerCpuSecond",
});
const p99 = (server: string, load: string): Place => ({
  server,
  load,
  clients: 1000,
  figure: "p99Ms",
});
const idle = (server: string, figure: keyof Measured): Place => ({
  server,
  figure,
  load: "idle",
  clients: 10_000,
});
const connects = (server: string): Place => ({
  server,
  figure: "connectsPerSecond",
  load: "connect",
  clients: 1000,
});
const nodes = (server: string): Place => ({
  server,
  figure: "deliveriesPerSecond",
  load: "64",
  clients: 1000,
});

function ofPerCpu(
  server: string,
  load: string,
  least: Readonly<Record<string, number>>,
  clients = 1000,
): Goal[] {
  return Object.entries(least).map(([to, atLeast]) => ({
    title: `${server}, ${clients} clients, ${load} under way: deliveries per CPU second, of ${to}`,
    of: perCpu(server, load, clients),
    to: perCpu(to, load, clients),
    atLeast,
  }));
}

const GOALS: readonly Goal[] = [
  ...ofPerCpu("pulso-ndjson", "16", { bun: 0.8, ws: 10, "socket.io": 10, fastapi: 10 }),
  ...ofPerCpu("pulso-ndjson", "64", { bun: 1 }),
  ...ofPerCpu("pulso-ndjson", "256", { bun: 1.2 }),
  ...ofPerCpu("pulso-ndjson", "16", { bun: 0.75 }, 100),
  ...ofPerCpu("pulso-ndjson", "16", { bun: 0.75 }, 5000),
  ...ofPerCpu("pulso-json", "16", { ws: 1.1, "socket.io": 1.3, deno: 0.95 }),
  ...([["5000/s", 0.8], ["100/s", 1.25]] as const).map(([load, atMost]) => ({
    title: `pulso-ndjson, ${load}: p99, of bun`,
    of: p99("pulso-ndjson", load),
    to: p99("bun", load),
    atMost,
  })),
  ...([["pulso-ndjson", 0.5], ["pulso-postgres", 0.7]] as const).map(([server, atLeast]) => ({
    title: `${server}: connects a second, of deno`,
    of: connects(server),
    to: connects("deno"),
    atLeast,
  })),
  {
    title: "pulso-ndjson: bytes of a connection above deno's",
    of: idle("pulso-ndjson", "bytesPerConnection"),
    above: idle("deno", "bytesPerConnection"),
    atMost: 12 * 1024,
  },
  {
    title: "pulso-ndjson: ms by which ticks to 10,000 are late, p99",
    of: idle("pulso-ndjson", "tickP99Ms"),
    atMost: 150,
  },
  {
    title: "Two nodes on NATS: deliveries, of one",
    of: nodes("pulso-nats-2"),
    to: nodes("pulso-nats-1"),
    atLeast: 1.6,
  },
  {
    title: "Fibonacci beside the talk: p99, of its idle figure",
    of: p99("pulso-ndjson", "fibonacci"),
    to: p99("pulso-ndjson", "100/s"),
    atMost: 1.5,
  },
  {
    title: "Fibonacci beside the talk: ms by which ticks are late, p99",
    of: { ...p99("pulso-ndjson", "fibonacci"), figure: "tickP99Ms" },
    atMost: 20,
  },
];

/** The value of a place in a run, or undefined where it was not measured. */
export function valueAt(results: Results, place: Place): number | undefined {
  const cell = results.cells.find(({ server, clients, load }) =>
    server === place.server && clients === place.clients && load === place.load
  );
  const value = cell?.figures[place.figure];
  return typeof value === "number" ? value : undefined;
}

/** A line for each goal: whether it is met, what was seen, what was wanted. */
export function verdicts(results: Results): string[] {
  return GOALS.map(({ title, of, to, above, atLeast, atMost }) => {
    const [value, divisor, off] = [of, to, above].map((place) => place && valueAt(results, place));
    const isKnown = value !== undefined && (to === undefined || divisor !== undefined) &&
      (above === undefined || off !== undefined);
    const wanted = atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`;
    if (!isKnown) return `unknown  ${title}: not measured (${wanted})`;
    const seen = (value - (off ?? 0)) / (divisor ?? 1);
    const isMet = seen >= (atLeast ?? -Infinity) && seen <= (atMost ?? Infinity);
    const shown = Math.abs(seen) < 1000 ? seen.toPrecision(3) : seen.toFixed(0);
    return `${isMet ? "met    " : "NOT MET"}  ${title}: ${shown} (${wanted})`;
  });
}
