/**
 * `fresh`: the part of Fresh 2.3 that Pulso uses, under Fresh's own names.
 *
 * Here: the list of public names of the main module. Not here: what they do.
 * Invariant: whatever is exported exists in the published `@fresh/core` 2.3 with the same meaning,
 * so that the app runs on either.
 *
 * @module
 * @see https://fresh.deno.dev/docs/advanced/api-reference
 */
export { App, type ListenOptions } from "./app.ts";
export type { FreshConfig, ResolvedFreshConfig, RouteConfig } from "./config.ts";
export type { Context, FreshContext } from "./context.ts";
export { csp, type CSPOptions } from "./csp.ts";
export { createDefine, type Define } from "./define.ts";
export {
  type HandlerByMethod,
  type HandlerFn,
  page,
  type PageProps,
  type PageResponse,
  type RouteHandler,
} from "./handlers.ts";
export { HttpError } from "./http_error.ts";
export type { Middleware } from "./middleware.ts";
export type { Method } from "./router.ts";
export { staticFiles } from "./static_files.ts";
export type { WebSocketHandlers, WebSocketUpgradeOptions } from "./websocket.ts";
