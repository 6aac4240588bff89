import { checkBearer } from "../lib/bearer.ts";
import { problemResponse } from "../lib/problem.ts";
import { define } from "../lib/state.ts";

/** The measures of this node, for Prometheus. */
export const handler = define.handlers({
  async GET({ req, state: { config, exposition } }) {
    const { METRICS_TOKEN: token } = config;
    const refused = token === undefined ? undefined : checkBearer(req.headers, token);
    if (refused !== undefined) return problemResponse(refused);
    const headers = { "content-type": exposition.contentType, "cache-control": "no-store" };
    return new Response(await exposition.text(), { headers });
  },
});
