/**
 * How far away the server is, and what its clock says: measured by pings, of which there is one under way at a time.
 *
 * A pong carries the server's time of answering, which lies somewhere in the round trip: in its middle, give or take half
 * of it. So the round that took the shortest time knows the server's clock best, as in NTP. Everything here is in the
 * monotonic time of this device, which nobody can set.
 *
 * Invariant: the measure comes from rounds that do not contradict each other; a clock that was set is measured anew.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5905#section-8
 * @module
 */

import { type ReadonlySignal, signal } from "@preact/signals";
import type { ServerMessageOf } from "../../lib/protocol.ts";
import { percentile } from "./percentile.ts";

/** Of so many rounds the best counts. */
const COMPARED = 8;
/** The first rounds follow each other quickly. */
const QUICK_ROUNDS = 4;
const QUICK_AFTER_MS = 250;
const STEADY_AFTER_MS = 5000;
/** A pong that takes longer is not waited for. */
const PATIENCE_MS = 5000;
/** What rounds may differ by beyond their uncertainty: timestamps are whole ms, and a busy page reads them late. */
const TOLERANCE_MS = 50;
/** The percentiles are of the rounds of the last five minutes. */
const KEPT_MS = 300_000;
const ROUNDS_KEPT = 300;
/** Of fewer rounds the 95th percentile would be the highest under another name. */
const P95_FROM = 20;

/** What is known of the server's clock. */
export interface Measure {
  /** What is added to this device's monotonic time to have the server's, in ms since the epoch. */
  readonly skew: number;
  /** The round trip that it was measured with, in ms. */
  readonly roundTripMs: number;
  /** By how much it may be wrong, in ms: half of that round trip, and a whole one at least. */
  readonly uncertaintyMs: number;
}

interface Round {
  /** When the pong came. */
  readonly at: number;
  readonly ms: number;
  readonly skew: number;
}

/** What {@linkcode RoundTrips} takes. */
export interface RoundTripsOptions {
  readonly elapsed: () => number;
  readonly after: (ms: number, callback: () => void) => () => void;
  readonly isHidden: () => boolean;
  /** Sends a ping, with the round trip measured last, in ms; false where it could not. */
  readonly ping: (id: string, roundTripMs: number | undefined) => boolean;
  /** How long to wait before a request so as to stay below the server's rate, in ms. */
  readonly waitMs: () => number;
}

/** The rounds of ping and pong on one connection after the other. */
export class RoundTrips {
  readonly #options: RoundTripsOptions;
  readonly #measure = signal<Measure | undefined>(undefined);
  readonly #p50 = signal<number | undefined>(undefined);
  readonly #p95 = signal<number | undefined>(undefined);
  #compared: Round[] = [];
  #kept: Round[] = [];
  #count = 0;
  #quickLeft = 0;
  /** The ping under way. */
  #asked: { readonly id: string; readonly at: number } | undefined;
  #isResting = false;
  #cancelTimer: () => void = () => {};

  constructor(options: RoundTripsOptions) {
    this.#options = options;
  }

  /** What is known of the server's clock; nothing before the first pong of a connection. */
  get measure(): ReadonlySignal<Measure | undefined> {
    return this.#measure;
  }

  /** The middle one of the round trips of the last five minutes, in ms. */
  get p50(): ReadonlySignal<number | undefined> {
    return this.#p50;
  }

  /** What 95 of 100 round trips of the last five minutes did not exceed, in ms; of fewer than twenty nothing. */
  get p95(): ReadonlySignal<number | undefined> {
    return this.#p95;
  }

  /** There is a connection: measures, and forgets what was measured on the one before, as the server may be another. */
  begin(): void {
    this.#measure.value = undefined;
    this.#measureAnew();
  }

  /** There is no connection. What was measured last stands. */
  end(): void {
    this.#cancelTimer();
    this.#asked = undefined;
    this.#isResting = false;
  }

  /** Measures again if the page is seen again; until then what was measured before stands. */
  look(): void {
    if (this.#isResting && !this.#options.isHidden()) this.#measureAnew();
  }

  /**
   * Takes a pong that came `at`.
   *
   * The first round of a series tells of the clock only: its time is also that of a page that has just begun.
   *
   * @returns The round trip in ms; `undefined` where nobody waits for this pong any more, and of a first round.
   */
  answered({ id, timestamp }: ServerMessageOf<"pong">, at: number): number | undefined {
    const asked = this.#asked;
    if (asked === undefined || asked.id !== id) return undefined;
    this.#asked = undefined;
    const round = { at, ms: at - asked.at, skew: Date.parse(timestamp) - (asked.at + at) / 2 };
    const agreeing = this.#compared.filter((other) => agree(other, round));
    this.#compared = [...agreeing, round].slice(-COMPARED);
    const best = this.#compared.reduce((a, b) => b.ms < a.ms ? b : a);
    this.#measure.value = {
      skew: best.skew,
      roundTripMs: best.ms,
      uncertaintyMs: Math.max(1, Math.ceil(best.ms / 2)),
    };
    const isFirst = this.#quickLeft === QUICK_ROUNDS;
    this.#askAfter(--this.#quickLeft > 0 ? QUICK_AFTER_MS : STEADY_AFTER_MS);
    if (isFirst) return undefined;
    this.#kept = [...this.#kept, round].slice(-ROUNDS_KEPT);
    return round.ms;
  }

  /** Takes a tick that came `at`. One that came before it was sent shows that a clock was set: then all is measured anew. */
  ticked({ timestamp }: ServerMessageOf<"time">, at: number): void {
    const measure = this.#measure.value;
    if (measure === undefined) return;
    const tookMs = at + measure.skew - Date.parse(timestamp);
    if (tookMs < -measure.uncertaintyMs - TOLERANCE_MS) this.begin();
  }

  /** Shows the percentiles as they are `at` a time. */
  publish(at: number): void {
    this.#kept = this.#kept.filter((round) => at - round.at < KEPT_MS);
    const times = this.#kept.map(({ ms }) => ms);
    this.#p50.value = percentile(times, 0.5);
    this.#p95.value = times.length < P95_FROM ? undefined : percentile(times, 0.95);
  }

  #measureAnew(): void {
    this.end();
    this.#compared = [];
    this.#quickLeft = QUICK_ROUNDS;
    // Not at once: what the page has to do with a welcome would be measured too.
    this.#askAfter(0);
  }

  #ask(): void {
    const { elapsed, isHidden, ping, waitMs } = this.#options;
    this.#asked = undefined;
    this.#isResting = isHidden();
    if (this.#isResting) return;
    // Chats come first.
    const ms = waitMs();
    if (ms > 0) return this.#askAfter(ms);
    const asked = { id: `ping-${++this.#count}`, at: elapsed() };
    if (ping(asked.id, this.#compared.at(-1)?.ms)) this.#asked = asked;
    this.#askAfter(PATIENCE_MS);
  }

  #askAfter(ms: number): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#options.after(ms, () => this.#ask());
  }
}

/** Whether two rounds can be true of one clock. */
function agree(a: Round, b: Round): boolean {
  return Math.abs(a.skew - b.skew) <= (a.ms + b.ms) / 2 + TOLERANCE_MS;
}

/** A time in ms as it is shown: browsers measure to a tenth of one, and over ten nobody wants to know it. */
export function roundedMs(ms: number): number {
  return ms < 9.95 ? Math.round(ms * 10) / 10 : Math.round(ms);
}
