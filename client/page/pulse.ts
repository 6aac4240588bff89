/**
 * The server's clock as it arrives: what it says now, when it was last heard, and the record of the current minute.
 *
 * A tick is late by what the server's clock, as measured by {@linkcode RoundTrips}, shows beyond the tick's own time: so a
 * server that is always late shows as late. Until the first measurement a tick is late by what it took longer than the
 * quickest one of its connection.
 *
 * Invariant: each of the sixty places says what is known of its second: nothing, on time, late by how much, or missing.
 *
 * @module
 */

import { type ReadonlySignal, signal } from "@preact/signals";
import type { ServerMessageOf } from "../../lib/protocol.ts";

/** A tick later than this is late. */
const LATE_AFTER_MS = 250;
/** Without a tick for so long, the clock is no longer the server's: 3 s, looked at a little before a tick would come. */
const LOST_AFTER_MS = 2900;

/** What is known of one second: `undefined` is nothing, `missing` no tick, a number its lateness in ms. */
export type Place = number | "missing" | undefined;

/** What a clock on the wall says, in its own time zone. */
export interface WallTime {
  readonly time: string;
  readonly date: string;
}

/** The clock at one moment. */
export interface PulseView {
  /** What the server's clock says; nothing before it was measured. */
  readonly clock: WallTime | undefined;
  /** For how long there was no tick, in ms; 0 while they come. */
  readonly silentMs: number;
  /** Sixty places, one a second of the current minute. */
  readonly minute: readonly Place[];
  /** The place that is running now, if ticks arrive. */
  readonly running: number | undefined;
  readonly onTime: number;
  readonly late: number;
  readonly missing: number;
}

/** A moment by this device's monotonic time, and what is added to it to have the server's, if measured. */
export interface Moment {
  readonly at: number;
  readonly skew: number | undefined;
}

/** Tells whether a tick is late. */
export function isLate(place: Place): boolean {
  return typeof place === "number" && place > LATE_AFTER_MS;
}

/** What the server's time zone adds to UTC, in ms, from what its clock said at a time. */
export function zoneShiftOf({ time, date }: WallTime, timestamp: string): number {
  const shiftMs = Date.parse(`${date}T${time}Z`) - Date.parse(timestamp);
  return Math.round(shiftMs / 60_000) * 60_000;
}

/** The state of the clock. */
export class Pulse {
  readonly #view = signal<PulseView>(viewOf([], undefined));
  #minute: Place[] = [];
  /** The last second that has been decided, in seconds since the epoch of the server. */
  #decided: number | undefined;
  #quickest: number | undefined;
  #zoneShiftMs: number;
  #heardAt = 0;
  #clock: WallTime | undefined;
  #silentMs = 0;
  #changed = false;

  constructor(zoneShiftMs: number) {
    this.#zoneShiftMs = zoneShiftMs;
  }

  /** What is shown. */
  get view(): ReadonlySignal<PulseView> {
    return this.#view;
  }

  /**
   * Takes a tick.
   *
   * @returns How late it was, in ms, if it was late.
   */
  ticked(message: ServerMessageOf<"time">, moment: Moment): number | undefined {
    const { at, skew } = moment;
    const sentAt = Date.parse(message.timestamp);
    const second = Math.floor(sentAt / 1000);
    // The server's clock was set back: the seconds that it had gone through come again.
    if (second < (this.#decided ?? second) - 60) this.rest();
    this.#quickest = Math.max(this.#quickest ?? -Infinity, sentAt - at);
    this.#markMissing(second - 1);
    const latenessMs = Math.max(0, Math.round(at + (skew ?? this.#quickest) - sentAt));
    this.#place(second, latenessMs);
    this.#decided = Math.max(this.#decided ?? second, second);
    this.#zoneShiftMs = zoneShiftOf(message, message.timestamp);
    this.#heardAt = at;
    this.#tell(moment);
    return isLate(latenessMs) ? latenessMs : undefined;
  }

  /** Looks at the clock, and marks the seconds whose tick has not come, with a second of grace. */
  look(moment: Moment): void {
    const skew = moment.skew ?? this.#quickest;
    if (skew !== undefined) this.#markMissing(Math.floor((moment.at + skew) / 1000) - 1);
    this.#tell(moment);
  }

  /** There is a connection since `at`: its ticks are compared with each other, as they may come from another server. */
  begin(at: number): void {
    this.#quickest = undefined;
    this.#heardAt = at;
  }

  /** Forgets the minute. For when no ticks are to be expected. */
  rest(): void {
    this.#minute = [];
    this.#decided = undefined;
    this.#quickest = undefined;
    this.#changed = true;
  }

  /** Shows what has been taken in. */
  publish(): void {
    if (!this.#changed) return;
    this.#changed = false;
    const running = this.#decided === undefined ? undefined : this.#decided % 60;
    this.#view.value = {
      ...viewOf(this.#minute, running),
      clock: this.#clock,
      silentMs: this.#silentMs,
    };
  }

  #tell({ at, skew }: Moment): void {
    const silentMs = at - this.#heardAt;
    this.#silentMs = silentMs < LOST_AFTER_MS ? 0 : silentMs;
    this.#clock = skew === undefined ? undefined : wallTime(at + skew + this.#zoneShiftMs);
    this.#changed = true;
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

function wallTime(shiftedAt: number): WallTime {
  const text = new Date(shiftedAt).toISOString();
  return { time: text.slice(11, 19), date: text.slice(0, 10) };
}

function viewOf(places: readonly Place[], running: number | undefined): PulseView {
  const minute = Array.from({ length: 60 }, (_, second) => places[second]);
  const late = minute.filter(isLate).length;
  const missing = minute.filter((place) => place === "missing").length;
  const known = minute.filter((place) => place !== undefined).length;
  const isRunning = running !== undefined && typeof minute[running] === "number";
  return {
    clock: undefined,
    silentMs: 0,
    minute,
    running: isRunning ? running : undefined,
    onTime: known - late - missing,
    late,
    missing,
  };
}
