/**
 * `<Head>`: elements of the document's head, from any component.
 *
 * Here: the component, and how it changes the head in the browser. Not here: how the server
 * collects heads (render.ts).
 * Invariant: it renders nothing where it stands.
 *
 * @module
 * @see https://fresh.deno.dev/docs/advanced/head
 */
import { type ComponentChildren, isValidElement, toChildArray, type VNode } from "preact";
import { useEffect } from "preact/hooks";

/** Props of {@linkcode Head}. */
export interface HeadProps {
  children?: ComponentChildren;
}

/**
 * Puts its children into the document's head. In an island it keeps them true: after each
 * rendering, the title, and the element with the same key, id, name or rel, gets the new values;
 * one that has no match is appended.
 */
export function Head({ children }: HeadProps): null {
  useEffect(() => {
    for (const child of toChildArray(children)) {
      if (isValidElement(child)) updateHead(child);
    }
  });
  return null;
}

function updateHead({ type, key, props }: VNode): void {
  if (typeof type !== "string") return;
  const { children, ...attributes } = props as Record<string, unknown>;
  const text = toChildArray(children as ComponentChildren).join("");
  if (type === "title") {
    document.title = text;
    return;
  }
  if (key !== null && key !== undefined) attributes["data-key"] = key;
  const element = document.head.querySelector(selectorOf(type, attributes)) ??
    document.head.appendChild(document.createElement(type));
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, String(value));
  }
  if (text !== "") element.textContent = text;
}

/** Matches by key, then by id, then `<meta>` by name and `<link>` by rel. */
function selectorOf(type: string, attributes: Record<string, unknown>): string {
  const candidates = ["data-key", "id", { meta: "name", link: "rel" }[type]];
  const name = candidates.find((one) => one !== undefined && attributes[one] !== undefined);
  if (name === undefined) return ":not(*)";
  return `${type}[${name}="${CSS.escape(String(attributes[name]))}"]`;
}
