import { problemResponse } from "../lib/problem.ts";
import { define } from "../lib/state.ts";

/** Whether new clients should be sent here. */
export const handler = define.handlers({
  GET({ state }) {
    const why = state.hub.unready;
    const headers = { "cache-control": "no-store" };
    if (why === undefined) return Response.json({ status: "ready" }, { headers });
    return problemResponse({
      status: 503,
      detail: why,
      headers: { ...headers, "retry-after": "1" },
    });
  },
});
