/**
 * Who is online, by what the server says: one list after each welcome, then the differences. What the list leaves out is
 * fetched in pages when somebody wants to see it.
 *
 * Invariant: oneself comes first, the others by name; there is one entry for each `client_id`, and a bounded number of them.
 *
 * @module
 */

import { type ReadonlySignal, signal } from "@preact/signals";
import { compareNames, parseName } from "../../lib/names.ts";
import type { ServerMessageOf, User } from "../../lib/protocol.ts";
import { NameOrder } from "./name_order.ts";
import { fold } from "./search.ts";
import { isUser } from "./soundness.ts";

/** How many are kept; the rest is in the number only. */
export const PEOPLE_KEPT = 20_000;
/** How many the server gives at a time. */
const PAGE = 1000;

/** Who is online, and how many in all. */
export interface PeopleView {
  readonly people: readonly User[];
  /** Where all are known, those: also who is away for a moment and may come back. The server counts who is there now. */
  readonly online: number;
  /** How many of those are not known, and are not about to be told of. */
  readonly unknown: number;
  /** The `client_id` of oneself. */
  readonly own: string | undefined;
}

/** Who came and who went. */
export interface Moves {
  readonly joined: readonly User[];
  readonly left: readonly User[];
}

/** What {@linkcode People} takes. */
export interface PeopleOptions {
  /** Those that are known at first, and how many there are in all. */
  readonly users: readonly User[];
  readonly online: number;
  readonly fetchJson: (path: string) => Promise<unknown>;
}

