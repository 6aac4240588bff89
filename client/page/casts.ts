/**
 * The messages received from the server, newest first, as the panel "Broadcasts received" shows them.
 *
 * Invariant: at most {@linkcode CASTS_KEPT} are kept; pausing and clearing change what is shown and nothing else.
 *
 * @module
 */

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { ServerMessage } from "../../lib/protocol.ts";

/** How many messages are kept. */
export const CASTS_KEPT = 1000;
/** How many rows are shown. */
const CASTS_SHOWN = 100;

/** One message, as it was received. */
export interface Cast {
  readonly key: number;
  readonly arrivedAt: number;
  readonly message: ServerMessage;
  readonly line: string;
}

/** What the list can be narrowed to: the types that go to everybody, and the answers that go to one. */
export const CAST_KINDS = ["chat", "time", "presence", "status", "answer"] as const;
/** One of {@linkcode CAST_KINDS}. */
export type CastKind = typeof CAST_KINDS[number];

/** The kind of a message. */
export function kindOf(message: ServerMessage): CastKind {
  const { type } = message;
  return type === "chat" || type === "time" || type === "presence" || type === "status"
    ? type
    : "answer";
}

/** What is shown. */
export interface CastsView {
  readonly rows: readonly Cast[];
  /** How many of the kept ones match, rows or not. */
  readonly matching: number;
  readonly kept: number;
  /** How many came since the list was paused; `undefined` while it runs. */
  readonly held: number | undefined;
}

/** The state of the broadcasts. */
export class Casts {
  // Oldest first, so that adding one costs nothing.
  readonly #kept: Cast[] = [];
  readonly #snapshot = signal<readonly Cast[]>([]);
  readonly #total = signal(0);
  readonly #pausedAt = signal<number | undefined>(undefined);
  #received = 0;
  /** The chosen kinds; none is all. */
  readonly kinds = signal<ReadonlySet<CastKind>>(new Set());
  /** What is shown. */
  readonly view: ReadonlySignal<CastsView> = computed(() => {
    const kinds = this.kinds.value;
    const all = this.#snapshot.value;
    const matching = kinds.size === 0 ? all : all.filter((cast) => kinds.has(kindOf(cast.message)));
    const pausedAt = this.#pausedAt.value;
    return {
      rows: matching.slice(-CASTS_SHOWN).reverse(),
      matching: matching.length,
      kept: all.length,
      held: pausedAt === undefined ? undefined : this.#total.value - pausedAt,
    };
  });

  /** Takes a message. */
  add(message: ServerMessage, line: string, arrivedAt: number): void {
    this.#kept.push({ key: this.#received++, arrivedAt, message, line });
    if (this.#kept.length > CASTS_KEPT) this.#kept.shift();
  }

  /** Adds a kind to the chosen ones, or takes it away. */
  toggle(kind: CastKind): void {
    const kinds = new Set(this.kinds.value);
    if (!kinds.delete(kind)) kinds.add(kind);
    this.kinds.value = kinds;
  }

  /** Shows all kinds. */
  showAll(): void {
    this.kinds.value = new Set();
  }

  /** Lets the list stand still, or go on. */
  togglePause(): void {
    this.#pausedAt.value = this.#pausedAt.value === undefined ? this.#received : undefined;
    this.publish();
  }

  /** Empties the list. */
  clear(): void {
    this.#kept.length = 0;
    this.#snapshot.value = [];
    if (this.#pausedAt.value !== undefined) this.#pausedAt.value = this.#received;
  }

  /** Shows what has been taken in; a paused list only counts it. */
  publish(): void {
    this.#total.value = this.#received;
    if (this.#pausedAt.value === undefined) this.#snapshot.value = [...this.#kept];
  }
}
