/**
 * What it costs to claim a name and to release it, on the embedded database: `deno task bench`.
 *
 * @module
 */

import { openEmbedded } from "../lib/database_embedded.ts";
import { createLog } from "../lib/log.ts";
import { type Claimant, Presence } from "../lib/presence.ts";

const folder = await Deno.makeTempDir({ prefix: "pulso-bench-" });
const log = createLog({ level: "error", format: "json" });
const database = await openEmbedded({ folder: `${folder}/data`, deadlineMs: 10_000, log });
const presence = new Presence({
  database,
  leaseMs: 15_000,
  graceMs: 10_000,
  visitsDays: 30,
  log,
});
await presence.start();
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

let claimed = 0;

function nextClaimant(): Claimant {
  const name = `c${claimed++}`;
  const sessionHash = name.padStart(64, "0");
  return {
    clientId: name,
    username: name,
    usernameKey: name,
    sessionHash,
    connectedAt: undefined,
    version: 0,
  };
}

for (const count of [1, 64]) {
  Deno.bench(`Presence.claim() and release(), ${count} at once, PGlite`, async () => {
    const claims = Array.from({ length: count }, async () => {
      const who = nextClaimant();
      const outcome = await presence.claim(who);
      if (outcome.is !== "held") throw new Error(`the claim is ${outcome.is}`);
      presence.release(who.clientId, 1000);
    });
    await Promise.all(claims);
  });
}
