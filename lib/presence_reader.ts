/**
 * What the database tells of who is there.
 *
 * Invariant: a database that is away is not asked, and readers never stand in the way of claims: a page of the list is
 * read by one statement at a time, however many want it, and few pages at once.
 *
 * @module
 */

import type { UserPage, VisitPage } from "./http_schemas.ts";
import { listSessions, listUsers, type PresenceEntry } from "./presence_sql.ts";
import { type Database, DatabaseError } from "./queries.ts";
import { listVisits, type VisitQuery } from "./visits_sql.ts";

/** The most pages that are read at a time: two statements each, and a snapshot beside them is not to be refused. */
const PAGES = 6;

/** Reads one database. */
export class PresenceReader {
  readonly #on: Pick<Database, "read">;
  readonly #isUp: () => boolean;
  /** The pages that are being read; who asks for one of them meanwhile shares it. */
  readonly #pages = new Map<string, Promise<unknown>>();

  /** @param isUp Whether the database may be asked. */
  constructor(on: Pick<Database, "read">, isUp: () => boolean) {
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
    const key = `online ${page.limit} ${page.after}`;
    return await this.#share(key, () => listUsers(this.#on, page));
  }

  /**
   * Who was here, the newest first.
   *
   * @throws {DatabaseError} As `list` does.
   */
  async visits(query: VisitQuery): Promise<VisitPage> {
    const key = `${query.state} ${query.limit} ${query.after}`;
    return await this.#share(key, () => listVisits(this.#on, query));
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

  async #share<T>(key: string, read: () => Promise<T>): Promise<T> {
    this.#refuseWhileAway();
    const shared = this.#pages.get(key);
    // Of one key all pages are of one kind.
    if (shared !== undefined) return await (shared as Promise<T>);
    if (this.#pages.size >= PAGES) {
      throw new DatabaseError("BUSY", "Could not read who is or was online: too many ask");
    }
    const page = read().finally(() => this.#pages.delete(key));
    this.#pages.set(key, page);
    return await page;
  }

  #refuseWhileAway(): void {
    if (!this.#isUp()) throw new DatabaseError("AWAY", "Could not use the database: it is away");
  }
}
