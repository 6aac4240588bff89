/**
 * Which links lead to the current page.
 *
 * Here: the comparison. Not here: where links are found (render.ts).
 * Invariant: a link that sets `aria-current` itself keeps it.
 *
 * @module
 * @see https://fresh.deno.dev/docs/examples/active-links
 */

/**
 * The `aria-current` of a link: "page" if it leads to `url` (and to the same query, if it has one),
 * "true" if it leads to a path above it, else nothing. Never throws.
 */
export function currentLinkProps(
  { href }: Record<string, unknown>,
  url: URL,
): { readonly "aria-current"?: "page" | "true" } {
  if (typeof href !== "string" || !href.startsWith("/")) return {};
  const target = URL.parse(href, url);
  if (target?.origin !== url.origin) return {};

  const here = withSlash(url.pathname);
  const there = withSlash(target.pathname);
  if (!here.startsWith(there)) return {};
  const isPage = here === there &&
    (target.search === "" || target.search === url.search);
  return { "aria-current": isPage ? "page" : "true" };
}

function withSlash(pathname: string): string {
  return pathname.endsWith("/") ? pathname : `${pathname}/`;
}
