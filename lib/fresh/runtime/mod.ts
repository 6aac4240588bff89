/**
 * `fresh/runtime`: what both the server and the browser may import.
 *
 * Here: `IS_BROWSER`, `asset()`, and `Head` by name. Not here: what only one of them runs.
 * Invariant: nothing here imports anything of the server.
 *
 * @module
 * @see https://fresh.deno.dev/docs/advanced/api-reference#freshruntime
 */
import { buildId } from "./build_id.ts";

export { Head, type HeadProps } from "./head.ts";

/** True in the browser, false in the server. */
export const IS_BROWSER: boolean = typeof document !== "undefined";

/** The query parameter that makes a static file's URL this build's own. */
export const ASSET_CACHE_BUST_KEY = "__frsh_c";

/**
 * A static file's URL that may be cached for a year, for it changes with the build. A URL of
 * another site, and one that has the parameter already, is returned as it is. Never throws.
 *
 * @param path from the root of the site: "/styles.css".
 */
export function asset(path: string): string {
  if (!path.startsWith("/") || path.startsWith("//")) return path;
  const url = URL.parse(path, "https://site.invalid");
  if (url === null || url.searchParams.has(ASSET_CACHE_BUST_KEY)) return path;
  url.searchParams.set(ASSET_CACHE_BUST_KEY, buildId());
  return url.pathname + url.search + url.hash;
}