/** The state of the people. */
export class People {
  readonly #fetchJson: PeopleOptions["fetchJson"];
  readonly #order = new NameOrder(compareNames);
  readonly #view = signal<PeopleView>({
    people: [],
    online: 0,
    unknown: 0,
    own: undefined,
  });
  readonly #users = new Map<string, User>();
  readonly #lostAt = signal<number | undefined>(undefined);
  readonly #doubtedAt = signal<number | undefined>(undefined);
  readonly #wanted = signal("");
  #online: number;
  #own: User | undefined;
  #changed = true;
  /** The key of the last name of the last page; `undefined` where there is no further page. */
  #lastKey: string | undefined;
  /** Whether the server has given the list since it was lost. */
  #isListed = false;
  /** Those who left while a page was on its way: it may still have them. None is on its way where this is `undefined`. */
  #leftMeanwhile: Set<string> | undefined;

  constructor({ users, online, fetchJson }: PeopleOptions) {
    this.#fetchJson = fetchJson;
    for (const user of users) this.#put(user);
    this.#online = online;
    this.publish();
  }

  /** What is shown. */
  get view(): ReadonlySignal<PeopleView> {
    return this.#view;
  }

  /** When the list ceased to be known, in ms since the epoch; `undefined` while it is known. */
  get lostAt(): ReadonlySignal<number | undefined> {
    return this.#lostAt;
  }

  /** Since when the list may be out of date, in ms since the epoch; `undefined` where it is not. */
  get doubtedAt(): ReadonlySignal<number | undefined> {
    return this.#doubtedAt;
  }

  /** The name that somebody looks for. */
  get wanted(): ReadonlySignal<string> {
    return this.#wanted;
  }

  /** Takes that the connection is gone, once. */
  lost(now: number): void {
    this.#lostAt.value ??= now;
    this.#isListed = false;
    this.#forgetPages();
  }

  /** Takes how the server is: without its database it does not know who comes and goes elsewhere. */
  told(status: ServerMessageOf<"status">, now: number): void {
    if (status.database === "up") this.#doubtedAt.value = undefined;
    else this.#doubtedAt.value ??= now;
  }

  /** Takes the greeting: who oneself is. */
  welcomed(welcome: ServerMessageOf<"welcome">): void {
    if (this.#own !== undefined) this.#users.delete(this.#own.client_id);
    const { username, client_id, timestamp, node, online } = welcome;
    this.#own = { username, client_id, connected_at: timestamp, node };
    this.#lostAt.value = undefined;
    this.#doubtedAt.value = undefined;
    this.#put(this.#own);
    this.counted(online);
  }

  /** Takes the whole list, or as much of it as the server lists. */
  listed({ users, online }: ServerMessageOf<"users">): void {
    this.#users.clear();
    for (const user of users) this.#put(user);
    // The server lists so many at the most, and oneself may not be among them.
    if (this.#own !== undefined && !this.#users.has(this.#own.client_id)) this.#put(this.#own);
    this.#forgetPages();
    this.#isListed = true;
    const last = users.at(-1);
    if (last !== undefined && users.length < online) this.#lastKey = keyOf(last.username);
    this.#changed = true;
    this.counted(online);
  }

  /**
   * Takes who came and who went.
   *
   * @returns What of it is news: a newcomer's first differences tell of those who are in its list already, and who was here
   *   before oneself was only away for a moment.
   */
  moved(message: ServerMessageOf<"presence">): Moves {
    const left = message.left.filter((user) => this.#users.delete(user.client_id));
    for (const user of message.left) this.#leftMeanwhile?.add(user.client_id);
    const joined = message.joined.filter((user) => !this.#users.has(user.client_id));
    for (const user of joined) {
      this.#leftMeanwhile?.delete(user.client_id);
      this.#put(user);
    }
    if (left.length > 0) this.#changed = true;
    this.counted(message.online);
    const since = this.#own?.connected_at ?? "";
    return { joined: joined.filter((user) => user.connected_at >= since), left };
  }

  /** Takes how many are online. */
  counted(online: number): void {
    if (online !== this.#online) this.#changed = true;
    this.#online = online;
  }

  /** Looks for a name: also among those who are not known yet. */
  search(text: string): void {
    this.#wanted.value = text;
    this.#fetchWanted();
  }

  /**
   * Fetches the next page of those who are not known yet, unless one is on its way. One that fails is left for the next
   * call.
   */
  fetchMore(): void {
    if (this.#lastKey === undefined || this.#leftMeanwhile !== undefined) return;
    const left = this.#leftMeanwhile = new Set();
    const after = encodeURIComponent(this.#lastKey);
    // It is not where a new list has come meanwhile, or the connection is gone.
    const isAwaited = () => this.#leftMeanwhile === left;
    this.#fetchJson(`/api/users?limit=${PAGE}&after=${after}`).then((body) => {
      if (!isAwaited()) return;
      this.#leftMeanwhile = undefined;
      this.#turnPage(readPage(body), left);
      this.publish();
      this.#fetchWanted();
    }, () => {
      if (isAwaited()) this.#leftMeanwhile = undefined;
    });
  }

  /** Shows what has been taken in. */
  publish(): void {
    if (!this.#changed) return;
    this.#changed = false;
    const own = this.#own;
    const others = this.#order.update((user) =>
      user.client_id !== own?.client_id && this.#users.get(user.client_id) === user
    );
    const people = own === undefined ? others : [own, ...others];
    // The server's count may come a second before the differences.
    const isWhole = this.#lastKey === undefined && people.length < PEOPLE_KEPT;
    const online = isWhole && this.#isListed ? people.length : this.#online;
    const unknown = isWhole ? 0 : Math.max(0, online - people.length);
    this.#view.value = { people, online, unknown, own: own?.client_id };
  }

  #turnPage({ users, next }: UserPage, left: ReadonlySet<string>): void {
    for (const user of users) {
      if (!left.has(user.client_id) && !this.#users.has(user.client_id)) this.#put(user);
    }
    this.#lastKey = this.#users.size < PEOPLE_KEPT ? next : undefined;
    this.#changed = true;
  }

  #forgetPages(): void {
    this.#lastKey = undefined;
    this.#leftMeanwhile = undefined;
  }

  #fetchWanted(): void {
    if (this.#wanted.value.trim() !== "") this.fetchMore();
  }

  #put(user: User): void {
    const isOwn = user.client_id === this.#own?.client_id;
    if (this.#users.size >= PEOPLE_KEPT && !isOwn) return;
    // The list knows better than the greeting since when.
    if (isOwn) this.#own = user;
    this.#users.set(user.client_id, user);
    this.#order.add(user);
    this.#changed = true;
  }
}

interface UserPage {
  readonly users: readonly User[];
  readonly next: string | undefined;
}

/** Reads a page of docs/PROTOCOL.md, section 8; what is not as it says there is left out. */
function readPage(body: unknown): UserPage {
  const { users, next } = (body ?? {}) as { readonly users?: unknown; readonly next?: unknown };
  return {
    users: Array.isArray(users) ? users.filter(isUser) : [],
    next: typeof next === "string" ? next : undefined,
  };
}

/** The key after which the next page begins. */
function keyOf(name: string): string {
  const parsed = parseName(name);
  return parsed.ok ? parsed.value.key : name;
}

/** Those whose name contains `wanted`, whatever the case and the accents. */
export function findPeople(people: readonly User[], wanted: string): readonly User[] {
  const needle = fold(wanted.trim());
  if (needle === "") return people;
  return people.filter((person) => fold(person.username).includes(needle));
}
