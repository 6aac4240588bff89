/**
 * Who is online, by what the server says: one list after each welcome, then the differences.
 *
 * Invariant: oneself comes first, the others by name; there is one entry for each `client_id`.
 *
 * @module
 */

import { type ReadonlySignal, signal } from "@preact/signals";
import type { ServerMessageOf, User } from "../../lib/protocol.ts";

/** As many as the server lists; the rest is in the number only. */
const KEPT = 1000;

/** Who is online, and how many in all. */
export interface PeopleView {
  readonly people: readonly User[];
  readonly online: number;
  /** The `client_id` of oneself. */
  readonly own: string | undefined;
}

/** Who came and who went. */
export interface Moves {
  readonly joined: readonly User[];
  readonly left: readonly User[];
}

const byName = new Intl.Collator("en", { sensitivity: "base", numeric: true }).compare;

/** The state of the people. */
export class People {
  readonly #view;
  readonly #users = new Map<string, User>();
  #online: number;
  #own: User | undefined;
  #changed = false;
  readonly #lostAt = signal<number | undefined>(undefined);

  constructor(users: readonly User[], online: number) {
    for (const user of users) this.#users.set(user.client_id, user);
    this.#online = online;
    this.#view = signal<PeopleView>(this.#sorted());
  }

  /** What is shown. */
  get view(): ReadonlySignal<PeopleView> {
    return this.#view;
  }

  /** When the list ceased to be known, in ms since the epoch; `undefined` while it is. */
  get lostAt(): ReadonlySignal<number | undefined> {
    return this.#lostAt;
  }

  /** Takes that the connection is gone, once. */
  lost(now: number): void {
    if (this.#own !== undefined) this.#lostAt.value ??= now;
  }

  /** Takes the greeting: who oneself is. */
  welcomed(welcome: ServerMessageOf<"welcome">): void {
    if (this.#own !== undefined) this.#users.delete(this.#own.client_id);
    const { username, client_id, timestamp, node, online } = welcome;
    this.#own = { username, client_id, connected_at: timestamp, node };
    this.#lostAt.value = undefined;
    this.#users.set(client_id, this.#own);
    this.#changed = true;
    this.counted(online);
  }

  /** Takes the whole list. */
  listed(message: ServerMessageOf<"users">): void {
    this.#users.clear();
    for (const user of message.users) this.#users.set(user.client_id, user);
    // The server lists so many at the most, and oneself may not be among them.
    if (this.#own !== undefined && !this.#users.has(this.#own.client_id)) {
      this.#users.set(this.#own.client_id, this.#own);
    }
    this.#changed = true;
    this.counted(message.online);
  }

  /**
   * Takes who came and who went.
   *
   * @returns What of it is news: a newcomer's first differences tell of those who are in its list already.
   */
  moved(message: ServerMessageOf<"presence">): Moves {
    const left = message.left.filter((user) => this.#users.delete(user.client_id));
    const joined = message.joined.filter((user) => !this.#users.has(user.client_id));
    for (const user of joined) {
      if (this.#users.size < KEPT) this.#users.set(user.client_id, user);
    }
    this.#changed = true;
    this.counted(message.online);
    return { joined, left };
  }

  /** Takes how many are online. */
  counted(online: number): void {
    if (online !== this.#online) this.#changed = true;
    this.#online = online;
  }

  /** Shows what has been taken in. */
  publish(): void {
    if (!this.#changed) return;
    this.#changed = false;
    this.#view.value = this.#sorted();
  }

  #sorted(): PeopleView {
    const own = this.#own?.client_id;
    const people = [...this.#users.values()].sort((a, b) =>
      Number(b.client_id === own) - Number(a.client_id === own) || byName(a.username, b.username)
    );
    return { people, online: this.#online, own };
  }
}

/** Those whose name contains `wanted`, whatever the case. */
export function findPeople(people: readonly User[], wanted: string): readonly User[] {
  const needle = wanted.trim().toLowerCase();
  if (needle === "") return people;
  return people.filter((person) => person.username.toLowerCase().includes(needle));
}
