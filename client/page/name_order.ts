/**
 * Many people in the order of their names, at the price of what changes: sorting ten thousand names anew whenever somebody
 * comes would take longer than a frame.
 *
 * Invariant: what {@linkcode NameOrder.update} returns is in order, and has nobody twice.
 *
 * @module
 */

import type { User } from "../../lib/protocol.ts";

/** People by name. */
export class NameOrder {
  readonly #compare: (a: User, b: User) => number;
  #sorted: readonly User[] = [];
  #added = new Set<User>();

  constructor(compareNames: (a: string, b: string) => number) {
    this.#compare = (a, b) => compareNames(a.username, b.username);
  }

  /** Takes somebody who is not in the order yet; they get their place by the next {@linkcode NameOrder.update}. */
  add(user: User): void {
    this.#added.add(user);
  }

  /**
   * The people in order, without those who do not belong to it any longer.
   *
   * Takes as many comparisons as putting each newcomer into its place, and is linear in all else.
   */
  update(belongs: (user: User) => boolean): readonly User[] {
    const kept = this.#sorted.filter(belongs);
    const added = [...this.#added].filter(belongs).sort(this.#compare);
    this.#added = new Set();
    return this.#sorted = this.#merge(kept, added);
  }

  #merge(sorted: readonly User[], added: readonly User[]): readonly User[] {
    const merged: User[] = [];
    let from = 0;
    for (const user of added) {
      const place = this.#placeOf(user, sorted, from);
      for (; from < place; from++) merged.push(sorted[from]!);
      merged.push(user);
    }
    return merged.concat(sorted.slice(from));
  }

  /** The index of the first from `from` on that comes after `user`. */
  #placeOf(user: User, sorted: readonly User[], from: number): number {
    let low = from;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(sorted[middle]!, user) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
