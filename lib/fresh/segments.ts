/**
 * The tree of path segments: which middlewares and which error page a route gets.
 *
 * Here: the tree, and the one middleware that it becomes for a route. Not here: matching
 * (router.ts).
 * Invariant: a segment catches what is thrown inside it, its own middlewares included; the
 * innermost segment with an error page answers.
 *
 * @module
 */
import type { Context } from "./context.ts";
import { answerWith, type Route, type RouteComponent } from "./handlers.ts";
import { statusOf } from "./http_error.ts";
import { compose, type Middleware } from "./middleware.ts";
import { SCOPE } from "./scope.ts";

/** One segment of a path, such as `api` in `/api/users`. The root's name is "". */
export class Segment<State> {
  readonly middlewares: Middleware<State>[] = [];
  errorRoute: Route<State> | null = null;
  readonly #parent: Segment<State> | null;
  readonly #children = new Map<string, Segment<State>>();

  constructor(parent: Segment<State> | null) {
    this.#parent = parent;
  }

  /**
   * The segment at a path below this one, made if it is not there. `*` and `/` are this segment.
   */
  at(path: string): Segment<State> {
    const [name, ...rest] = path.split("/").filter((part) => part !== "" && part !== "*");
    if (name === undefined) return this;
    const child = this.#children.get(name) ?? new Segment(this);
    this.#children.set(name, child);
    return child.at(rest.join("/"));
  }

  /** From the root to this segment. */
  lineage(): Segment<State>[] {
    return [...this.#parent?.lineage() ?? [], this];
  }
}

/** What holds for the app as a whole. */
export interface Site<State> {
  app: RouteComponent<State> | null;
  notFound: Route<State> | null;
}

/** Wraps `handlers` in everything that a route in `segment` inherits. */
export function inherit<State>(
  site: Site<State>,
  segment: Segment<State>,
  handlers: readonly Middleware<State>[],
): Middleware<State> {
  const inherited = segment.lineage().flatMap((one) => [guard(site, one), ...one.middlewares]);
  return compose([...inherited, ...handlers]);
}

function guard<State>(site: Site<State>, { errorRoute }: Segment<State>): Middleware<State> {
  const { app } = site;
  return async (ctx: Context<State>) => {
    ctx[SCOPE].app = app;
    try {
      return await ctx.next();
    } catch (error) {
      const status = statusOf(error);
      // Like Fresh, which leaves the status of a not-found page to the page: 200 unless it says
      // 404.
      if (status === 404 && site.notFound !== null) {
        return await answerWith(ctx, site.notFound);
      }
      if (errorRoute !== null) return await answerWith(ctx, errorRoute, status);
      throw error;
    }
  };
}
