/**
 * The one door to PostgreSQL: postgres.js where there is a URL, else PGlite in a worker of its own. What is asked of it
 * is presence.ts's business.
 *
 * Invariant: both keep the promises of queries.ts.
 *
 * @module
 */

import postgres from "postgres";
import { openEmbedded } from "./database_embedded.ts";
import { type Database, type Queries, type Row, withDeadline } from "./queries.ts";

/** Where the database is. */
export interface DatabaseOptions {
  /** `postgres://…`; without it the embedded one serves. */
  readonly url?: string | undefined;
  /** The folder of the embedded one; made if it is missing. */
  readonly folder: string;
  /** How long a call may take, in ms. */
  readonly deadlineMs?: number;
}

/**
 * Opens the database. PostgreSQL is not connected to before the first query, so this also returns while it is away.
 *
 * @throws {FolderLockedError} If another process holds the folder of the embedded database.
 * @throws {DatabaseError} If the embedded database cannot be opened.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { url, folder, deadlineMs = 2000 } = options;
  if (url === undefined) return await openEmbedded({ folder, deadlineMs });
  return openPostgresql(url, deadlineMs);
}

function openPostgresql(url: string, deadlineMs: number): Database {
  const sql = postgres(url, {
    max: 10,
    connect_timeout: deadlineMs / 1000,
    idle_timeout: 60,
    connection: {
      application_name: "pulso",
      statement_timeout: deadlineMs,
      lock_timeout: deadlineMs,
    },
    // Notices such as "relation exists, skipping" are nobody's business.
    onnotice: () => {},
    // One wait of our own is enough: presence.ts decides when to try again.
    backoff: () => 0,
  });
  const queries = (on: typeof sql | postgres.TransactionSql): Queries => ({
    query: async (text, parameters = []) => {
      const asked = on.unsafe<Row[]>(text, [...parameters] as never[], { prepare: true });
      return [...await withDeadline(deadlineMs, asked)];
    },
    script: async (text) => {
      await withDeadline(deadlineMs, on.unsafe(text).simple());
    },
  });
  return {
    kind: "postgresql",
    ...queries(sql),
    transaction: async <T>(work: (queries: Queries) => Promise<T>) => {
      const result = await withDeadline(
        deadlineMs,
        sql.begin(async (on) => [await work(queries(on))]),
      );
      return result[0] as T;
    },
    close: () => sql.end({ timeout: deadlineMs / 1000 }).catch(() => {}),
  };
}
