/**
 * The one door to the database: a PostgreSQL where there is a URL, else PGlite in a worker of its own. What is asked of
 * it is presence.ts's business.
 *
 * Invariant: both keep the promises of queries.ts.
 *
 * @module
 */

import { openEmbedded } from "./database_embedded.ts";
import { openPostgres } from "./database_postgres.ts";
import type { Log } from "./log.ts";
import type { Database } from "./queries.ts";

/** Where the database is. */
export interface DatabaseOptions {
  /** `postgres://…`; without it the embedded one serves. */
  readonly url?: string | undefined;
  /** The folder of the embedded one; made if it is missing. */
  readonly folder: string;
  /** How long a call may take, and in a transaction each statement, in ms. */
  readonly deadlineMs?: number;
  /** Where the embedded one says what it has done by itself. */
  readonly log?: Log;
}

/**
 * Opens the database. PostgreSQL is not connected to before the first query, so this also returns while it is away.
 *
 * @throws {FolderLockedError} If another process holds the folder of the embedded database.
 * @throws {DatabaseError|Error} If it cannot be opened; {@linkcode openingRemedy} tells what to do, where there is a URL
 *   {@linkcode databaseRemedy}.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { url, folder, deadlineMs = 2000, log } = options;
  if (url === undefined) return await openEmbedded({ folder, deadlineMs, log });
  return openPostgres({ url, deadlineMs });
}
