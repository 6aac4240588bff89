/**
 * What the database tells of who is there.
 *
 * Invariant: a database that is away is not asked, and readers never stand in the way of claims: a page of the list is
 * read by one statement at a time, however many want it, and few pages at once.
 *
 * @module
 */

import { listSessions, listUsers, type PresenceEntry, type UserPage } from "./presence_sql.ts";
import { DatabaseError, type Queries } from "./queries.ts";

/** The most pages of the list that are read at a time. */
const PAGES = 8;

/** Reads one database. */
export class PresenceReader {
  readonly #on: Queries;
  readonly #isUp: () => boolean;
  /** The pages that are being read; who asks for one of them meanwhile shares it. */
  readonly #pages = new Map<string, Promise<UserPage>>();

  /** @param isUp Whether the database may be asked. */
  constructor(on: Queries, isUp: () => boolean) {
    this.#on = on;
    this.#isUp = isUp;
  }

  /**
   * Who is online on all nodes, by name.
   *
   * @param page `after`: the `next` of the page before, or empty.
   * @throws {DatabaseError} If the database is away, or too many ask at once (`BUSY`).
   */
  async list(page: { readonly limit: number; readonly after: string }): Promise<UserPage> {
    this.#refuseWhileAway();
    const key = `${page.limit} ${page.after}`;
    const shared = this.#pages.get(key);
    if (shared !== undefined) return await shared;
    if (this.#pages.size >= PAGES) {
      throw new DatabaseError("BUSY", "Could not list who is online: too many ask");
    }
    const read = listUsers(this.#on, page).finally(() => this.#pages.delete(key));
    this.#pages.set(key, read);
    return await read;
  }

  /**
   * All sessions of all nodes, also those that are away and may still come back. Never shared: it was read after it was
   * asked for.
   *
   * @throws {DatabaseError} If the database is away.
   */
  async snapshot(): Promise<readonly PresenceEntry[]> {
    this.#refuseWhileAway();
    return await listSessions(this.#on);
  }

  #refuseWhileAway(): void {
    if (!this.#isUp()) throw new DatabaseError("AWAY", "Could not use the database: it is away");
  }
}
