/**
 * From a tree to an HTML document.
 *
 * Here: what Fresh does to elements while they are rendered, and the parts of the document that are
 * known only afterwards (head, scripts). Not here: islands (islands.ts), HTTP (context.ts).
 * Invariant: rendering is synchronous, so one `pass` at a time is the current one; and no vnode
 * stays changed afterwards, for an app may keep a vnode and render it again.
 *
 * @module
 */
import { type ComponentChildren, Fragment, h, options, toChildArray, type VNode } from "preact";
import { jsxTemplate } from "preact/jsx-runtime";
import { renderToString } from "preact-render-to-string";
import { currentLinkProps } from "./current_link.ts";
import { IslandRegister } from "./islands.ts";
import { mergeHead } from "./merge_head.ts";
import { asset, Head } from "./runtime/mod.ts";
import type { Snapshot } from "./snapshot.ts";

/** A rendered document. */
export interface RenderedDocument {
  readonly html: string;
  /** The nonce of its inline scripts and styles. */
  readonly nonce: string;
  /** URL paths of the modules that it is about to load. */
  readonly preloads: readonly string[];
}

type AnyProps = Record<string, unknown>;
type AnyVNode = VNode<AnyProps>;

let pass: RenderPass | null = null;

/**
 * Renders a document. What the tree lacks of `<html>`, `<head>` and `<body>` is put around it.
 *
 * @param url decides which links are marked as the current page's.
 * @throws {Error} If a component throws, or an island's props cannot be carried to the browser.
 */
export function renderDocument(tree: VNode, snapshot: Snapshot, url: URL): RenderedDocument {
  const current = pass = new RenderPass(snapshot, url);
  try {
    return current.render(tree);
  } finally {
    current.restore();
    pass = null;
  }
}

// Preact calls `__b` (its own `_diff`, mangled in every release of version 10) before it renders a
// vnode, in the browser and in preact-render-to-string. It is where devtools and signals hook in
// too.
const hooks = options as typeof options & { __b?: (vnode: AnyVNode) => void };
const nextHook = hooks.__b;
hooks.__b = (vnode) => {
  pass?.visit(vnode);
  nextHook?.(vnode);
};

/** One rendering of one document. */
class RenderPass {
  readonly #nonce = crypto.randomUUID().replaceAll("-", "");
  readonly #originals: {
    vnode: AnyVNode;
    type: AnyVNode["type"];
    props: AnyProps;
  }[] = [];
  readonly #ownHead: ReturnType<typeof toChildArray> = [];
  readonly #addedHead: ReturnType<typeof toChildArray> = [];
  readonly #seen = new Set<unknown>();
  readonly #islands: IslandRegister;
  readonly #snapshot: Snapshot;
  readonly #url: URL;

  constructor(snapshot: Snapshot, url: URL) {
    this.#snapshot = snapshot;
    this.#islands = new IslandRegister(snapshot.islands);
    this.#url = url;
  }

  /** Renders the body before the head, whose elements may come from anywhere in the body. */
  render(tree: VNode): RenderedDocument {
    let html = renderToString(tree);
    if (!this.#seen.has("body")) {
      html = `<body>${html}${this.#slot("body")}</body>`;
    }
    if (!this.#seen.has("head")) {
      html = `<head><meta charset="utf-8"/>${this.#slot("head")}</head>${html}`;
    }
    if (!this.#seen.has("html")) html = `<html>${html}</html>`;

    const head = renderToString(h(Fragment, null, mergeHead(this.#ownHead, this.#addedHead)));
    const preloads = this.#islands.preloads(this.#snapshot.client);
    // Functions, for in a replacement string a `$&` of somebody's text would mean something.
    html = html.replace(this.#slot("head"), () => head);
    html = html.replace(this.#slot("body"), () => this.#scripts());
    return { html: `<!DOCTYPE html>${html}`, nonce: this.#nonce, preloads };
  }

  /** Is shown every vnode before it is rendered. */
  visit(vnode: AnyVNode): void {
    const { type, props } = vnode;
    if (type === Head) {
      this.#addedHead.push(...toChildArray(props.children as ComponentChildren));
    } else if (typeof type === "function") {
      const standIn = this.#islands.standInFor(vnode);
      if (standIn !== null) this.#change(vnode, standIn.props, standIn.type);
    } else {
      this.#visitElement(vnode);
    }
  }

  /** Gives every vnode back what it was. */
  restore(): void {
    // Backwards, for a vnode that stands in the tree twice is noted twice.
    for (const { vnode, type, props } of this.#originals.toReversed()) {
      Object.assign(vnode, { type, props });
    }
  }

  #visitElement(vnode: AnyVNode): void {
    const { type, props } = vnode;
    if (type === "script" || type === "style") {
      this.#change(vnode, { nonce: this.#nonce, ...props });
    } else if (type === "img" || type === "source") {
      const { src, "data-fresh-disable-lock": unlocked } = props;
      if (typeof src === "string" && !unlocked) {
        this.#change(vnode, { ...props, src: asset(src) });
      }
    } else if (type === "a") {
      this.#change(vnode, { ...currentLinkProps(props, this.#url), ...props });
    } else if (type === "head") {
      this.#ownHead.push(...toChildArray(props.children as ComponentChildren));
      this.#change(vnode, {
        ...props,
        children: jsxTemplate([this.#slot("head")]),
      });
    } else if (type === "body") {
      const children = [props.children, jsxTemplate([this.#slot("body")])];
      this.#change(vnode, { ...props, children });
    }
    this.#seen.add(type);
  }

  #change(vnode: AnyVNode, props: AnyProps, type = vnode.type): void {
    this.#originals.push({ vnode, type: vnode.type, props: vnode.props });
    Object.assign(vnode, { type, props });
  }

  /** Where the head's and the body's last elements go; nobody can guess it and write one. */
  #slot(element: "head" | "body"): string {
    return `<!--${this.#nonce}:${element}-->`;
  }

  #scripts(): string {
    const { client, inlineScript } = this.#snapshot;
    const scripts = [this.#islands.bootScript(client), inlineScript];
    return scripts
      .filter((code) => code !== undefined)
      .map((code) => `<script type="module" nonce="${this.#nonce}">${code}</script>`)
      .join("");
  }
}
