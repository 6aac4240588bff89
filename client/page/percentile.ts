/**
 * Percentiles. Pure.
 *
 * @module
 */

/**
 * The smallest of the values that at least a `share` of them does not exceed; of none `undefined`.
 *
 * @param share Over 0, at most 1.
 * @see https://en.wikipedia.org/wiki/Percentile#The_nearest-rank_method
 */
export function percentile(values: readonly number[], share: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(share * sorted.length) - 1];
}
