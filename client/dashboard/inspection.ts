/**
 * One connection that is looked at: its frames as they pass, and its end by hand.
 *
 * Invariant: only the last 200 frames are kept, and none is asked for while nobody looks.
 *
 * @module
 */

import { type ReadonlySignal, signal } from "@preact/signals";
import type {
  DashboardMessage,
  Row,
  Standing,
  ToDashboard,
  WatchedFrame,
} from "../../lib/admin_message.ts";

/** How many frames are shown. */
const FRAMES_KEPT = 200;

type Closed = Extract<ToDashboard, { type: "closed" }>;

/** A frame with a number that tells it from the others. */
export interface SeenFrame extends WatchedFrame {
  readonly number: number;
}

/** What is shown of the connection. */
export interface InspectionView {
  /** As it was when it was chosen; the list has it as it is. */
  readonly row: Row;
  readonly frames: readonly SeenFrame[];
  readonly dropped: number;
  /** `ended` where it is gone since it was watched. */
  readonly standing: Standing | "ended";
}

/** The connection that is looked at, if any. */
export class Inspection {
  readonly #send: (message: DashboardMessage) => void;
  readonly #view = signal<InspectionView | undefined>(undefined);
  readonly #isPaused = signal(false);
  readonly #closed = signal<Closed["outcome"] | undefined>(undefined);
  #count = 0;

  constructor(send: (message: DashboardMessage) => void) {
    this.#send = send;
  }

  get view(): ReadonlySignal<InspectionView | undefined> {
    return this.#view;
  }

  /** Whether what passes is not shown. */
  get isPaused(): ReadonlySignal<boolean> {
    return this.#isPaused;
  }

  /** What became of the wish to close it, if there was one. */
  get closed(): ReadonlySignal<Closed["outcome"] | undefined> {
    return this.#closed;
  }

  /** Looks at a connection. */
  look(row: Row): void {
    this.#isPaused.value = false;
    this.#closed.value = undefined;
    this.#view.value = { row, frames: [], dropped: 0, standing: "watched" };
    this.again();
  }

  /** Asks again to see it, over a new link; not one that is gone: whoever comes back by its client_id was not chosen. */
  again(): void {
    const view = this.#view.value;
    if (view === undefined || isGone(view)) return;
    const { node, client_id } = view.row;
    this.#send({ type: "watch", node, client_id });
  }

  /** Looks away. */
  leave(): void {
    if (this.#view.value === undefined) return;
    this.#view.value = undefined;
    this.#send({ type: "unwatch" });
  }

  /** Shows what passes, or not. */
  pause(isPaused: boolean): void {
    this.#isPaused.value = isPaused;
  }

  /** Closes the connection. */
  close(): void {
    this.#closed.value = undefined;
    const row = this.#view.value?.row;
    if (row) this.#send({ type: "close", node: row.node, client_id: row.client_id });
  }

  /** Takes what the server says of it. */
  take(message: Closed | Extract<ToDashboard, { type: "watching" | "watched" }>): void {
    const view = this.#view.value;
    if (view?.row.client_id !== message.client_id) return;
    if (message.type === "closed") {
      this.#closed.value = message.outcome;
      if (message.outcome !== "silent") this.#view.value = { ...view, standing: "ended" };
    } else if (message.type === "watching") {
      if (!isGone(view)) this.#view.value = { ...view, standing: message.standing };
    } else {
      const frames = this.#isPaused.value
        ? []
        : message.frames.map((frame) => ({ ...frame, number: this.#count++ }));
      this.#view.value = {
        ...view,
        frames: [...view.frames, ...frames].slice(-FRAMES_KEPT),
        dropped: view.dropped + message.dropped,
        standing: message.ended ? "ended" : view.standing,
      };
    }
  }
}

/** Whether there is nothing more to see of it, nor to close. */
export function isGone({ standing }: Pick<InspectionView, "standing">): boolean {
  return standing === "ended" || standing === "unknown";
}
