/**
 * The Fresh app: what stands before every route, and the routes.
 *
 * @module
 */

import { App, csp, HttpError, staticFiles } from "fresh";
import { compressFiles } from "./compression.ts";
import { checkHost, isUpgrade } from "./handshake.ts";
import { methodsOf, opensSocket } from "./http_operations.ts";
import { HttpPace } from "./http_pace.ts";
import { describeError, type Log } from "./log.ts";
import { problemResponse } from "./problem.ts";
import type { State } from "./state.ts";

/** Creates the app around the parts of the server. */
export function createApp(state: State): App<State> {
  const app = new App<State>();
  const pace = new HttpPace();
  app.use(async (ctx) => {
    // Of an upgrade there is little to do, and how many come from where is limited (admission.ts).
    if (!asksForSocket(ctx)) await pace.begin();
    return ctx.next();
  });
  app.use((ctx) => {
    Object.assign(ctx.state, state);
    const refused = checkHost(ctx.req.headers, state.config);
    if (refused === undefined) return withSecurityHeaders(ctx.next);
    if (isUpgrade(ctx.req.headers)) state.metrics.refusedConnections.add(refused.status);
    return problemResponse(refused);
  });
  // An answer that opens a socket is no page: of ten connections a second for each address that is work for nothing.
  app.use((ctx) => asksForSocket(ctx) ? ctx.next() : policy(ctx));
  app.use(compressFiles());
  app.use(async ({ next, req, url }) => {
    const response = await next();
    // Of GET alone Fresh does not say that HEAD is served too.
    if (req.method === "OPTIONS" && response.ok) {
      response.headers.set("allow", allowedAt(url.pathname));
    }
    // Of a file Fresh says so in plain text.
    return response.status === 405 && !response.headers.has("allow")
      ? wrongMethodResponse(url.pathname)
      : response;
  });
  app.use(staticFiles());
  app.notFound(() => problemResponse({ status: 404, detail: "there is nothing at this address" }));
  app.onError("*", ({ error, url }) => {
    if (error instanceof HttpError && error.status === 405) {
      return wrongMethodResponse(url.pathname);
    }
    if (error instanceof HttpError && error.status < 500) {
      return problemResponse({ status: error.status, detail: error.message });
    }
    return faultResponse(error, state.log);
  });
  app.fsRoutes();
  return app;
}

/** Whether a request is to become a socket. Anybody can ask for an upgrade at any path. */
function asksForSocket({ req, url }: { readonly req: Request; readonly url: URL }): boolean {
  return isUpgrade(req.headers) && opensSocket(url.pathname);
}

function wrongMethodResponse(path: string): Response {
  const detail = "this method is not served at this address";
  return problemResponse({ status: 405, detail, headers: { allow: allowedAt(path) } });
}

function allowedAt(path: string): string {
  return methodsOf(path).join(", ");
}

/** Logs a bug of ours, and the answer that tells no more of it. */
export function faultResponse(error: unknown, log: Log): Response {
  const stack = error instanceof Error ? error.stack : undefined;
  log.error("fault", { reason: describeError(error), stack });
  return problemResponse({ status: 500, detail: "a fault in the server" });
}

/** A host name, an IPv4 address or an IPv6 one in brackets, with or without a port. */
const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d+)?$/i;

/**
 * A handler that answers 400 where the request's own `Host` makes no address: what comes after reads it as a URL, and the
 * page shows it in commands to be copied, in which `$(…)` would run.
 */
export function guardHost(handler: Deno.ServeHandler): Deno.ServeHandler {
  return (request, info) =>
    HOST.test(URL.parse(request.url)?.host ?? "")
      ? handler(request, info)
      : problemResponse({ status: 400, detail: "the host of this request makes no address" });
}

const policy = csp<State>({
  useNonce: true,
  csp: ["img-src 'self' data:", "base-uri 'none'", "form-action 'self'"],
});

async function withSecurityHeaders(next: () => Promise<Response>): Promise<Response> {
  const response = await next();
  const { headers } = response;
  headers.set("x-content-type-options", "nosniff");
  headers.set("referrer-policy", "no-referrer");
  const allowed = headers.get("content-security-policy");
  if (allowed !== null) {
    // Fresh's defaults would send a page that was opened by plain http on a local network to https for its parts, and
    // allow what is no page to hold scripts.
    const kept = allowed.replace("; upgrade-insecure-requests", "").replaceAll(
      " 'unsafe-inline'",
      "",
    );
    headers.set("content-security-policy", kept);
  }
  return response;
}
