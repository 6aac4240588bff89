/**
 * Static files and the client's bundle.
 *
 * Here: answering with a file. Not here: which files there are (dev/).
 * Invariant: a path is looked up among the build's files and never becomes a path of the disk.
 *
 * @module
 * @see https://fresh.deno.dev/docs/concepts/static-files
 */
import type { Context } from "./context.ts";
import type { Middleware } from "./middleware.ts";
import { ASSET_CACHE_BUST_KEY } from "./runtime/mod.ts";
import { SCOPE } from "./scope.ts";
import type { ServedFile } from "./snapshot.ts";

const FOREVER = "public, max-age=31536000, immutable";
const NEVER = "no-cache, no-store, max-age=0, must-revalidate";

/**
 * A middleware that answers with the files of `static/` and of the build, and lets any other path
 * pass. In production a file has an ETag; it may be cached for a year if its URL changes with it.
 */
export function staticFiles<State>(): Middleware<State> {
  return async (ctx) => {
    const file = ctx[SCOPE].snapshot.files.get(lookupKey(ctx.url.pathname));
    if (file === undefined) {
      // Every browser asks for it; a whole error page would be for nobody.
      const isIcon = ctx.url.pathname === "/favicon.ico";
      return isIcon ? new Response(null, { status: 404 }) : await ctx.next();
    }
    if (!["GET", "HEAD"].includes(ctx.req.method)) {
      return new Response("Method Not Allowed", { status: 405 });
    }
    return redirectFromOldBuild(ctx) ?? await respondWith(file, ctx);
  };
}

/** Paths in one spelling: browsers differ in what they percent-encode. */
export function lookupKey(pathname: string): string {
  try {
    return pathname.split("/").map((part) => encodeURIComponent(decodeURIComponent(part))).join(
      "/",
    );
  } catch {
    return pathname;
  }
}

/**
 * An URL that another build's `asset()` made must not be cached forever with this build's content.
 */
function redirectFromOldBuild<State>(ctx: Context<State>): Response | null {
  const url = new URL(ctx.url);
  const id = url.searchParams.get(ASSET_CACHE_BUST_KEY);
  if (id === null || id === ctx[SCOPE].snapshot.buildId) return null;
  url.searchParams.delete(ASSET_CACHE_BUST_KEY);
  return new Response(null, {
    status: 307,
    headers: { location: url.pathname + url.search },
  });
}

async function respondWith<State>(file: ServedFile, ctx: Context<State>): Promise<Response> {
  const headers = new Headers({
    "Content-Type": file.contentType,
    Vary: "If-None-Match",
  });
  const isProduction = ctx.config.mode === "production";
  const isLocked = file.immutable ||
    ctx.url.searchParams.has(ASSET_CACHE_BUST_KEY);
  headers.set("Cache-Control", isProduction && isLocked ? FOREVER : NEVER);
  if (isProduction) {
    headers.set("ETag", `W/"${file.hash}"`);
    if (matches(ctx.req.headers.get("If-None-Match"), file.hash)) {
      return new Response(null, { status: 304, headers });
    }
  }
  headers.set("Content-Length", String(file.sizeBytes));
  return new Response(await open(file.content), { headers });
}

function matches(ifNoneMatch: string | null, hash: string): boolean {
  return ifNoneMatch !== null &&
    ifNoneMatch.split(",").some((tag) =>
      tag.trim().replace(/^W\//, "").replaceAll('"', "") === hash
    );
}

async function open(content: ServedFile["content"]): Promise<BodyInit> {
  return typeof content === "string" ? (await Deno.open(content)).readable : content;
}
