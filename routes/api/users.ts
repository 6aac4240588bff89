import { visitStateSchema } from "../../lib/http_schemas.ts";
import { parseLimit, parseOffset } from "../../lib/page_query.ts";
import { type Problem, problemResponse } from "../../lib/problem.ts";
import { DatabaseError } from "../../lib/queries.ts";
import type { Result } from "../../lib/result.ts";
import { define, type State } from "../../lib/state.ts";

/** Who is online on all nodes, by name; with `state` who was here, the newest first. Both are read from the database. */
export const handler = define.handlers({
  async GET({ state, url, req }) {
    const known = await state.tokens?.identify(req);
    if (known?.ok === false) return problemResponse(known.error);
    const asked = parseQuery(state, url.searchParams);
    if (!asked.ok) return problemResponse(asked.error);
    try {
      const page = await asked.value();
      return Response.json(page, { headers: { "cache-control": "no-store" } });
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      const detail = error.code === "BUSY" ? "too many ask for it now" : "the database is away";
      return problemResponse({ status: 503, detail, headers: { "retry-after": "1" } });
    }
  },
});

/** What is asked for, as a question to presence. */
function parseQuery(
  { presence, config }: State,
  parameters: URLSearchParams,
): Result<() => Promise<unknown>, Problem> {
  const limit = parseLimit(parameters);
  if (!limit.ok) return limit;
  const after = parameters.get("after");
  const wanted = parameters.get("state");
  if (wanted === null) {
    if (after?.includes("\0")) return refuse("after is no name");
    return { ok: true, value: () => presence.list({ limit: limit.value, after: after ?? "" }) };
  }
  const { data: state } = visitStateSchema.safeParse(wanted);
  if (state === undefined) {
    return refuse(`state is not one of ${visitStateSchema.options.join(", ")}`);
  }
  if (config.VISITS_DAYS === 0) {
    return { ok: false, error: { status: 404, detail: "no visits are kept: VISITS_DAYS is 0" } };
  }
  const id = after === null ? undefined : parseOffset(after);
  if (after !== null && id === undefined) return refuse("after is not the next of another page");
  return { ok: true, value: () => presence.visits({ state, limit: limit.value, after: id }) };
}

function refuse(detail: string): { readonly ok: false; readonly error: Problem } {
  return { ok: false, error: { status: 400, detail } };
}
