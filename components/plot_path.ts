/**
 * The lines of a plot as SVG paths. Pure.
 *
 * Invariant: where nothing is known nothing is drawn.
 *
 * @module
 */

import type { Series } from "../client/page/history.ts";

/** The height of a plot in its own units; its width is one for each step between two values. */
export const PLOT_HEIGHT = 48;
/** Where zero is, and the highest value. */
const BASE = PLOT_HEIGHT - 1;
const TOP = 8;

/** The highest of the known values. */
export function highestOf(series: Series): number | undefined {
  const known = series.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

/** The height at which a value is drawn, where `highest` is at the top. */
export function heightOf(value: number, highest: number): number {
  return Math.round((BASE - value / highest * (BASE - TOP)) * 10) / 10;
}

/** The line through the values, and the area under it; one value alone makes none. */
export function plotPaths(series: Series, highest: number): { line: string; area: string } {
  let line = "";
  let area = "";
  let begin: number | undefined;
  for (let slot = 0; slot <= series.length; slot++) {
    const value = series[slot];
    if (value !== undefined) {
      const step = `${begin === undefined ? "M" : "L"}${slot} ${heightOf(value, highest)}`;
      line += step;
      area += step;
      begin ??= slot;
    } else if (begin !== undefined) {
      area += `V${BASE}H${begin}Z`;
      begin = undefined;
    }
  }
  return { line, area };
}
