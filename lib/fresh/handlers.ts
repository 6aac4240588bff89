/**
 * What a route is made of.
 *
 * Here: handlers, page components and the data between them. Not here: which route a request takes
 * (router.ts), and how a page becomes HTML (render.ts).
 * Invariant: a handler returns a `Response`, or data for its route's component.
 *
 * @module
 */
import type { AnyComponent } from "preact";
import type { RouteConfig } from "./config.ts";
import type { Context } from "./context.ts";
import { HttpError } from "./http_error.ts";
import { pagePropsOf, resolveComponent } from "./page.ts";
import { type Method, METHODS } from "./router.ts";

/** Data for a route's component, and how to answer with it. Made by {@linkcode page}. */
export interface PageResponse<T> {
  readonly data: T;
  readonly headers?: HeadersInit | undefined;
  readonly status?: number | undefined;
}

/**
 * Hands data from a handler to its route's component.
 *
 * @param options `status` (default 200) and `headers` of the response.
 * @see https://fresh.deno.dev/docs/concepts/data-fetching
 */
export function page<T>(
  data: T,
  options?: { headers?: HeadersInit; status?: number },
): PageResponse<T>;
export function page(): PageResponse<undefined>;
export function page<T>(
  data?: T,
  options?: { headers?: HeadersInit; status?: number },
): PageResponse<T | undefined> {
  return { data, headers: options?.headers, status: options?.status };
}

/** Answers a request, or returns data for the route's component. */
export interface HandlerFn<Data, State> {
  (ctx: Context<State>): Response | PageResponse<Data> | Promise<Response | PageResponse<Data>>;
}

/** A handler for each method. `HEAD` falls back to `GET`; a method without one is answered 405. */
export type HandlerByMethod<Data, State> = {
  [M in Method]?: HandlerFn<Data, State>;
};

/** One handler for every method, or one for each. */
export type RouteHandler<Data, State> =
  | HandlerFn<Data, State>
  | HandlerByMethod<Data, State>;

/** What a page component, an app wrapper and an error page are given. */
export type PageProps<Data = unknown, State = unknown> =
  & Pick<
    Context<State>,
    | "Component"
    | "config"
    | "error"
    | "info"
    | "params"
    | "req"
    | "route"
    | "state"
    | "url"
  >
  & { data: Data };

/** A component that is given `PageProps`; may be async, and may then return a `Response`. */
// deno-lint-ignore no-explicit-any -- only the route's author knows the type of its data
export type RouteComponent<State> = AnyComponent<PageProps<any, State>>;

/** A component, its handlers, or both: `app.notFound()` and `app.onError()` take one. */
export interface Route<State> {
  readonly component?: RouteComponent<State> | undefined;
  readonly config?: RouteConfig | undefined;
  readonly handler?: RouteHandler<unknown, State> | undefined;
}

/** The methods that a route answers. A component without handlers answers all of them. */
export function methodsOf<State>({ handler, component }: Route<State>): readonly Method[] {
  if (typeof handler === "function" || handler === undefined) return METHODS;
  const methods = Object.keys(handler) as Method[];
  if (component !== undefined && handler.GET === undefined) methods.push("GET");
  return methods;
}

/**
 * Answers a request with a route: its handler, and then its component if the handler returned data.
 *
 * @param status is the response's, unless the handler says another.
 * @throws {HttpError} If the route has no handler for the method (405).
 */
export async function answerWith<State>(
  ctx: Context<State>,
  route: Route<State>,
  status = 200,
): Promise<Response> {
  const result = await handlerFor(ctx.req.method as Method, route)(ctx);
  if (result instanceof Response) return result;
  const { data, headers } = result;
  const content = route.component === undefined ? null : await resolveComponent(
    route.component,
    pagePropsOf(ctx, data, () => null),
  );
  if (content instanceof Response) return content;
  const config = { skipAppWrapper: route.config?.skipAppWrapper ?? false };
  const init = {
    status: result.status ?? status,
    headers: new Headers(headers),
  };
  return await ctx.render(content, init, config);
}

function handlerFor<State>(
  method: Method,
  { handler, component }: Route<State>,
): HandlerFn<unknown, State> {
  if (typeof handler === "function") return handler;
  const own = handler?.[method] ??
    (method === "HEAD" ? handler?.GET : undefined);
  if (own !== undefined) return own;
  const rendersAlone = handler === undefined || method === "GET" ||
    method === "HEAD";
  if (component !== undefined && rendersAlone) return () => page();
  throw new HttpError(405);
}
