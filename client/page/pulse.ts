/**
 * The server's clock as it arrives: the last tick, how late it was, and the record of the current minute.
 *
 * Lateness needs no measured offset: the quickest of the recent ticks shows how far the two clocks are apart, and a
 * tick is late by what it took longer than that one.
 *
 * Invariant: each of the sixty places says what is known of its second: nothing, on time, late by how much, or missing.
 *
 * @module
 */

import { type ReadonlySignal, signal } from "@preact/signals";
import type { ServerMessageOf } from "../../lib/protocol.ts";

/** A tick later than this is late. */
const LATE_AFTER_MS = 250;
/** Without a tick for so long, the clock is no longer the server's. */
const LOST_AFTER_MS = 3000;
/** How many ticks are compared for the quickest. */
const COMPARED = 60;

/** What is known of one second: `undefined` is nothing, `missing` no tick, a number its lateness in ms. */
export type Place = number | "missing" | undefined;

/** The clock at one moment. */
export interface PulseView {
  /** The last tick; none before the first. */
  readonly tick: Tick | undefined;
  /** Sixty places, one a second of the current minute. */
  readonly minute: readonly Place[];
  /** The place that is running now, if ticks arrive. */
  readonly running: number | undefined;
  readonly onTime: number;
  readonly late: number;
  readonly missing: number;
}

/** A tick, and when it arrived by this device's clock. */
export interface Tick {
  readonly time: string;
  readonly date: string;
  readonly arrivedAt: number;
}

/** Tells whether a tick is late. */
export function isLate(place: Place): boolean {
  return typeof place === "number" && place > LATE_AFTER_MS;
}

/** What the server's clock says `now`, as far as can be known: the last tick and what has passed since. */
export function clockAt(tick: Tick, now: number): { time: string; date: string; silentMs: number } {
  const silentMs = Math.max(0, now - tick.arrivedAt);
  if (silentMs < LOST_AFTER_MS) return { time: tick.time, date: tick.date, silentMs: 0 };
  const passed = new Date(Date.parse(`${tick.date}T${tick.time}Z`) + silentMs).toISOString();
  return { time: passed.slice(11, 19), date: passed.slice(0, 10), silentMs };
}

/** The state of the clock. */
export class Pulse {
  readonly #view = signal<PulseView>(viewOf(undefined, [], undefined));
  readonly #differences: number[] = [];
  #minute: Place[] = [];
  /** The last second that has been decided, in seconds since the epoch of the server. */
  #decided: number | undefined;
  #tick: Tick | undefined;

  /** What is shown. */
  get view(): ReadonlySignal<PulseView> {
    return this.#view;
  }

  /** Takes a tick that arrived at `now`. */
  ticked(message: ServerMessageOf<"time">, now: number): void {
    const sentAt = Date.parse(message.timestamp);
    const second = Math.floor(sentAt / 1000);
    this.#differences.push(now - sentAt);
    if (this.#differences.length > COMPARED) this.#differences.shift();
    this.#markMissing(second - 1);
    this.#place(second, now - sentAt - Math.min(...this.#differences));
    this.#decided = Math.max(this.#decided ?? second, second);
    this.#tick = { time: message.time, date: message.date, arrivedAt: now };
  }

  /** Marks the seconds whose tick has not come by `now`, with a second of grace. */
  passed(now: number): void {
    if (this.#differences.length === 0) return;
    const serverNow = now - Math.min(...this.#differences);
    this.#markMissing(Math.floor(serverNow / 1000) - 1);
  }

  /** Compares anew from the next tick on: after a reconnect it may come from another server. */
  resynchronize(): void {
    this.#differences.length = 0;
  }

  /** Forgets the minute. For when no ticks are to be expected. */
  rest(): void {
    this.#minute = [];
    this.#decided = undefined;
    this.resynchronize();
  }

  /** Shows what has been taken in. */
  publish(): void {
    const running = this.#decided === undefined ? undefined : this.#decided % 60;
    this.#view.value = viewOf(this.#tick, this.#minute, running);
  }

  #markMissing(upTo: number): void {
    if (this.#decided === undefined) return;
    // After a sleep of hours only the current minute matters.
    for (let second = Math.max(this.#decided + 1, upTo - 60); second <= upTo; second++) {
      this.#place(second, "missing");
      this.#decided = second;
    }
  }

  #place(second: number, place: Place): void {
    const minute = Math.floor(second / 60);
    const current = Math.floor((this.#decided ?? second) / 60);
    // A tick that comes after its minute is over has no place left.
    if (minute < current) return;
    if (minute > current) this.#minute = [];
    this.#minute[second % 60] = place;
  }
}

function viewOf(
  tick: Tick | undefined,
  places: readonly Place[],
  running: number | undefined,
): PulseView {
  const minute = Array.from({ length: 60 }, (_, second) => places[second]);
  const late = minute.filter(isLate).length;
  const missing = minute.filter((place) => place === "missing").length;
  const known = minute.filter((place) => place !== undefined).length;
  const isRunning = running !== undefined && typeof minute[running] === "number";
  return {
    tick,
    minute,
    running: isRunning ? running : undefined,
    onTime: known - late - missing,
    late,
    missing,
  };
}
