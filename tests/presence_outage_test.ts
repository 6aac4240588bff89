import assert from "node:assert/strict";
import { natsPath } from "./nats.ts";
import { postgresPath } from "./postgres.ts";
import { type Outage, outage, type OutageSize } from "./presence_outage.ts";
import { ignoreWithout } from "./requirements.ts";

/** What other tests on the same machine leave room for. */
const SHORT: OutageSize = {
  nodes: 1,
  clients: 12,
  chatEveryMs: 20,
  calmMs: 1000,
  awayMs: 3500,
  leaseMs: 3000,
  askEveryMs: 200,
  mostP99Ms: 1000,
  mostTickMs: 3000,
  mostAtOnceMs: 1000,
};

function outageTest(name: string, how: Outage, size: Partial<OutageSize>): void {
  const ignore = ignoreWithout("postgres", postgresPath) ||
    (size.nodes === 2 && ignoreWithout("nats", natsPath)) ||
    // Whom to stop is asked of /proc.
    (how === "stopped" && Deno.build.os !== "linux");
  Deno.test({
    name,
    ignore,
    fn: async () => {
      const { findings } = await outage(how, { ...SHORT, ...size });
      assert.deepEqual(findings, []);
    },
  });
}

outageTest(
  "Two nodes go on for longer than their leases while the database is stopped, and lose nobody who was there",
  "stopped",
  { nodes: 2 },
);
outageTest(
  "A node goes on while the database is killed, and records who has come when it is started again",
  "killed",
  { awayMs: 1500, leaseMs: 1000 },
);
