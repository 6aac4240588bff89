/**
 * Durations, counted in buckets: cheap to record, and enough to tell quantiles of all time and of the time since one last
 * asked. Pure.
 *
 * Invariant: what is held does not grow, and recording allocates nothing.
 *
 * @module
 */

/** A decade in steps of about 12 % (the Renard series R20, ISO 3), so that a quantile is at most that far off. */
// deno-fmt-ignore
const DECADE = [
  1, 1.12, 1.25, 1.4, 1.6, 1.8, 2, 2.24, 2.5, 2.8, 3.15, 3.55, 4, 4.5, 5, 5.6, 6.3, 7.1, 8, 9,
] as const;

/** The upper bounds of the buckets, in ms, from 10 µs to 9 s; what is longer comes after the last. */
const BOUNDS_MS: readonly number[] = [-2, -1, 0, 1, 2, 3].flatMap((power) =>
  // By its digits: 1.12 * 0.1 is not 0.112.
  DECADE.map((step) => Number(`${step}e${power}`))
);

/** What was recorded since one last asked. */
export interface LatencyWindow {
  readonly count: number;
  /** Of a hundred, 99 took no longer than so many ms; `undefined` where nothing was recorded. */
  readonly p99Ms: number | undefined;
}

/** How long something takes. */
export class Latency {
  readonly #counts = new Float64Array(BOUNDS_MS.length + 1);
  #count = 0;
  #sumMs = 0;

  /** How many were recorded. */
  get count(): number {
    return this.#count;
  }

  /** All of them together, in ms. */
  get sumMs(): number {
    return this.#sumMs;
  }

  /** Records one, in ms; what is below 0, since clocks are not that exact, is 0. */
  record(ms: number): void {
    const lasted = Math.max(0, ms);
    this.#counts[bucketOf(lasted)]!++;
    this.#count++;
    this.#sumMs += lasted;
  }

  /**
   * How many took no longer than each of some bounds, for a histogram.
   *
   * @param bounds In ms, rising, each of them 1, 2.5 or 5 times a power of ten from 0.01 to 5000.
   */
  countsUpTo(bounds: readonly number[]): number[] {
    let at = 0;
    let sum = 0;
    return bounds.map((bound) => {
      while (at < BOUNDS_MS.length && BOUNDS_MS[at]! <= bound) sum += this.#counts[at++]!;
      return sum;
    });
  }

  /** Begins to watch: each call of what is returned tells of what was recorded since the one before. */
  watch(): () => LatencyWindow {
    let before = this.#counts.slice();
    return () => {
      const counts = this.#counts.map((count, at) => count - before[at]!);
      before = this.#counts.slice();
      const count = counts.reduce((sum, one) => sum + one, 0);
      return { count, p99Ms: count === 0 ? undefined : quantileOf(counts, 0.99 * count) };
    };
  }
}

/** The first bucket whose bound a duration does not exceed. */
function bucketOf(ms: number): number {
  let low = 0;
  let high = BOUNDS_MS.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (BOUNDS_MS[middle]! < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The bound of the bucket in which the one of a rank lies; of what is beyond all bounds the last of them. */
function quantileOf(counts: Float64Array, rank: number): number {
  let sum = 0;
  const at = counts.findIndex((count) => (sum += count) >= rank);
  return BOUNDS_MS[Math.min(at, BOUNDS_MS.length - 1)]!;
}
