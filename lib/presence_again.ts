/**
 * A database that is asked again where it has refused something only because of what others did at the same time, or where
 * the connection to it broke.
 *
 * Invariant: what is asked is asked a bounded number of times, and again only what may be done twice.
 *
 * @module
 */

import { type Database, DatabaseError } from "./queries.ts";

/** How often the same is asked. */
const TIMES = 5;
/** SQLSTATEs of what others may have caused: a violated constraint, a deadlock, a lost race. */
const BECAUSE_OF_OTHERS = /^(?:23|40)...$/;
/** The server, or something on the way to it, has ended the connection: the next one may be as good. */
const BROKEN: ReadonlySet<string> = new Set(["57P01", "CONNECTION_CLOSED", "ECONNRESET", "EPIPE"]);

/**
 * The same database, but for that. All of presence's statements may be done twice: of one whose connection broke nobody
 * knows whether it was done.
 */
export function askingAgain(database: Database): Database {
  return {
    kind: database.kind,
    query: (text, parameters) => again(() => database.query(text, parameters)),
    read: (text, parameters) => again(() => database.read(text, parameters)),
    script: (text) => again(() => database.script(text)),
    transaction: (work) => again(() => database.transaction(work)),
    close: () => database.close(),
  };
}

async function again<T>(ask: () => Promise<T>): Promise<T> {
  for (let time = 1;; time++) {
    try {
      return await ask();
    } catch (error) {
      const mayHelp = error instanceof DatabaseError &&
        (BECAUSE_OF_OTHERS.test(error.code) || BROKEN.has(error.code));
      if (!mayHelp || time === TIMES) throw error;
    }
  }
}
