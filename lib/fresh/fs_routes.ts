/**
 * From the files of `routes/` to routes.
 *
 * Here: what file names mean. Not here: finding files (dev/crawl.ts), registering (route_table.ts).
 * Invariant: a file under `routes/` is a route, or one of Fresh's special files; nothing is skipped
 * silently.
 *
 * @module
 * @see https://fresh.deno.dev/docs/concepts/file-routing
 */
import type { RouteConfig } from "./config.ts";
import type { Route, RouteComponent, RouteHandler } from "./handlers.ts";
import type { Middleware } from "./middleware.ts";

/** A file of `routes/`. */
export interface FsRoute {
  /** Its path below `routes/`, without the extension: "api/ws". */
  readonly path: string;
  readonly module: FsModule;
}

/** What such a file may export. */
export interface FsModule {
  readonly default?: unknown;
  readonly handler?: unknown;
  readonly handlers?: unknown;
  readonly config?: RouteConfig;
}

/** What a file is. */
export type FsRouteKind = "app" | "middleware" | "error" | "notFound" | "route";

const SPECIAL: Record<string, FsRouteKind> = {
  _app: "app",
  _middleware: "middleware",
  _error: "error",
  _500: "error",
  _404: "notFound",
};

/**
 * What a file is by its name.
 *
 * @throws {Error} If the name starts with "_" and is none of the special ones.
 */
export function kindOf(path: string): FsRouteKind {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (!name.startsWith("_")) return "route";
  const kind = SPECIAL[name];
  if (kind === undefined) {
    throw new Error(`Could not use a route file: unsupported name: ${path}`);
  }
  return kind;
}

/** The pattern of a path's directory: "api" of "api/ws", ":id" of "[id]/edit". */
export function directoryPatternOf(path: string): string {
  return path.includes("/") ? toPattern(path.slice(0, path.lastIndexOf("/"))) : "/";
}

/**
 * The URL pattern of a path: `blog/[slug]` → `/blog/:slug`, `old/[...path]` → `/old/:path*`,
 * `blog/index` → `/blog`.
 *
 * @throws {SyntaxError} If brackets are not around a name.
 */
export function toPattern(path: string): string {
  const segments = path.split("/");
  if (segments.at(-1) === "index") segments.pop();
  return `/${segments.map(toSegmentPattern).join("/")}`;
}

function toSegmentPattern(segment: string): string {
  const rest = /^\[\.\.\.(\w+)\]$/.exec(segment)?.[1];
  if (rest !== undefined) return `:${rest}*`;
  const pattern = segment.replaceAll(/\[(\w+)\]/g, ":$1");
  if (/[[\]()]/.test(pattern) || segment.includes("][")) {
    throw new SyntaxError(`Could not read a route's file name: unsupported segment: ${segment}`);
  }
  return pattern;
}

/**
 * The order in which Fresh tries patterns: literal segments before `[param]` before `[...rest]`, then
 * by name; and a directory's files before a file of the directory's name.
 */
export function compareRoutes(a: { readonly path: string }, b: { readonly path: string }): number {
  const [left, right] = [a.path.split("/"), b.path.split("/")];
  for (const [index, segment] of left.entries()) {
    const other = right[index];
    if (other === undefined) break;
    if (segment !== other) return rank(segment) - rank(other) || (segment < other ? -1 : 1);
  }
  return right.length - left.length;
}

function rank(segment: string): number {
  if (segment.startsWith("[...")) return 2;
  return segment.includes("[") ? 1 : 0;
}

/**
 * The route of a file.
 *
 * @throws {Error} If it exports neither a component nor handlers.
 */
export function toRoute<State>({ path, module }: FsRoute): Route<State> {
  const component = module.default as RouteComponent<State> | undefined;
  const handler = (module.handler ?? module.handlers) as
    | RouteHandler<unknown, State>
    | undefined;
  if (component === undefined && handler === undefined) {
    throw new Error(`Could not use a route file: no relevant exports: ${path}`);
  }
  return { component, handler, config: module.config };
}

/** The middlewares of a `_middleware` file: one or a list, under any of the usual names. */
export function toMiddlewares<State>({ module }: FsRoute): Middleware<State>[] {
  const exported = module.handler ?? module.handlers ?? module.default;
  return [exported as Middleware<State> | Middleware<State>[]].flat();
}
