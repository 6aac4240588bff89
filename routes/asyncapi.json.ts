import { asyncapi, serversAt } from "../lib/asyncapi.ts";
import { pageOrigin } from "../lib/handshake.ts";
import { define } from "../lib/state.ts";

/** Made for who asks first: all but where the server is, which is as one asks, is the same for everybody. */
let document: ReturnType<typeof asyncapi> | undefined;

/** What goes over the socket, as AsyncAPI 3.0. */
export const handler = define.handlers({
  GET(ctx) {
    const { state } = ctx;
    document ??= asyncapi(state.version);
    const servers = serversAt(pageOrigin(ctx, state.config.TRUST_PROXY));
    return Response.json({ ...document, ...servers }, {
      headers: { "cache-control": "no-cache" },
    });
  },
});
