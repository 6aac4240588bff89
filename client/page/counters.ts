/**
 * What is counted since the page was opened. Nothing but a reload sets it back.
 *
 * @module
 */

import { type ReadonlySignal, signal } from "@preact/signals";
import type { ConnectionState } from "../connection.ts";

/** The figures; `onlineMs` over all connections, in whole seconds. */
export interface Figures {
  readonly received: number;
  readonly sent: number;
  readonly reconnects: number;
  /** How many times something was found missing, whether it could be had later or not. */
  readonly gaps: number;
  readonly onlineMs: number;
}

/** The state of what is counted. */
export class Counters {
  readonly #view = signal<Figures>({
    received: 0,
    sent: 0,
    reconnects: 0,
    gaps: 0,
    onlineMs: 0,
  });
  #received = 0;
  #sent = 0;
  #reconnects = 0;
  #gaps = 0;
  #onlineMs = 0;
  #onlineSince: number | undefined;
  #wasLost = false;

  /** What is shown. */
  get view(): ReadonlySignal<Figures> {
    return this.#view;
  }

  /** Counts a message from the server. */
  received(): void {
    this.#received++;
  }

  /** Counts that something was missing. */
  missed(): void {
    this.#gaps++;
  }

  /** Takes how many messages have been sent in all. */
  sent(count: number): void {
    this.#sent = count;
  }

  /** Takes where the connection stands `at` a time. Coming back after a loss is a reconnect, connecting by hand is none. */
  entered({ phase }: ConnectionState, at: number): void {
    const isOnline = phase === "online";
    if (isOnline && this.#wasLost) this.#reconnects++;
    const isLost = this.#wasLost || this.#onlineSince !== undefined;
    if (phase !== "connecting") this.#wasLost = phase === "waiting" && isLost;
    this.#onlineMs = this.#onlineAt(at);
    this.#onlineSince = isOnline ? at : undefined;
  }

  /** Shows what has been taken in until `at`. */
  publish(at: number): void {
    const next: Figures = {
      received: this.#received,
      sent: this.#sent,
      reconnects: this.#reconnects,
      gaps: this.#gaps,
      onlineMs: Math.floor(this.#onlineAt(at) / 1000) * 1000,
    };
    const shown = this.#view.value;
    const keys = Object.keys(next) as (keyof Figures)[];
    if (keys.some((key) => next[key] !== shown[key])) this.#view.value = next;
  }

  #onlineAt(at: number): number {
    return this.#onlineMs + (this.#onlineSince === undefined ? 0 : at - this.#onlineSince);
  }
}
