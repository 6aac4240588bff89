/**
 * Islands while a document is rendered.
 *
 * Here: the marks around an island, its props, and the script that hydrates it. Not here: how props
 * are written (props.ts), the browser's side (runtime/client.ts).
 * Invariant: an island inside an island is a component like any other, and is not marked.
 *
 * @module
 * @see https://fresh.deno.dev/docs/concepts/islands
 */
import { type ComponentType, createContext, h, type VNode } from "preact";
import { useContext } from "preact/hooks";
import { jsxTemplate } from "preact/jsx-runtime";
import { encodeProps } from "./props.ts";
import { ISLAND_END, islandStart } from "./runtime/island_marks.ts";
import type { Island } from "./snapshot.ts";

type AnyProps = Record<string, unknown>;

const InsideIsland = createContext(false);

/** The islands of one document. */
export class IslandRegister {
  readonly #known: ReadonlyMap<unknown, Island>;
  readonly #used = new Set<Island>();
  readonly #props: AnyProps[] = [];
  /** The vnodes inside the marks, which must not be marked again. */
  readonly #marked = new WeakSet<VNode<AnyProps>>();

  constructor(known: ReadonlyMap<unknown, Island>) {
    this.#known = known;
  }

  /** What to render in the place of an island's vnode; null for any other vnode. */
  standInFor(vnode: VNode<AnyProps>): { type: ComponentType<AnyProps>; props: AnyProps } | null {
    const island = this.#known.get(vnode.type);
    if (island === undefined || this.#marked.has(vnode)) return null;
    const { type, props } = vnode;
    const content = h(type as ComponentType<AnyProps>, props);
    this.#marked.add(content);
    const mark = () => this.#mark(island, content);
    return { type: Boundary as ComponentType<AnyProps>, props: { content, mark } };
  }

  /** URL paths of the modules that the document loads; none without an island. */
  preloads(client: readonly string[]): string[] {
    if (this.#used.size === 0) return [];
    return [
      ...new Set([
        ...client,
        ...[...this.#used].flatMap((island) => island.chunks),
      ]),
    ];
  }

  /** A module that hydrates the document's islands; undefined without an island. */
  bootScript([client]: readonly string[]): string | undefined {
    if (this.#used.size === 0) return undefined;
    const islands = [...this.#used];
    const imports = islands.map(({ name, exportName, chunks }) =>
      `import{${exportName} as ${name}}from${JSON.stringify(chunks[0])};`
    );
    const names = islands.map(({ name }) => name).join();
    const boot = `import{boot}from${JSON.stringify(client)};`;
    return `${boot}${imports.join("")}boot({${names}},${encodeProps(this.#props)});`;
  }

  #mark(island: Island, vnode: VNode<AnyProps>): VNode {
    this.#used.add(island);
    const index = this.#props.push(vnode.props) - 1;
    const content = h(InsideIsland.Provider, { value: true, children: vnode });
    const start = `<!--${islandStart(island.name, index)}-->`;
    return jsxTemplate([start, `<!--${ISLAND_END}-->`], content);
  }
}

function Boundary({ content, mark }: { content: VNode; mark: () => VNode }): VNode {
  const isInside = useContext(InsideIsland);
  return isInside ? content : mark();
}
