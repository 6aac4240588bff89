import type { Health } from "../lib/http_schemas.ts";
import { define } from "../lib/state.ts";

/** Whether the process lives, and how it is. */
export const handler = define.handlers({
  GET({ state }) {
    const { hub, presence, journal, version, startedAt } = state;
    const health: Health = {
      status: presence.up && journal.broker !== "down" ? "ok" : "degraded",
      connections: hub.connections,
      users: hub.online,
      uptime_seconds: Math.floor((Date.now() - startedAt) / 1000),
      database: presence.up ? "up" : "down",
      broker: journal.broker,
      version,
      node: presence.nodeId,
    };
    return Response.json(health, { headers: { "cache-control": "no-store" } });
  },
});
