import { openapi } from "../lib/openapi.ts";
import { define } from "../lib/state.ts";

/** What goes over HTTP, as OpenAPI 3.1. */
export const handler = define.handlers({
  GET: ({ state }) =>
    Response.json(openapi(state.version), { headers: { "cache-control": "no-cache" } }),
});
