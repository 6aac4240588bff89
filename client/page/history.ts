/**
 * The last five minutes, second by second: how many messages came, and how long the round trip took. For the plots.
 *
 * Invariant: of a second of which nothing is known, as without a connection, nothing is told; a zero is a measured one.
 *
 * @module
 */

import { computed, type ReadonlySignal, signal } from "@preact/signals";

/** How many seconds are kept. */
export const SECONDS_KEPT = 300;
/** A round trip stands for so long: until the next ping is answered or given up. */
const HELD_MS = 10_000;
/** When nothing at all was taken in for more seconds, this device slept. */
const AWAKE_S = 3;

/** One value a second, oldest first; `undefined` where nothing is known. */
export type Series = readonly (number | undefined)[];

/** What is shown: {@linkcode SECONDS_KEPT} values of each, the last of them of the last whole second. */
export interface HistoryView {
  readonly messages: Series;
  readonly roundTrips: Series;
  /** When the last second ended by this device's clock, in ms since the epoch. */
  readonly endsAt: number;
  /** The number of the last second. */
  readonly last: number;
}

interface Sample {
  readonly messages: number | undefined;
  readonly roundTripMs: number | undefined;
}

/** The state of the plots. */
export class History {
  #samples: Sample[] = [];
  #messages = 0;
  #second: number | undefined;
  /** Where in the ms of this device's monotonic time a second begins. */
  #phase = 0;
  #isOnline = false;
  #roundTrip: { readonly ms: number; readonly at: number } | undefined;
  readonly #published = signal({ endsAt: 0, last: -1 });
  readonly #chosen = signal<number | undefined>(undefined);

  /** What is shown; made when somebody looks. */
  readonly view: ReadonlySignal<HistoryView> = computed(() => {
    const samples = Array.from(
      { length: SECONDS_KEPT },
      (_, slot) => this.#samples[slot - SECONDS_KEPT + this.#samples.length],
    );
    return {
      ...this.#published.value,
      messages: samples.map((sample) => sample?.messages),
      roundTrips: samples.map((sample) => sample?.roundTripMs),
    };
  });

  /** The place of the chosen second in the view; none is chosen, or it is over five minutes ago: `undefined`. */
  readonly chosen: ReadonlySignal<number | undefined> = computed(() => {
    const second = this.#chosen.value;
    if (second === undefined) return undefined;
    const slot = second - this.#published.value.last + SECONDS_KEPT - 1;
    return slot < 0 ? undefined : slot;
  });

  /** Chooses the second at a place of the view, in all plots; it stays chosen while it moves on. */
  choose(slot: number | undefined): void {
    if (slot === undefined) return void (this.#chosen.value = undefined);
    const within = Math.max(0, Math.min(SECONDS_KEPT - 1, Math.round(slot)));
    this.#chosen.value = this.#published.value.last - SECONDS_KEPT + 1 + within;
  }

  /** Takes whether there is a connection. */
  entered(isOnline: boolean, at: number): void {
    this.#advance(at);
    this.#isOnline = isOnline;
    this.#roundTrip = undefined;
  }

  /** Takes a message. */
  received(at: number): void {
    this.#advance(at);
    this.#messages++;
  }

  /** Takes the arrival of a tick: seconds are cut between the ticks, else one would have two of them and the next none. */
  ticked(at: number): void {
    const into = (at - this.#phase + 1000) % 1000;
    if (into < 200 || into > 800) this.#phase = (at + 500) % 1000;
  }

  /** Takes a round trip. */
  measured(ms: number, at: number): void {
    this.#advance(at);
    this.#roundTrip = { ms, at };
  }

  /** Shows what has been taken in; `now` is this device's time. */
  publish(at: number, now: number): void {
    this.#advance(at);
    this.#published.value = { endsAt: now, last: (this.#second ?? 0) - 1 };
  }

  #advance(at: number): void {
    const second = Math.floor((at - this.#phase) / 1000);
    this.#second ??= second;
    const passed = second - this.#second;
    if (passed <= 0) return;
    const isKnown = this.#isOnline && passed <= AWAKE_S;
    const { ms, at: measuredAt = -Infinity } = this.#roundTrip ?? {};
    const roundTripMs = isKnown && at - measuredAt < HELD_MS ? ms : undefined;
    for (let n = 0; n < Math.min(passed, SECONDS_KEPT); n++) {
      this.#samples.push({ messages: isKnown ? this.#messages : undefined, roundTripMs });
      this.#messages = 0;
    }
    if (this.#samples.length > SECONDS_KEPT) this.#samples = this.#samples.slice(-SECONDS_KEPT);
    this.#second = second;
  }
}
