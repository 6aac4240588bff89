/**
 * Who is online, as the clients are told: a list by name, and the changes since they were told last. Pure.
 *
 * Invariant: whoever has the list and every change that {@linkcode Roster.takeChanges} returned after it has the list as
 * it is now.
 *
 * @module
 */

import type { ServerMessageOf, User } from "./protocol.ts";

interface Entry {
  readonly key: string;
  readonly user: User;
}

/** The roster of one node. */
export class Roster {
  /** By key, in the order of UTF-16 units. */
  readonly #entries: Entry[] = [];
  #joined = new Map<string, User>();
  #left = new Map<string, User>();

  /** How many are online. */
  get online(): number {
    return this.#entries.length;
  }

  /** Whether somebody came or went since the last {@linkcode Roster.takeChanges}. */
  get changed(): boolean {
    return this.#joined.size + this.#left.size > 0;
  }

  /** The first `limit` of them, by name. */
  list(limit: number): User[] {
    return this.#entries.slice(0, limit).map(({ user }) => user);
  }

  /**
   * Somebody came.
   *
   * @param key The key of the name; nobody here has it.
   */
  add(key: string, user: User): void {
    this.#entries.splice(this.#find(key), 0, { key, user });
    this.#joined.set(user.client_id, user);
  }

  /** Somebody went. Has no effect where somebody else holds the name by now. */
  remove(key: string, user: User): void {
    const at = this.#find(key);
    if (this.#entries[at]?.user !== user) return;
    this.#entries.splice(at, 1);
    // Who came and went in between was never told of.
    if (!this.#joined.delete(user.client_id)) this.#left.set(user.client_id, user);
  }

  /** The changes since the last call, as the message that tells of them. */
  takeChanges(): ServerMessageOf<"presence"> {
    const joined = [...this.#joined.values()];
    const left = [...this.#left.values()];
    this.#joined = new Map();
    this.#left = new Map();
    return { type: "presence", joined, left, online: this.online };
  }

  /** The index of the first entry whose key is not less. */
  #find(key: string): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#entries[middle]!.key < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
