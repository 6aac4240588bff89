import assert from "node:assert/strict";
import { DatabaseError, toDatabaseError, withDeadline } from "../lib/queries.ts";

/** How late a timer may be on a machine that has more to do, in ms. */
const SLACK_MS = 400;

function holdUp(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

const never = new Promise<never>(() => {});
const isDeadline = (error: unknown) => error instanceof DatabaseError && error.code === "DEADLINE";

Deno.test("withDeadline() gives the answer that comes in time, and ends the wait for one that does not", async () => {
  assert.equal(await withDeadline(50, Promise.resolve("an answer")), "an answer");
  const from = performance.now();
  await assert.rejects(withDeadline(300, never), isDeadline);
  const tookMs = performance.now() - from;
  assert.ok(tookMs >= 299 && tookMs < 300 + SLACK_MS, `took ${tookMs} ms`);
});

Deno.test("withDeadline() gives an answer that came while the event loop was held up for longer", async () => {
  const answer = withDeadline(100, new Deno.Command("true").output());
  holdUp(500);
  assert.ok((await answer).success);
});

Deno.test("withDeadline() hardly counts the time for which the event loop was held up", async () => {
  // Held up for most of the deadline, it gets an answer that then takes more than what is left.
  const answer = Promise.withResolvers<string>();
  setTimeout(() => answer.resolve("an answer"), 1250);
  const given = withDeadline(1000, answer.promise);
  holdUp(900);
  assert.equal(await given, "an answer");
});

Deno.test("withDeadline() ends a wait though the event loop is held up again and again", async () => {
  const hold = setInterval(() => holdUp(300), 0);
  await assert.rejects(withDeadline(50, never), isDeadline);
  clearInterval(hold);
});

Deno.test("toDatabaseError() leaves out addresses, queries and parameters, whoever said them", () => {
  const errors = [
    { code: "ECONNREFUSED", message: "connect ECONNREFUSED 10.0.0.1:5432" },
    { code: "22P02", severity: "ERROR", message: 'invalid input syntax for type uuid: "10"0"' },
    { code: "28000", severity: "FATAL", message: 'no entry for host "10.0.0.1", no encryption' },
    { code: "42601", severity: "ERROR", message: 'syntax error at or near "10"' },
    { code: 10, message: "select 10" },
    "10",
  ];
  for (const error of errors) assert.doesNotMatch(toDatabaseError(error).message, /10/);
  const refused = { code: "42P01", severity: "ERROR", message: 'relation "nodes" does not exist' };
  assert.match(toDatabaseError(refused).message, /relation "nodes" does not exist \(42P01\)/);
});
