/**
 * The connections of all nodes as the dashboard lists them: asked for again every two seconds while somebody sees them.
 *
 * @module
 */

import { type ReadonlySignal, signal } from "@preact/signals";
import type { DashboardMessage, ListRequest, Row, ToDashboard } from "../../lib/admin_message.ts";

/** How often the list is asked for. */
const EVERY_MS = 2000;

/** What is listed. */
export type Listed = Omit<Extract<ToDashboard, { type: "list" }>, "type">;

/** What {@linkcode Listing} takes. */
export interface ListingOptions {
  readonly after: (ms: number, callback: () => void) => () => void;
  readonly isHidden: () => boolean;
  readonly send: (message: DashboardMessage) => void;
}

/** The list, and what it is asked for. */
export class Listing {
  readonly #options: ListingOptions;
  readonly #listed = signal<Listed | undefined>(undefined);
  readonly #order = signal<ListRequest>({
    type: "list",
    sort: "queue_bytes",
    descending: true,
    text: "",
  });
  #cancel: () => void = () => {};

  constructor(options: ListingOptions) {
    this.#options = options;
  }

  /** What was listed last; nothing before the first answer. */
  get listed(): ReadonlySignal<Listed | undefined> {
    return this.#listed;
  }

  /** How it is sorted and narrowed. */
  get order(): ReadonlySignal<ListRequest> {
    return this.#order;
  }

  /** There is a link: asks, and goes on asking. */
  begin(): void {
    this.#ask();
  }

  /** There is none. What was listed stands. */
  end(): void {
    this.#cancel();
  }

  /** Forgets what was listed. */
  clear(): void {
    this.end();
    this.#listed.value = undefined;
  }

  /** Takes an answer. */
  take({ rows, total, silent }: Listed): void {
    this.#listed.value = { rows, total, silent };
  }

  /** Sorts by a column, the other way round where it is that already; names begin at the first, figures at the highest. */
  sortBy(sort: ListRequest["sort"]): void {
    const before = this.#order.value;
    const isText = ["username", "address", "node"].includes(sort);
    const descending = before.sort === sort ? !before.descending : !isText;
    this.#change({ ...before, sort, descending });
  }

  /** Narrows it to what has a text in it. */
  find(text: string): void {
    this.#change({ ...this.#order.value, text: text.slice(0, 64) });
  }

  #change(order: ListRequest): void {
    this.#order.value = order;
    this.#ask();
  }

  #ask(): void {
    const { after, isHidden, send } = this.#options;
    this.#cancel();
    if (!isHidden()) send(this.#order.value);
    this.#cancel = after(EVERY_MS, () => this.#ask());
  }
}

/** What tells a row from all others. */
export function keyOf({ node, client_id }: Pick<Row, "node" | "client_id">): string {
  return `${node} ${client_id}`;
}
