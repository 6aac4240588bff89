/**
 * From a route's component and the app wrapper to one tree.
 *
 * Here: their props, and waiting for those that are async. Not here: HTML (render.ts).
 * Invariant: an async component is awaited before anything is rendered, for rendering is
 * synchronous.
 *
 * @module
 */
import { Fragment, type FunctionComponent, h, type VNode } from "preact";
import type { Context } from "./context.ts";
import type { RouteConfig } from "./config.ts";
import type { PageProps, RouteComponent } from "./handlers.ts";
import { SCOPE } from "./scope.ts";

/** The props of a page, an app wrapper or an error page. */
export function pagePropsOf<Data, State>(
  ctx: Context<State>,
  data: Data,
  Component: FunctionComponent,
): PageProps<Data, State> {
  const { config, error, info, params, req, route, state, url } = ctx;
  return {
    Component,
    config,
    data,
    error,
    info,
    params,
    req,
    route,
    state,
    url,
  };
}

/** An element of the component; if it is async, what it resolves to. */
export async function resolveComponent<State>(
  component: RouteComponent<State>,
  props: PageProps<unknown, State>,
): Promise<VNode | Response> {
  // A synchronous component is left for the renderer to call: only there do hooks work.
  if (component.constructor.name !== "AsyncFunction") {
    return h(component, props) as VNode;
  }
  return await (component as (props: PageProps<unknown, State>) => Promise<VNode | Response>)(
    props,
  );
}

/** The content inside the app wrapper, if the route wants one. */
export async function composePage<State>(
  ctx: Context<State>,
  content: VNode | null,
  { skipAppWrapper = false }: Pick<RouteConfig, "skipAppWrapper">,
): Promise<VNode | Response> {
  const { app } = ctx[SCOPE];
  if (app === null || skipAppWrapper) return content ?? h(Fragment, null);
  ctx.Component = () => content;
  return await resolveComponent(app, pagePropsOf(ctx, null, ctx.Component));
}
