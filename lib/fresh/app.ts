/**
 * The app: what is registered, in order, and the server's handler.
 *
 * Here: registering, and one request from end to end. Not here: what a route inherits
 * (segments.ts).
 * Invariant: an app answers every request; nothing that is thrown in it reaches the server.
 *
 * @module
 * @see https://fresh.deno.dev/docs/concepts/app
 */
import type { FreshConfig, ResolvedFreshConfig } from "./config.ts";
import { Context } from "./context.ts";
import type { Route } from "./handlers.ts";
import { defaultErrorResponse } from "./http_error.ts";
import { listenOnFreePort, type ListenOptions } from "./listen.ts";
import type { Middleware } from "./middleware.ts";
import { RouteTable } from "./route_table.ts";
import { type Method, METHODS } from "./router.ts";
import { EMPTY_SNAPSHOT, type Snapshot } from "./snapshot.ts";
import type { WebSocketHandlers, WebSocketUpgradeOptions } from "./websocket.ts";

export type { ListenOptions };

/** The key under which an app takes a build. Only `setSnapshot()` of internal.ts uses it. */
export const SNAPSHOT: unique symbol = Symbol("fresh snapshot");

/** What `Deno.serve` calls. */
export type AppHandler = (request: Request, info?: Deno.ServeHandlerInfo) => Promise<Response>;

/** A Fresh app. `State` is the type of `ctx.state`. */
export class App<State> {
  readonly config: ResolvedFreshConfig;
  [SNAPSHOT]: Snapshot = EMPTY_SNAPSHOT;
  readonly #registrations: ((table: RouteTable<State>) => void)[] = [];

  constructor({ trustProxy = false }: FreshConfig = {}) {
    this.config = { root: Deno.cwd(), mode: "production", trustProxy };
  }

  /**
   * Adds middlewares for every path, or for those below `path`, and for what is registered later.
   */
  use(...middlewares: Middleware<State>[]): this;
  use(path: string, ...middlewares: Middleware<State>[]): this;
  use(...args: [string, ...Middleware<State>[]] | Middleware<State>[]): this {
    const [path, middlewares] = isPathFirst(args) ? [args[0], args.slice(1)] : ["*", args];
    return this.#register((table) =>
      table.addMiddlewares(path, middlewares as Middleware<State>[])
    );
  }

  /** Answers GET, and HEAD, of which the server leaves the body out. */
  get(path: string, ...handlers: Middleware<State>[]): this {
    return this.#handle(["GET"], path, handlers);
  }

  /** Answers POST. */
  post(path: string, ...handlers: Middleware<State>[]): this {
    return this.#handle(["POST"], path, handlers);
  }

  /** Answers every method. */
  all(path: string, ...handlers: Middleware<State>[]): this {
    return this.#handle(METHODS, path, handlers);
  }

  /** Answers with a WebSocket whose events go to `handlers`. */
  ws(path: string, handlers: WebSocketHandlers, options?: WebSocketUpgradeOptions): this {
    return this.get(path, (ctx) => ctx.upgrade(handlers, options));
  }

  /** Adds the routes that the build found in `routes/`. */
  fsRoutes(): this {
    return this.#register((table) => table.addFiles(this[SNAPSHOT].routes));
  }

  /** Answers whatever is not found. */
  notFound(route: Route<State> | Middleware<State>): this {
    return this.#register((table) => table.setNotFound(toRoute(route)));
  }

  /** Answers what is thrown below `path`; "*" is the whole app. */
  onError(path: string, route: Route<State> | Middleware<State>): this {
    return this.#register((table) => table.addErrorRoute(path, toRoute(route)));
  }

  /**
   * The function for `Deno.serve`. What is registered afterwards is not in it.
   *
   * @throws {Error} If a file of `routes/` is not a route.
   */
  handler(): AppHandler {
    const table = new RouteTable<State>();
    for (const register of this.#registrations) register(table);
    return (request, info = NO_INFO) => this.#respond(table, request, info);
  }

  /** Serves the app: on `options.port`, else on the first free one from 8000. */
  listen(options: ListenOptions = {}): Promise<void> {
    return listenOnFreePort(this.handler(), options);
  }

  #register(registration: (table: RouteTable<State>) => void): this {
    this.#registrations.push(registration);
    return this;
  }

  #handle(methods: readonly Method[], path: string, handlers: Middleware<State>[]): this {
    return this.#register((table) => table.addHandlers(path, { methods, handlers }));
  }

  async #respond(
    table: RouteTable<State>,
    req: Request,
    info: Deno.ServeHandlerInfo,
  ): Promise<Response> {
    const url = this.#urlOf(req);
    const { item, last, params, pattern: route } = table.start(req.method, url);
    const { config, [SNAPSHOT]: snapshot } = this;
    const ctx = new Context<State>({
      req,
      url,
      info,
      route,
      params,
      config,
      snapshot,
      next: last,
    });
    try {
      const response: unknown = await item(ctx);
      if (!(response instanceof Response)) {
        throw new Error(`Could not answer: expected a Response, got: ${String(response)}`);
      }
      // To HEAD too: the server leaves the content out and tells its length (RFC 9110, 8.6), where Fresh tells 0.
      return response;
    } catch (error) {
      return defaultErrorResponse(error);
    }
  }

  #urlOf(req: Request): URL {
    const url = new URL(req.url);
    // Else `ctx.redirect(ctx.url.pathname)` could lead to the host that `//evil.com` names.
    url.pathname = url.pathname.replace(/\/+/g, "/");
    if (this.config.trustProxy) {
      url.protocol = req.headers.get("x-forwarded-proto") ?? url.protocol;
      url.host = req.headers.get("x-forwarded-host") ?? url.host;
    }
    return url;
  }
}

/** For a handler that is called without a server, as in tests. */
const NO_INFO: Deno.ServeHandlerInfo = {
  remoteAddr: { transport: "tcp", hostname: "localhost", port: 1234 },
  completed: Promise.resolve(),
};

function isPathFirst<T>(args: [string, ...T[]] | T[]): args is [string, ...T[]] {
  return typeof args[0] === "string";
}

function toRoute<State>(route: Route<State> | Middleware<State>): Route<State> {
  return typeof route === "function" ? { handler: route } : route;
}
