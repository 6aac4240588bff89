/**
 * What to do about a database that is away, as far as its last error tells.
 *
 * @module
 */

import { type Database, DatabaseError } from "./queries.ts";

/** By the error's code, SQLSTATE or other; by its class where the code has none. */
const REMEDIES: Readonly<Record<string, string>> = {
  "28": "check the user and the password in DATABASE_URL, and pg_hba.conf",
  "3D": "create the database of DATABASE_URL",
  "42501": "let the user of DATABASE_URL create tables, or read and write those that there are",
  "42P07": "another program has tables by our names: give Pulso a database of its own",
  "53100": "make room on the disk of the database",
  "53300": "raise max_connections, or end those of others",
  "55P03": "somebody holds a lock: select pid, state, query from pg_stat_activity",
  "57P03": "wait: the server is starting or stopping",
  "READ_ONLY": "point DATABASE_URL to the server that takes writes",
  "25006": "point DATABASE_URL to the server that takes writes",
};

/** The remedy for an error. */
export function databaseRemedy(kind: Database["kind"], error: unknown): string {
  const code = error instanceof DatabaseError ? error.code : "";
  return REMEDIES[code] ?? REMEDIES[code.slice(0, 2)] ??
    (kind === "postgresql" ? "check DATABASE_URL and the server behind it" : "check DATA_DIR");
}
