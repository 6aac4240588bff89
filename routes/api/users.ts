import { parseLimit } from "../../lib/page_query.ts";
import { problemResponse } from "../../lib/problem.ts";
import { DatabaseError } from "../../lib/queries.ts";
import { define } from "../../lib/state.ts";

/** Who is online on all nodes, read from the database, by name. */
export const handler = define.handlers({
  async GET({ state, url }) {
    const limit = parseLimit(url.searchParams);
    if (!limit.ok) return problemResponse(limit.error);
    const after = url.searchParams.get("after") ?? "";
    if (after.includes("\0")) return problemResponse({ status: 400, detail: "after is no name" });
    try {
      const page = await state.presence.list({ limit: limit.value, after });
      return Response.json(page, { headers: { "cache-control": "no-store" } });
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      const detail = error.code === "BUSY" ? "too many ask for it now" : "the database is away";
      return problemResponse({ status: 503, detail, headers: { "retry-after": "1" } });
    }
  },
});
