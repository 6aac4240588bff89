/**
 * What a request carries through the app.
 *
 * Here: the request, what was found out about it, and the ways to answer. Not here: who calls whom
 * (middleware.ts), how HTML is made (render.ts).
 * Invariant: one Context a request; every middleware, handler and component of it sees the same
 * one.
 *
 * @module
 * @see https://fresh.deno.dev/docs/concepts/context
 */
import { type FunctionComponent, isValidElement, type VNode } from "preact";
import type { ResolvedFreshConfig, RouteConfig } from "./config.ts";
import { rememberNonce } from "./nonce.ts";
import { composePage } from "./page.ts";
import { renderDocument } from "./render.ts";
import { SCOPE, type Scope } from "./scope.ts";
import type { Snapshot } from "./snapshot.ts";
import {
  runHandlers,
  upgradeRequest,
  type WebSocketHandlers,
  type WebSocketUpgradeOptions,
} from "./websocket.ts";

/** @deprecated Use {@linkcode Context}. */
export type FreshContext<State = unknown> = Context<State>;

/** What {@linkcode Context} is made of. */
export interface ContextInit<State> {
  readonly req: Request;
  readonly url: URL;
  readonly info: Deno.ServeHandlerInfo;
  readonly route: string | null;
  readonly params: Record<string, string>;
  readonly config: ResolvedFreshConfig;
  readonly next: () => Promise<Response>;
  readonly snapshot: Snapshot;
}

/** The context of one request. */
export class Context<State> {
  readonly config: ResolvedFreshConfig;
  readonly req: Request;
  /** The request's URL, several slashes in a row made one. */
  readonly url: URL;
  readonly info: Deno.ServeHandlerInfo;
  /** The pattern of the route that matched; null if none did. */
  readonly route: string | null;
  readonly params: Record<string, string>;
  /** What middlewares hand to each other, to handlers and to components. */
  readonly state: State = {} as State;
  /** What was thrown, on its way to an error page; null if nothing was. */
  error: unknown = null;
  /** Calls the next middleware, or in the last one answers 404. */
  next: () => Promise<Response>;
  /** What an app wrapper wraps. */
  Component: FunctionComponent = () => null;
  readonly [SCOPE]: Scope<State>;

  constructor(init: ContextInit<State>) {
    this.config = init.config;
    this.req = init.req;
    this.url = init.url;
    this.info = init.info;
    this.route = init.route;
    this.params = init.params;
    this.next = init.next;
    this[SCOPE] = { snapshot: init.snapshot, app: null };
  }

  /**
   * Redirects to a path of this site, or to a whole URL. A path never leaves the site: `//evil.com`
   * is read as `/evil.com`.
   *
   * @param status is 302 unless said otherwise.
   */
  redirect(pathOrUrl: string, status = 302): Response {
    return new Response(null, {
      status,
      headers: { location: toLocation(pathOrUrl) },
    });
  }

  /**
   * Answers with a page: the element inside the app wrapper.
   *
   * @throws {Error} If `vnode` is neither an element nor null.
   */
  async render(
    // deno-lint-ignore no-explicit-any -- an element's props are nobody's business here
    vnode: VNode<any> | null,
    init: ResponseInit = {},
    config: Pick<RouteConfig, "skipAppWrapper"> = {},
  ): Promise<Response> {
    if (vnode !== null && !isValidElement(vnode)) {
      throw new Error(`Could not render a page: expected an element, got: ${String(vnode)}`);
    }
    const tree = await composePage(this, vnode, config);
    if (tree instanceof Response) return tree;

    const document = renderDocument(tree, this[SCOPE].snapshot, this.url);
    const headers = new Headers(init.headers);
    headers.set("Content-Type", "text/html; charset=utf-8");
    if (document.preloads.length > 0) {
      const links = document.preloads.map((url) =>
        `<${encodeURI(url)}>; rel="modulepreload"; as="script"`
      );
      headers.append("Link", links.join(", "));
    }
    const response = new Response(document.html, { ...init, headers });
    rememberNonce(response, document.nonce);
    return response;
  }

  /** Answers with plain text. */
  text(content: string, init?: ResponseInit): Response {
    return new Response(content, init);
  }

  /** Answers with HTML that is ready. */
  html(content: string, init?: ResponseInit): Response {
    const headers = new Headers(init?.headers);
    headers.set("Content-Type", "text/html; charset=utf-8");
    return new Response(content, { ...init, headers });
  }

  /** Answers with JSON. */
  // deno-lint-ignore no-explicit-any -- the type of Response.json's own argument
  json(content: any, init?: ResponseInit): Response {
    return Response.json(content, init);
  }

  /**
   * Makes a WebSocket of the request. With handlers it returns the response to give back; without,
   * the socket too. Handlers are told from options by having a function among `open`, `message`,
   * `close` and `error`.
   *
   * @throws {HttpError} If the request does not ask for a WebSocket (400).
   * @see https://fresh.deno.dev/docs/advanced/websockets
   */
  upgrade(options?: WebSocketUpgradeOptions): { socket: WebSocket; response: Response };
  upgrade(handlers: WebSocketHandlers, options?: WebSocketUpgradeOptions): Response;
  upgrade(
    first?: WebSocketHandlers | WebSocketUpgradeOptions,
    options?: WebSocketUpgradeOptions,
  ): { socket: WebSocket; response: Response } | Response {
    if (!isHandlers(first)) return upgradeRequest(this.req, first);
    const { socket, response } = upgradeRequest(this.req, options);
    runHandlers(socket, first);
    return response;
  }
}

function isHandlers(
  value: WebSocketHandlers | WebSocketUpgradeOptions | undefined,
): value is WebSocketHandlers {
  return Object.values(value ?? {}).some((field) => typeof field === "function");
}

/** In a path, slashes (and backslashes, which browsers read as slashes) in a row are made one. */
function toLocation(pathOrUrl: string): string {
  if (!/^[/\\]/.test(pathOrUrl)) return pathOrUrl;
  const end = pathOrUrl.search(/[?#]/);
  const path = end === -1 ? pathOrUrl : pathOrUrl.slice(0, end);
  const rest = end === -1 ? "" : pathOrUrl.slice(end);
  return path.replace(/[/\\]+/g, "/") + rest;
}
