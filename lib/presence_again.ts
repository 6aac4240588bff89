/**
 * A database that is asked again where it has refused something only because of what others did at the same time.
 *
 * Invariant: what is asked is asked a bounded number of times, and again only where nothing of it was done.
 *
 * @module
 */

import { type Database, DatabaseError } from "./queries.ts";

/** How often the same is asked. */
const TIMES = 5;
/** SQLSTATEs of what others may have caused: a violated constraint, a deadlock, a lost race. */
const BECAUSE_OF_OTHERS = /^(?:23|40)...$/;

/** The same database, but for that; what is done in a transaction may be done several times. */
export function askingAgain(database: Database): Database {
  return {
    kind: database.kind,
    query: (text, parameters) => again(() => database.query(text, parameters)),
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
      const mayHelp = error instanceof DatabaseError && BECAUSE_OF_OTHERS.test(error.code);
      if (!mayHelp || time === TIMES) throw error;
    }
  }
}
