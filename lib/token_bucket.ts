/**
 * How often something may happen: a bucket of tokens that fills evenly. Pure.
 *
 * @module
 */

/** A rate and the burst that it allows. */
export interface RateLimit {
  /** 0 for no limit. */
  readonly perSecond: number;
  readonly burst: number;
}

/**
 * A token bucket, full at first. It is kept as the moment at which it will be full: what has passed since needs no
 * counting.
 *
 * @see https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
 */
export class TokenBucket {
  /** How long one token takes, in ms; 0 where there is no limit. */
  readonly #intervalMs: number;
  readonly #burst: number;
  #fullAt: number;

  constructor(rate: RateLimit, now: number) {
    this.#intervalMs = rate.perSecond === 0 ? 0 : 1000 / rate.perSecond;
    this.#burst = rate.burst;
    this.#fullAt = now;
  }

  /**
   * Takes a token.
   *
   * @param now Ms since any moment; never set back.
   * @returns 0, or in how many ms there will be one.
   */
  take(now: number): number {
    const waitMs = this.peek(now);
    if (waitMs === 0) this.#fullAt = Math.max(this.#fullAt, now) + this.#intervalMs;
    return waitMs;
  }

  /** What {@linkcode TokenBucket.take} would return; takes nothing. */
  peek(now: number): number {
    const emptyMs = this.#burst * this.#intervalMs;
    const fullAt = Math.max(this.#fullAt, now);
    // A little is forgiven: intervals such as 1000/3 do not add up.
    return Math.max(0, Math.ceil(fullAt + this.#intervalMs - emptyMs - now - 1e-3));
  }

  /** Whether it is as good as new. */
  isFull(now: number): boolean {
    return this.#fullAt <= now;
  }
}
