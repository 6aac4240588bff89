import { asyncapi } from "../lib/asyncapi.ts";
import { define } from "../lib/state.ts";

/** What goes over the socket, as AsyncAPI 3.0. */
export const handler = define.handlers({
  GET: ({ state, url }) =>
    Response.json(asyncapi({ origin: url.origin, version: state.version }), {
      headers: { "cache-control": "no-cache" },
    }),
});
