/**
 * One `<head>` of many.
 *
 * Here: which of two elements stays. Not here: collecting them (render.ts).
 * Invariant: an element of a `<Head>` takes the place of the first one that is the same; the head's
 * own elements are never the same as each other.
 *
 * @module
 * @see https://fresh.deno.dev/docs/advanced/head#avoiding-duplicate-tags
 */
import { cloneElement, isValidElement, type toChildArray, type VNode } from "preact";

type Children = ReturnType<typeof toChildArray>;
type Child = Children[number];

/**
 * Merges the children of `<head>` with those of every `<Head>`, both in the order of rendering; of
 * several in `added` that are the same, the last one stays.
 */
export function mergeHead(own: Children, added: Children): Children {
  const rest = new Map<unknown, Child>(added.map((child) => [identityOf(child), child]));
  const merged = own.map((child) => {
    const identity = identityOf(child);
    const replacement = rest.get(identity);
    rest.delete(identity);
    return replacement ?? child;
  });
  return [...merged, ...rest.values()].map(showKey);
}

/** What makes two elements the same: two that have an equal one; undefined properties make none. */
function identityOf(child: Child): unknown {
  if (!isValidElement(child)) return child;
  const { type, key, props: { id, name, rel, src } } = child as VNode<
    Record<string, unknown>
  >;
  if (type === "title") return "title";
  if (isGiven(key)) return `key ${key}`;
  if (isGiven(id)) return `id ${id}`;
  if (type === "meta" && isGiven(name)) return `meta ${name}`;
  if (type === "link" && isGiven(rel)) return `link ${rel}`;
  if (type === "script" && isGiven(src)) return `script ${src}`;
  return child;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** In the browser, `<Head>` finds an element again by this attribute. */
function showKey(child: Child): Child {
  if (!isValidElement(child) || !isGiven(child.key)) return child;
  return cloneElement(child, { "data-key": child.key });
}
