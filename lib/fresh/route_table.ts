/**
 * Everything that is registered, ready to answer requests.
 *
 * Here: registering, and which middleware a request starts with. Not here: the order of registering
 * (app.ts), files (fs_routes.ts).
 * Invariant: a route inherits what was registered before it, and nothing after.
 *
 * @module
 */
import {
  compareRoutes,
  directoryPatternOf,
  type FsRoute,
  type FsRouteKind,
  kindOf,
  toMiddlewares,
  toPattern,
  toRoute,
} from "./fs_routes.ts";
import { answerWith, methodsOf, type Route, type RouteComponent } from "./handlers.ts";
import { HttpError } from "./http_error.ts";
import type { Middleware } from "./middleware.ts";
import { type Method, type RouteMatch, Router } from "./router.ts";
import { inherit, Segment, type Site } from "./segments.ts";

/** Files of `routes/` in the order of registering: what is inherited comes before what inherits. */
const KINDS: readonly FsRouteKind[] = [
  "app",
  "notFound",
  "error",
  "middleware",
  "route",
];

/** What a request starts with. */
export interface Start<State> extends RouteMatch<Middleware<State>> {
  readonly item: Middleware<State>;
  /** What `ctx.next()` does in the last middleware. */
  readonly last: () => Promise<Response>;
}

/** The routes of an app. */
export class RouteTable<State> {
  readonly #router = new Router<Middleware<State>>();
  readonly #root = new Segment<State>(null);
  readonly #site: Site<State> = { app: null, notFound: null };

  addMiddlewares(path: string, middlewares: readonly Middleware<State>[]): void {
    this.#root.at(path).middlewares.push(...middlewares);
  }

  addErrorRoute(path: string, route: Route<State>): void {
    this.#root.at(path).errorRoute = route;
  }

  setNotFound(route: Route<State>): void {
    this.#site.notFound = route;
  }

  addHandlers(
    pattern: string,
    { methods, handlers, inside = pattern }: {
      readonly methods: readonly Method[];
      readonly handlers: readonly Middleware<State>[];
      /** The path whose middlewares apply. */
      readonly inside?: string;
    },
  ): void {
    const middleware = inherit(this.#site, this.#root.at(inside), handlers);
    for (const method of methods) {
      this.#router.add(method, pattern === "*" ? "/*" : pattern, middleware);
    }
  }

  /** @throws {Error} If a file's name or exports are not those of a route. */
  addFiles(files: readonly FsRoute[]): void {
    const sorted = files.toSorted(compareRoutes);
    for (const kind of KINDS) {
      for (const file of sorted) {
        if (kindOf(file.path) === kind) this.#addFile(kind, file);
      }
    }
  }

  /**
   * What answers a request: its route, or for want of one the root's middlewares and then an error.
   */
  start(method: string, url: URL): Start<State> {
    const match = this.#router.match(method, url);
    if (match.item !== null) {
      return {
        ...match,
        item: match.item,
        last: () => fail(404),
      };
    }
    const item = inherit(this.#site, this.#root, []);
    if (match.pattern === null) {
      return {
        ...match,
        item,
        last: () => fail(404),
      };
    }
    const last = method === "OPTIONS" ? () => allow(match.methods) : () => fail(405);
    return { ...match, item, params: {}, last };
  }

  #addFile(kind: FsRouteKind, file: FsRoute): void {
    const inside = directoryPatternOf(file.path);
    if (kind === "middleware") {
      return this.addMiddlewares(inside, toMiddlewares(file));
    }
    const route = toRoute<State>(file);
    if (kind === "app") {
      this.#site.app = file.module.default as RouteComponent<State>;
    } else if (kind === "error") this.addErrorRoute(inside, route);
    else if (kind === "notFound") this.setNotFound(route);
    else {
      const pattern = route.config?.routeOverride ?? toPattern(file.path);
      const handlers = [
        (ctx: Parameters<Middleware<State>>[0]) => answerWith(ctx, route),
      ];
      this.addHandlers(pattern, {
        methods: methodsOf(route),
        handlers,
        inside,
      });
    }
  }
}

function fail(status: 404 | 405): Promise<never> {
  return Promise.reject(new HttpError(status));
}

function allow(methods: readonly string[]): Promise<Response> {
  return Promise.resolve(
    new Response(null, { status: 204, headers: { Allow: methods.join(", ") } }),
  );
}
