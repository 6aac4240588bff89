/**
 * From a method and a URL to what is registered for them.
 *
 * Here: matching. Not here: middlewares (segments.ts), file names (fs_routes.ts).
 * Invariant: a static path wins over every pattern; among patterns, the first registered wins.
 *
 * @module
 */

/** The methods that can be routed. */
export type Method =
  | "DELETE"
  | "GET"
  | "HEAD"
  | "OPTIONS"
  | "PATCH"
  | "POST"
  | "PUT";

/** Every {@linkcode Method}. */
export const METHODS: readonly Method[] = [
  "DELETE",
  "GET",
  "HEAD",
  "OPTIONS",
  "PATCH",
  "POST",
  "PUT",
];

/** What a URL leads to. */
export interface RouteMatch<T> {
  /** What is registered for the method; null if nothing is. */
  readonly item: T | null;
  readonly params: Record<string, string>;
  /** The pattern that matched the path; null if none did. */
  readonly pattern: string | null;
  /** The methods registered for that pattern. */
  readonly methods: readonly string[];
}

type ItemsByMethod<T> = Map<string, T>;

const PATTERN_CHARACTERS = /[*:{}+?()]/;

/** A table of routes. `T` is what a route leads to. */
export class Router<T> {
  readonly #static = new Map<string, ItemsByMethod<T>>();
  readonly #dynamic = new Map<
    string,
    { matcher: URLPattern; items: ItemsByMethod<T> }
  >();

  /** Registers `item`; what is registered already for the same pattern and method stays. */
  add(method: Method, pattern: string, item: T): void {
    const items = this.#itemsOf(pattern);
    if (!items.has(method)) items.set(method, item);
  }

  /**
   * Finds the route of a URL. `/a` and `/a/` stand in for each other; HEAD falls back to GET.
   * Never throws.
   */
  match(method: string, url: URL): RouteMatch<T> {
    const { pathname } = url;
    const twin = pathname.endsWith("/") ? pathname.slice(0, -1) : `${pathname}/`;
    for (const path of [pathname, twin]) {
      const items = this.#static.get(path);
      if (items !== undefined) return toMatch(method, path, items, {});
    }
    for (const [pattern, { matcher, items }] of this.#dynamic) {
      const groups = matcher.exec({ pathname })?.pathname.groups;
      if (groups !== undefined) {
        return toMatch(method, pattern, items, decodeGroups(groups));
      }
    }
    return { item: null, params: {}, pattern: null, methods: [] };
  }

  #itemsOf(pattern: string): ItemsByMethod<T> {
    const known = this.#static.get(pattern) ??
      this.#dynamic.get(pattern)?.items;
    if (known !== undefined) return known;
    const items: ItemsByMethod<T> = new Map();
    if (PATTERN_CHARACTERS.test(pattern)) {
      this.#dynamic.set(pattern, {
        matcher: new URLPattern({ pathname: pattern }),
        items,
      });
    } else {
      this.#static.set(pattern, items);
    }
    return items;
  }
}

function toMatch<T>(
  method: string,
  pattern: string,
  items: ItemsByMethod<T>,
  params: Record<string, string>,
): RouteMatch<T> {
  const item = items.get(method) ??
    (method === "HEAD" ? items.get("GET") : undefined) ?? null;
  return { item, params, pattern, methods: [...items.keys()] };
}

function decodeGroups(groups: Record<string, string | undefined>): Record<string, string> {
  const params: Record<string, string> = {};
  for (const [name, value = ""] of Object.entries(groups)) {
    params[name] = decode(value);
  }
  return params;
}

/** Leaves `%2F` alone, as it is no slash of the path; and `%ff`, as it is no valid encoding. */
function decode(value: string): string {
  try {
    return decodeURI(value);
  } catch {
    return value;
  }
}
