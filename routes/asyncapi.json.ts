import { asyncapi, serversAt } from "../lib/asyncapi.ts";
import { define } from "../lib/state.ts";

/** Made for who asks first: all but where the server is, which is as one asks, is the same for everybody. */
let document: ReturnType<typeof asyncapi> | undefined;

/** What goes over the socket, as AsyncAPI 3.0. */
export const handler = define.handlers({
  GET({ state, url }) {
    document ??= asyncapi(state.version);
    return Response.json({ ...document, ...serversAt(url.origin) }, {
      headers: { "cache-control": "no-cache" },
    });
  },
});
