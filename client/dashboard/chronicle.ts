/**
 * What the nodes measured in the last 15 minutes and what they had to warn of, as the dashboard shows it. Without markup.
 *
 * Invariant: of each node no more is kept than the server keeps.
 *
 * @module
 */

import { type ReadonlySignal, signal } from "@preact/signals";
import type { News } from "../../lib/admin_message.ts";
import {
  LINES_KEPT,
  type Sample,
  type SampleField,
  SAMPLES_KEPT,
  valueOf,
} from "../../lib/sample.ts";

/** A node that was not heard for so long is called silent. */
const SILENT_MS = 3000;

/** A line of a node's log. */
export type Line = News["lines"][number] & { readonly node: string };

/** A node as it is now. */
export interface NodeView {
  readonly node: string;
  readonly sample: Sample | undefined;
  /** How long nothing was heard of it, in ms; `undefined` while it is heard. */
  readonly silentMs: number | undefined;
}

/** Everything that is shown of the nodes. */
export interface ChronicleView {
  /** The end of the newest second, in s since the epoch. */
  readonly endsAt: number;
  /** In the order in which they were heard of. */
  readonly nodes: readonly NodeView[];
  /** Of all nodes, the newest first. */
  readonly lines: readonly Line[];
}

interface Kept {
  samples: Sample[];
  lines: Line[];
  heardAt: number;
}

/** How several nodes make one figure: rates and counts add up, of times the worst counts. */
export const IS_WORST: ReadonlySet<SampleField> = new Set(["deliveryMs", "tickMs", "lagMs"]);

/** The nodes' news. */
export class Chronicle {
  readonly #elapsed: () => number;
  readonly #nodes = new Map<string, Kept>();
  readonly #view = signal<ChronicleView>({ endsAt: 0, nodes: [], lines: [] });

  constructor(elapsed: () => number) {
    this.#elapsed = elapsed;
  }

  /** What is shown; changes with {@linkcode Chronicle.publish}. */
  get view(): ReadonlySignal<ChronicleView> {
    return this.#view;
  }

  /** Forgets everything: what was kept comes again. */
  clear(): void {
    this.#nodes.clear();
    this.publish();
  }

  /** Takes what is new of a node. */
  take({ node, whole, samples, lines, silent_ms = 0 }: News): void {
    const known = whole ? undefined : this.#nodes.get(node);
    const named = lines.map((line) => ({ ...line, node }));
    this.#nodes.set(node, {
      samples: [...known?.samples ?? [], ...samples].slice(-SAMPLES_KEPT),
      lines: [...known?.lines ?? [], ...named].slice(-LINES_KEPT),
      heardAt: this.#elapsed() - silent_ms,
    });
  }

  /** Shows what was taken. */
  publish(): void {
    const now = this.#elapsed();
    const all = [...this.#nodes.values()];
    const endsAt = Math.max(0, ...all.map(({ samples }) => secondOf(samples.at(-1)) ?? 0));
    for (const [node, { heardAt }] of this.#nodes) {
      if (now - heardAt > SAMPLES_KEPT * 1000) this.#nodes.delete(node);
    }
    const kept = [...this.#nodes];
    this.#view.value = {
      endsAt,
      nodes: kept.map(([node, { samples, heardAt }]) => ({
        node,
        sample: samples.at(-1),
        silentMs: now - heardAt > SILENT_MS ? now - heardAt : undefined,
      })),
      lines: kept.flatMap(([, { lines }]) => lines).sort((a, b) => b.at - a.at)
        .slice(0, LINES_KEPT),
    };
  }

  /** One value of each node for each of the last 900 seconds, by the seconds of {@linkcode Chronicle.seconds}. */
  columns(field: SampleField): (number | null)[][] {
    const first = this.#firstSecond;
    return [...this.#nodes.values()].map(({ samples }) => {
      const column = new Array<number | null>(SAMPLES_KEPT).fill(null);
      for (const sample of samples) {
        const at = (secondOf(sample) ?? 0) - first;
        // Its clock may have been put back.
        if (at >= 0 && at < SAMPLES_KEPT) column[at] = valueOf(sample, field);
      }
      return column;
    });
  }

  /** The last 900 seconds, in s since the epoch. */
  get seconds(): number[] {
    const first = this.#firstSecond;
    return Array.from({ length: SAMPLES_KEPT }, (_, index) => first + index);
  }

  get #firstSecond(): number {
    return this.#view.value.endsAt - SAMPLES_KEPT + 1;
  }
}

function secondOf(sample: Sample | undefined): number | undefined {
  const at = valueOf(sample, "at");
  return at === null ? undefined : Math.round(at / 1000);
}

/** One figure of several nodes; null where none has it. */
export function combine(field: SampleField, values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return null;
  return IS_WORST.has(field) ? Math.max(...known) : known.reduce((sum, value) => sum + value, 0);
}

/** The newest figure of the nodes that are heard. */
export function combineLiving(field: SampleField, nodes: readonly NodeView[]): number | null {
  const living = nodes.filter(({ silentMs }) => silentMs === undefined);
  return combine(field, living.map(({ sample }) => valueOf(sample, field)));
}

/** The highest of some figures; null where none is known. */
export function highestOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}

/** Where a value stands alone, with none before and after it: no line goes through it. */
export function lonely(column: readonly (number | null | undefined)[]): number[] {
  const has = (index: number) => typeof column[index] === "number";
  return [...column.keys()].filter((at) => has(at) && !has(at - 1) && !has(at + 1));
}
