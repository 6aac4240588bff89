/**
 * What a run of the benchmark leaves behind: the shape of `bench/results.json`.
 *
 * @module
 */

import type { Measured } from "./load.ts";

/** Some clients and what they do. */
export interface Scenario {
  readonly clients: number;
  /**
   * `16`: so many chats under way at any time. `100/s`: so many sent a second. `fibonacci`: `100/s`, while 100 of the clients
   * ask for the largest number without pause. `idle`: no chats. `connect`: none either, and the server has had as many
   * clients before.
   */
  readonly load: string;
}

/** One server in one scenario: the median of each figure over the runs, and what went wrong in any of them. */
export interface Cell extends Scenario {
  readonly server: string;
  readonly runs: number;
  readonly figures: Measured;
}

/** A whole run. */
export interface Results {
  /** When it ended. */
  readonly at: string;
  readonly machine: Readonly<Record<string, string | number>>;
  /** Of each server, such as `ws 8.23.0, node 20.19.2`. */
  readonly versions: Readonly<Record<string, string>>;
  /** What was not measured, and why. */
  readonly skipped: readonly string[];
  readonly cells: readonly Cell[];
}

/** The median of each figure. What must not happen is taken from the run in which there was most of it. */
export function medianOf(runs: readonly Measured[]): Measured {
  const worst = runs.toSorted((a, b) => b.missing + b.surplus - a.missing - a.surplus)[0]!;
  const medians = Object.keys(worst).map((name) => {
    const values = runs.map((run) => run[name as keyof Measured])
      .filter((value) => typeof value === "number").sort((a, b) => a - b);
    return [name, values[values.length >> 1] ?? worst[name as keyof Measured]];
  });
  const { missing, surplus, lost } = worst;
  const generatorBound = runs.some((run) => run.generatorBound);
  return { ...Object.fromEntries(medians), missing, surplus, lost, generatorBound };
}
