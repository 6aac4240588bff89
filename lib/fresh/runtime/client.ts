/**
 * The browser's entry: makes islands live.
 *
 * Here: finding islands in the document and hydrating them. Not here: their props
 * (decode_props.ts), the script that calls `boot()` (../islands.ts writes it).
 * Invariant: each island is hydrated in its own task, so that one which throws stops no other.
 *
 * @module
 */
import { type ComponentType, type ContainerNode, h, hydrate } from "preact";
import { decodeProps } from "./decode_props.ts";
import { ISLAND_END, parseIslandStart } from "./island_marks.ts";

type AnyProps = Record<string, unknown>;

/**
 * Hydrates every island of the document.
 *
 * @param islands components by the names in the islands' marks.
 * @param encoded what the server's `encodeProps()` wrote: the props, in the order of the islands.
 */
export function boot(islands: Record<string, ComponentType<AnyProps>>, encoded: unknown[]): void {
  const props = decodeProps(encoded);
  for (const { name, index, start, end } of findIslands()) {
    const island = islands[name];
    if (island === undefined) continue;
    setTimeout(() => hydrate(h(island, props[index] ?? null), rootBetween(start, end)));
  }
}

interface IslandMark {
  readonly name: string;
  readonly index: number;
  readonly start: Comment;
  readonly end: Comment;
}

/** Islands do not nest, so the next end belongs to the last start. */
function findIslands(): IslandMark[] {
  const found: IslandMark[] = [];
  let open: Omit<IslandMark, "end"> | null = null;
  const comments = document.createTreeWalker(document.body, NodeFilter.SHOW_COMMENT);
  while (comments.nextNode()) {
    const comment = comments.currentNode as Comment;
    const mark = parseIslandStart(comment.data);
    if (mark !== null) open = { ...mark, start: comment };
    else if (open !== null && comment.data === ISLAND_END) {
      found.push({ ...open, end: comment });
      open = null;
    }
  }
  return found;
}

/**
 * Preact hydrates the children of an element; an island has comments around it and no element of
 * its own. So this plays an element whose children are what stands between the comments.
 */
function rootBetween(start: Comment, end: Comment): ContainerNode {
  const parent = start.parentNode as Element;
  return {
    nodeType: Node.ELEMENT_NODE,
    parentNode: parent,
    ownerDocument: document,
    namespaceURI: parent.namespaceURI,
    get firstChild() {
      return start.nextSibling === end ? null : start.nextSibling;
    },
    get childNodes() {
      const nodes: ChildNode[] = [];
      for (
        let node = start.nextSibling;
        node !== null && node !== end;
        node = node.nextSibling
      ) {
        nodes.push(node);
      }
      return nodes;
    },
    insertBefore: (node: Node, before: Node | null) => parent.insertBefore(node, before ?? end),
    appendChild: (node: Node) => parent.insertBefore(node, end),
    removeChild: (node: Node) => parent.removeChild(node),
    contains: (node: Node | null) => parent.contains(node),
  } as unknown as ContainerNode;
}
