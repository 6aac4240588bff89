/**
 * Who is online on all nodes, as the clients are told: a list by name, and the changes since they were told last. Pure.
 * Who comes and goes on other nodes is heard by peers.ts.
 *
 * Invariant: whoever has the list and every change that {@linkcode Roster.takeChanges} returned after it knows everybody
 * who is here, and beyond them only such as are away.
 *
 * @module
 */

import type { ServerMessageOf, User } from "./protocol.ts";

/** How many are told of in `users`. */
const USERS_LIMIT = 1000;

/** Somebody who has a name, as one node at a time has them. */
export interface Present {
  readonly user: User;
  /** The key of the name. */
  readonly key: string;
  /** How often the session was taken over by a node; the highest one is right. */
  readonly version: number;
}

/** Somebody who is known: here, or away and perhaps soon back. */
export interface Known extends Present {
  readonly isHere: boolean;
}

interface Entry extends Known {
  user: User;
  version: number;
  isHere: boolean;
  /** Whether every client that hears the changes knows of it. */
  isKnownToAll: boolean;
  /** Whether some client may. */
  isKnownToSome: boolean;
  /** How many lists had been taken when it came or went away. */
  since: number;
}

/** Somebody who is gone, which is not told yet. */
interface Gone extends Pick<Entry, "user" | "isKnownToAll" | "since"> {}

/** The roster of one node; its size is bounded by who is connected or away. */
export class Roster {
  /** By key, in the order of UTF-16 units. */
  readonly #entries: Entry[] = [];
  readonly #byId = new Map<string, Entry>();
  readonly #joined = new Map<string, Entry>();
  readonly #left = new Map<string, Gone>();
  #online = 0;
  /** How many lists were taken. */
  #lists = 0;
  /** The answer to `users`, as long as it is right. */
  #users: ServerMessageOf<"users"> | undefined;

  /** How many are here. */
  get online(): number {
    return this.#online;
  }

  /** Whether there is something to tell since the last {@linkcode Roster.takeChanges}. */
  get changed(): boolean {
    return this.#joined.size + this.#left.size > 0;
  }

  /** Everybody, those who are away among them, by client_id; not to be changed while it is walked. */
  get everybody(): Iterable<Known> {
    return this.#byId.values();
  }

  /** Somebody by client_id, here or away. */
  find(clientId: string): Known | undefined {
    return this.#byId.get(clientId);
  }

  /** Who has a name, here or away. */
  holder(key: string): Known | undefined {
    const entry = this.#entries[this.#indexOf(key)];
    return entry?.key === key ? entry : undefined;
  }

  /** The answer to `users`: the same object, however many ask, until somebody comes or goes. */
  get users(): ServerMessageOf<"users"> {
    // One list for all of them, since nobody's `since` lies between them.
    this.#users ??= { type: "users", users: this.list(USERS_LIMIT), online: this.#online };
    return this.#users;
  }

  /** The first `limit` of those who are here, by name. */
  list(limit: number): User[] {
    this.#lists++;
    const users: User[] = [];
    for (const { isHere, user } of this.#entries) {
      if (users.length >= limit) break;
      if (isHere) users.push(user);
    }
    return users;
  }

  /**
   * Somebody has come, is back, or is on another node. Has no effect where a higher version is known. Another one who had
   * the name is gone by it.
   */
  here(present: Present): void {
    const { user, key, version } = present;
    const known = this.#byId.get(user.client_id);
    if (known === undefined || known.key !== key) return this.#join(present);
    if (version < known.version) return;
    this.#users = undefined;
    known.user = user;
    known.version = version;
    if (known.isHere) return;
    this.#enter(known, known.isKnownToAll && known.since === this.#lists);
  }

  /** Somebody is away and may be back: no longer in the list, and nobody's news. Idempotent. */
  away(clientId: string): void {
    const entry = this.#byId.get(clientId);
    if (entry === undefined || !entry.isHere) return;
    // Whoever took a list meanwhile has seen it there.
    entry.isKnownToSome ||= entry.since < this.#lists;
    entry.isHere = false;
    entry.since = this.#lists;
    this.#users = undefined;
    this.#online--;
    this.#joined.delete(clientId);
  }

  /** Somebody is gone for good. Has no effect on who is not known. */
  gone(clientId: string): void {
    this.away(clientId);
    const entry = this.#byId.get(clientId);
    if (entry === undefined) return;
    this.#byId.delete(clientId);
    this.#entries.splice(this.#indexOf(entry.key), 1);
    const { user, isKnownToAll, isKnownToSome, since } = entry;
    if (isKnownToSome) this.#left.set(clientId, { user, isKnownToAll, since });
  }

  /** A node has another node_id by now; nobody's news. */
  renameNode(former: string, node: string): void {
    this.#users = undefined;
    for (const entry of this.#entries) {
      if (entry.user.node === former) entry.user = { ...entry.user, node };
    }
  }

  /**
   * The changes since the last call, as the message that tells of them; nobody is in it twice.
   *
   * @param most How many of those who came it may tell of; the rest is told by the next ones. Of those who left it tells
   *   always: somebody may have come by their name, and nobody else keeps them.
   */
  takeChanges(most = Infinity): ServerMessageOf<"presence"> {
    const left = takeFirst(this.#left, Infinity);
    const joined = takeFirst(this.#joined, most);
    for (const entry of joined) entry.isKnownToAll = entry.isKnownToSome = true;
    const users = (all: readonly { readonly user: User }[]) => all.map(({ user }) => user);
    return { type: "presence", joined: users(joined), left: users(left), online: this.online };
  }

  #join({ user, key, version }: Present): void {
    this.gone(user.client_id);
    const holder = this.holder(key);
    if (holder !== undefined) this.gone(holder.user.client_id);
    // Who left and is there again before it was told has never left for those who knew it.
    const left = this.#left.get(user.client_id);
    this.#left.delete(user.client_id);
    const isKnownToSome = left !== undefined;
    const entry: Entry = {
      ...{ user, key, version, isKnownToSome },
      ...{ isHere: false, isKnownToAll: false, since: this.#lists },
    };
    this.#entries.splice(this.#indexOf(key), 0, entry);
    this.#byId.set(user.client_id, entry);
    this.#enter(entry, left !== undefined && left.isKnownToAll && left.since === this.#lists);
  }

  #enter(entry: Entry, isKnownToAll: boolean): void {
    entry.isHere = true;
    entry.isKnownToAll = isKnownToAll;
    entry.since = this.#lists;
    this.#users = undefined;
    this.#online++;
    if (!isKnownToAll) this.#joined.set(entry.user.client_id, entry);
  }

  /** The index of the first entry whose key is not less. */
  #indexOf(key: string): number {
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

/** Takes the oldest entries out of a map, at most so many. */
function takeFirst<T>(map: Map<string, T>, most: number): T[] {
  const taken: T[] = [];
  for (const [key, value] of map) {
    if (taken.length >= most) break;
    taken.push(value);
    map.delete(key);
  }
  return taken;
}
