/**
 * A database whose statements are timed.
 *
 * @module
 */

import type { Metrics } from "./metrics.ts";
import type { Database, Queries } from "./queries.ts";

/** The same database, but for that; what begins and ends a transaction is no statement. */
export function timed(
  database: Database,
  { statementTime }: Pick<Metrics, "statementTime">,
): Database {
  const time = async <T>(ask: () => Promise<T>): Promise<T> => {
    const askedAt = performance.now();
    try {
      const answer = await ask();
      statementTime.ok.record(performance.now() - askedAt);
      return answer;
    } catch (error) {
      statementTime.failed.record(performance.now() - askedAt);
      throw error;
    }
  };
  const queriesOf = (queries: Queries): Queries => ({
    query: (text, parameters) => time(() => queries.query(text, parameters)),
    script: (text) => time(() => queries.script(text)),
  });
  return {
    ...queriesOf(database),
    kind: database.kind,
    read: (text, parameters) => time(() => database.read(text, parameters)),
    transaction: (work) => database.transaction((queries) => work(queriesOf(queries))),
    close: () => database.close(),
  };
}
