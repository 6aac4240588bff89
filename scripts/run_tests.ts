/**
 * All tests: `deno task test`, with a PostgreSQL for the servers that the tests start, where there is one on this machine:
 * on it they start in a fifth of the time that the embedded one takes. What it is given goes to `deno test`, which takes a
 * file called test.ts for tests.
 *
 * @module
 */

import { postgresPath, startPostgres } from "../tests/postgres.ts";

/** Several servers at a time, each with a few connections. */
const CONNECTIONS = "400";

/** What of the tests runs now. */
let child: Deno.ChildProcess | undefined;
/** The exit code of whoever ends by a signal. */
let stopped: number | undefined;

// From the beginning: what has been started is to go, whenever the signal comes.
Deno.addSignalListener("SIGINT", () => stopped = 130);
Deno.addSignalListener("SIGTERM", () => {
  stopped = 143;
  child?.kill("SIGTERM");
});

const code = await runWithPostgres().catch((error) => {
  // A terminal sends its SIGINT to PostgreSQL too.
  if (stopped === undefined) throw error;
  return stopped;
});
Deno.exit(stopped ?? code);

async function runWithPostgres(): Promise<number> {
  if (postgresPath === undefined) return await runTests();
  const { url, remove } = await startPostgres({ max_connections: CONNECTIONS });
  return await runTests(url).finally(remove);
}

async function runTests(databaseUrl?: string): Promise<number> {
  if (stopped !== undefined) return stopped;
  child = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--parallel", ...Deno.args],
    env: {
      // One file more at a time than there are cores, since many of them wait.
      DENO_JOBS: String(navigator.hardwareConcurrency + 1),
      ...databaseUrl !== undefined && { PULSO_TEST_DATABASE_URL: databaseUrl },
    },
  }).spawn();
  // A terminal tells the tests of a SIGINT too; the database is to go after them.
  const { code } = await child.status;
  child = undefined;
  return code;
}
