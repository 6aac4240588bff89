/**
 * The last things of many: a fixed number of places, of which the oldest is given up for the newest.
 *
 * @module
 */

/** Keeps the newest `size` of what it is given. */
export class Ring<Item> {
  readonly #size: number;
  readonly #items: Item[] = [];
  /** The place of the oldest, once all places are taken. */
  #oldest = 0;

  constructor(size: number) {
    this.#size = size;
  }

  /** Keeps a thing in the place of the oldest. */
  push(item: Item): void {
    if (this.#items.length < this.#size) {
      this.#items.push(item);
      return;
    }
    this.#items[this.#oldest] = item;
    this.#oldest = (this.#oldest + 1) % this.#size;
  }

  /** What is kept, the oldest first. */
  toArray(): Item[] {
    return [...this.#items.slice(this.#oldest), ...this.#items.slice(0, this.#oldest)];
  }
}
