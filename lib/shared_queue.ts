/**
 * Work that must not be done many times at once: one piece after the other, and once for all who ask for the same.
 *
 * Invariant: no two pieces are under way at the same time; one that fails fails for those only who asked for it.
 *
 * @module
 */

/** Work in the order in which it was asked for. */
export class SharedQueue<T> {
  readonly #pieces = new Map<string, Promise<T>>();
  #last: Promise<unknown> = Promise.resolve();

  /** How many pieces are under way or wait. */
  get length(): number {
    return this.#pieces.size;
  }

  /**
   * Does the work that a key names after all that was asked for before; until it is done, whoever asks for the same key
   * shares it.
   */
  run(key: string, work: () => Promise<T>): Promise<T> {
    const shared = this.#pieces.get(key);
    if (shared !== undefined) return shared;
    const piece = this.#last.then(work).finally(() => this.#pieces.delete(key));
    this.#pieces.set(key, piece);
    this.#last = piece.catch(() => {});
    return piece;
  }
}
