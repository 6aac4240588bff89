/**
 * What starts the tests (scripts/run_tests.ts), where it is stopped.
 *
 * @module
 */

import assert from "node:assert/strict";
import { eventually } from "./eventually.ts";
import { postgresPath } from "./postgres.ts";
import { ignoreWithout } from "./requirements.ts";
import { within } from "./server.ts";

for (const [signal, code] of [["SIGTERM", 143], ["SIGINT", 130]] as const) {
  Deno.test({
    name: `run_tests.ts leaves no PostgreSQL behind where ${signal} comes while that starts`,
    ignore: ignoreWithout("postgres", postgresPath) || Deno.build.os === "windows",
    fn: async () => {
      const folder = await Deno.makeTempDir({ prefix: "pulso-test-" });
      // PostgreSQL is another user where this one is root.
      await Deno.chmod(folder, 0o755);
      const child = new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "scripts/run_tests.ts", "tests/no_such_test.ts"],
        cwd: new URL("..", import.meta.url),
        env: { TMPDIR: folder },
        stdout: "null",
        stderr: "null",
      }).spawn();
      const files = () => Array.from(Deno.readDirSync(folder), ({ name }) => name);
      await eventually(() => assert.equal(files().length, 1), 10_000);
      child.kill(signal);
      assert.equal((await within(20_000, "it ends", child.status)).code, code);
      assert.deepEqual(files(), []);
      await Deno.remove(folder);
    },
  });
}
