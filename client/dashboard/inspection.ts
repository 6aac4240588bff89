/**
 * One connection that is looked at: its frames as they pass, and its end by hand.
 *
 * Invariant: only the last 200 frames are kept, and none is asked for while nobody looks.
 *
 * @module
 */

import { type ReadonlySignal, signal } from "@preact/signals";
import type { DashboardMessage, Row, ToDashboard, WatchedFrame } from "../../lib/admin_message.ts";

/** How many frames are shown. */
const FRAMES_KEPT = 200;

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
  /**
   * `unknown` where there was no such connection when it was asked for, `ended` where it is gone since; `too_many` where it
   * is there, but its node watches as many as it may.
   */
  readonly standing: "watched" | "unknown" | "ended" | "too_many";
}

/** The connection that is looked at, if any. */
export class Inspection {
  readonly #send: (message: DashboardMessage) => void;
  readonly #view = signal<InspectionView | undefined>(undefined);
  readonly #isPaused = signal(false);
  readonly #closed = signal<{ readonly username: string; readonly found: boolean } | undefined>(
    undefined,
  );
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

  /** Who was closed by hand last, and whether there still was such a connection. */
  get closed(): ReadonlySignal<{ readonly username: string; readonly found: boolean } | undefined> {
    return this.#closed;
  }

  /** Looks at a connection. */
  look(row: Row): void {
    this.#isPaused.value = false;
    this.#closed.value = undefined;
    this.#view.value = { row, frames: [], dropped: 0, standing: "watched" };
    this.again();
  }

  /** Asks again to see it, over a new link. */
  again(): void {
    const row = this.#view.value?.row;
    if (row) this.#send({ type: "watch", node: row.node, client_id: row.client_id });
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
    const row = this.#view.value?.row;
    if (row) this.#send({ type: "close", node: row.node, client_id: row.client_id });
  }

  /** Takes what the server says of it. */
  take(message: Extract<ToDashboard, { type: "watching" | "watched" | "closed" }>): void {
    const view = this.#view.value;
    if (view?.row.client_id !== message.client_id) return;
    if (message.type === "closed") {
      this.#closed.value = { username: view.row.username, found: message.found };
      this.#view.value = { ...view, standing: "ended" };
    } else if (message.type === "watching") {
      const standing = message.too_many ? "too_many" : message.found ? "watched" : "unknown";
      this.#view.value = { ...view, standing };
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
