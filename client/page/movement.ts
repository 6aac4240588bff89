/**
 * Who came and who went, one after the other, told in one line for a while. Whoever did both is not told.
 *
 * Invariant: at most {@linkcode PEOPLE_KEPT} names each, which is how many people the page knows. Beyond it newcomers are
 * not told of; of the rest no name is forgotten while the line may still change, or who left would be made up.
 *
 * @module
 */

import { PEOPLE_KEPT } from "./people.ts";
import type { MovesItem, Told } from "./talk_items.ts";
import { MINUTE_MS } from "./text.ts";

/** What one line of the talk tells of. */
export class Movement {
  readonly key: string;
  readonly #at: number;
  readonly #joined = new Set<string>();
  readonly #left = new Set<string>();

  constructor(key: string, at: number) {
    this.key = key;
    this.#at = at;
  }

  /** Whether what comes now still belongs to it. */
  lasts(now: number): boolean {
    return now - this.#at < MINUTE_MS;
  }

  /** Takes names; returns the item, none where there is nothing to tell. */
  take(joined: readonly string[], left: readonly string[]): MovesItem | undefined {
    for (const name of left) if (!this.#joined.delete(name)) add(this.#left, name);
    for (const name of joined) if (!this.#left.delete(name)) add(this.#joined, name);
    if (this.#joined.size + this.#left.size === 0) return undefined;
    return {
      kind: "moves",
      key: this.key,
      at: this.#at,
      joined: told(this.#joined),
      left: told(this.#left),
    };
  }
}

function add(names: Set<string>, name: string): void {
  if (names.size < PEOPLE_KEPT) names.add(name);
}

function told(names: ReadonlySet<string>): Told {
  const [first, second] = names;
  return { first, second, count: names.size };
}
