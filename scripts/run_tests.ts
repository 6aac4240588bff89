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

const postgres = postgresPath === undefined
  ? undefined
  : await startPostgres({ max_connections: CONNECTIONS });
const { success, code } = await runTests(postgres?.url).finally(() => postgres?.remove());
if (!success) Deno.exit(code);

async function runTests(databaseUrl: string | undefined): Promise<Deno.CommandStatus> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--parallel", ...Deno.args],
    env: {
      // One file more at a time than there are cores, since many of them wait.
      DENO_JOBS: String(navigator.hardwareConcurrency + 1),
      ...databaseUrl !== undefined && { PULSO_TEST_DATABASE_URL: databaseUrl },
    },
  }).spawn();
  // A terminal tells the tests too; the database is to go after them.
  Deno.addSignalListener("SIGINT", () => {});
  Deno.addSignalListener("SIGTERM", () => child.kill("SIGTERM"));
  return await child.status;
}
