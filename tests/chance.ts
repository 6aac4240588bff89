/**
 * Chance that can be had again: the same seed gives the same draws.
 *
 * @module
 */

/** A source of draws. */
export class Chance {
  #state: number;

  /** @param seed Any whole number. */
  constructor(readonly seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 up to, but not, 1; the mulberry32 of Tommy Ettinger. */
  readonly draw = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };

  /** A whole number from 0 up to, but not, `end`. */
  below(end: number): number {
    return Math.floor(this.draw() * end);
  }

  /** One of some; `undefined` where there is none. */
  pick<T>(list: readonly T[]): T | undefined {
    return list[this.below(list.length)];
  }
}

/** A seed that is another one each time. */
export function anySeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}
