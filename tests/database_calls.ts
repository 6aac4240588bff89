/**
 * What can be asked of a database, how it is to fail, and what makes it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Database, DatabaseError } from "../lib/queries.ts";
import { createFault, type Outage, Way } from "./outage_faults.ts";
import type { TestPostgres } from "./postgres.ts";

/** The deadline where a test waits for it, in ms. */
export const DEADLINE_MS = 500;
/** What may come on top of it on a machine that has more to do, in ms. */
const SLACK_MS = 2000;

/** One call of each kind. */
export const CALLS: readonly ((database: Database) => Promise<unknown>)[] = [
  (database) => database.query("select 1"),
  (database) => database.read("select 1"),
  (database) => database.script("select 1; select 2"),
  (database) => database.transaction(() => Promise.resolve()),
];

/** Checks, for `assert.rejects`, that an error has one of the codes and tells nothing that is nobody's business. */
export function isFailure(...codes: readonly string[]): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof DatabaseError, String(error));
    assert.ok(codes.includes(error.code), error.message);
    assert.doesNotMatch(String(error.stack), /secret|127\.0\.0\.1|select|insert/);
    return true;
  };
}

/** Checks that a call fails as one does that has met its deadline, in time. */
export async function assertDeadline(call: () => Promise<unknown>): Promise<void> {
  const from = performance.now();
  await assert.rejects(call(), isFailure("DEADLINE"));
  const tookMs = performance.now() - from;
  assert.ok(tookMs < DEADLINE_MS + SLACK_MS, `took ${tookMs} ms`);
}

/** What a call fails with whose connection ends. */
export const BROKEN = ["CONNECTION_CLOSED", "ECONNRESET", "EPIPE", "57P01"] as const;

/** Runs something while a server has a fault. */
export async function withFault(
  how: Outage,
  postgres: TestPostgres,
  run: () => Promise<void>,
): Promise<void> {
  const way = new Way(postgres.port);
  const fault = createFault(how, { postgres, way });
  await fault.strike();
  try {
    await run();
  } finally {
    await fault.heal();
    way.close();
  }
}
