/**
 * What is counted since the page was opened. Nothing but a reload sets it back.
 *
 * @module
 */

import { type ReadonlySignal, signal } from "@preact/signals";

/** The figures; `onlineMs` over all connections, `onlineSince` of the present one. */
export interface Figures {
  readonly received: number;
  readonly sent: number;
  readonly onlineMs: number;
  readonly onlineSince: number | undefined;
}

/** The state of the metrics. */
export class Counters {
  readonly #view = signal<Figures>({ received: 0, sent: 0, onlineMs: 0, onlineSince: undefined });
  #figures: Figures = this.#view.value;

  /** What is shown. */
  get view(): ReadonlySignal<Figures> {
    return this.#view;
  }

  /** Counts a message from the server. */
  received(): void {
    this.#figures = { ...this.#figures, received: this.#figures.received + 1 };
  }

  /** Takes how many messages have been sent in all. */
  sent(count: number): void {
    if (count !== this.#figures.sent) this.#figures = { ...this.#figures, sent: count };
  }

  /** Takes whether there is a connection. */
  connected(isOnline: boolean, now: number): void {
    const { onlineMs, onlineSince } = this.#figures;
    if (isOnline === (onlineSince !== undefined)) return;
    this.#figures = {
      ...this.#figures,
      onlineMs: onlineMs + (onlineSince === undefined ? 0 : now - onlineSince),
      onlineSince: isOnline ? now : undefined,
    };
  }

  /** Shows what has been taken in. */
  publish(): void {
    this.#view.value = this.#figures;
  }
}

/** For how long there has been a connection, in ms. */
export function onlineFor({ onlineMs, onlineSince }: Figures, now: number): number {
  return onlineMs + (onlineSince === undefined ? 0 : Math.max(0, now - onlineSince));
}
