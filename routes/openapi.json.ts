import { openapi } from "../lib/openapi.ts";
import { define } from "../lib/state.ts";

/** Made for who asks first: it is the same for everybody. */
let document: ReturnType<typeof openapi> | undefined;

/** What goes over HTTP, as OpenAPI 3.1. */
export const handler = define.handlers({
  GET({ state }) {
    document ??= openapi(state.version);
    return Response.json(document, { headers: { "cache-control": "no-cache" } });
  },
});
