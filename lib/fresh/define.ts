/**
 * `define`: handlers, pages and middlewares with their types inferred.
 *
 * Here: types alone; at run time each function returns what it is given. Not here: what they mean.
 * Invariant: nothing is registered by defining it.
 *
 * @module
 * @see https://fresh.deno.dev/docs/advanced/define
 */
import type { AnyComponent } from "preact";
import type { HandlerByMethod, HandlerFn, PageProps, RouteHandler } from "./handlers.ts";
import type { Middleware } from "./middleware.ts";

/** What {@linkcode createDefine} returns. */
export interface Define<State> {
  /** Types a route's handlers; `Data` is inferred from what they return. */
  handlers<
    Data,
    Handlers extends RouteHandler<Data, State> = RouteHandler<Data, State>,
  >(handlers: Handlers): typeof handlers;

  /** Types a page; `define.page<typeof handler>` takes `props.data` from the route's handlers. */
  page<
    // deno-lint-ignore no-explicit-any -- any data: it is inferred from this very type
    Handler extends RouteHandler<any, State> = never,
    Data = Handler extends HandlerFn<infer D, State> ? D
      : Handler extends HandlerByMethod<infer D, State> ? D
      : never,
  >(render: AnyComponent<PageProps<Data, State>>): typeof render;

  /** Types a middleware, or a list of them. */
  middleware<M extends Middleware<State> | Middleware<State>[]>(middleware: M): typeof middleware;
}

/** Makes the functions that type an app's files. Call it once, where `State` is declared. */
export function createDefine<State>(): Define<State> {
  return {
    handlers: (handlers) => handlers,
    page: (render) => render,
    middleware: (middleware) => middleware,
  };
}
