/**
 * What is measured and counted of the connection: the one place that hands each message and each second to the instruments.
 *
 * Invariant: pongs and the list of people are housekeeping, which the page asks for by itself; they are not counted.
 *
 * @module
 */

import { type ReadonlySignal, signal } from "@preact/signals";
import type { ServerMessage, ServerMessageOf } from "../../lib/protocol.ts";
import type { ConnectionState } from "../connection.ts";
import { Counters } from "./counters.ts";
import { History } from "./history.ts";
import { percentile } from "./percentile.ts";
import { type Moment, Pulse } from "./pulse.ts";
import { RoundTrips, type RoundTripsOptions } from "./round_trips.ts";

/** Of so many chats of the last five minutes the middle one's way is shown. */
const CHATS_COMPARED = 100;
const WAYS_KEPT_MS = 300_000;

/** How long a chat took, and when it came. */
interface Way {
  readonly ms: number;
  readonly at: number;
}

/** What {@linkcode Meter} takes. */
export interface MeterOptions extends RoundTripsOptions {
  readonly now: () => number;
  /** What the server's time zone adds to UTC, in ms, until its first tick. */
  readonly zoneShiftMs: number;
}

/** The instruments. */
export class Meter {
  readonly #options: MeterOptions;
  readonly #oneWay = signal<number | undefined>(undefined);
  #ways: Way[] = [];
  #welcomedAt = Infinity;

  readonly roundTrips: RoundTrips;
  readonly pulse: Pulse;
  readonly counters = new Counters();
  readonly history = new History();

  constructor(options: MeterOptions) {
    this.#options = options;
    this.roundTrips = new RoundTrips(options);
    this.pulse = new Pulse(options.zoneShiftMs);
  }

  /** How long the chats of others of the last five minutes took from the server to here, the middle one, in ms. */
  get oneWay(): ReadonlySignal<number | undefined> {
    return this.#oneWay;
  }

  /** How long it is to the next second: of the server's clock if it was measured, else of this device's. */
  get untilSecondMs(): number {
    const { at, skew } = this.#moment;
    const now = skew === undefined ? this.#options.now() : at + skew;
    return Math.ceil(1000 - now % 1000);
  }

  /** Takes where the connection stands, and whether ticks are to be expected. */
  entered(state: ConnectionState, expectsTicks: boolean): void {
    const at = this.#options.elapsed();
    const isOnline = state.phase === "online";
    this.counters.entered(state, at);
    this.history.entered(isOnline, at);
    if (isOnline) {
      this.#welcomedAt = Date.parse(state.welcome.timestamp);
      this.pulse.begin(at);
      this.roundTrips.begin();
    } else this.roundTrips.end();
    if (!expectsTicks) this.pulse.rest();
  }

  /**
   * Takes a message.
   *
   * @returns How late it was, in ms, if it is a tick that was late.
   */
  took(message: ServerMessage): number | undefined {
    const at = this.#options.elapsed();
    if (message.type === "pong") return this.#ponged(message, at);
    if (message.type === "users") return undefined;
    this.counters.received();
    this.history.received(at);
    if (message.type === "chat") this.#heard(message);
    return message.type === "time" ? this.#ticked(message, at) : undefined;
  }

  /** Looks at the time; for each second. */
  look(): void {
    const { now } = this.#options;
    const moment = this.#moment;
    this.roundTrips.look();
    this.roundTrips.publish(moment.at);
    this.pulse.look(moment);
    this.history.publish(moment.at, now());
    this.#ways = this.#ways.filter((way) => moment.at - way.at < WAYS_KEPT_MS);
    this.#oneWay.value = percentile(this.#ways.map(({ ms }) => ms), 0.5);
  }

  /** Shows what has been taken in; `sent` is how many messages have been sent. */
  publish(sent: number): void {
    this.counters.sent(sent);
    this.counters.publish(this.#options.elapsed());
    this.pulse.publish();
  }

  /** Ends every timer. */
  stop(): void {
    this.roundTrips.end();
  }

  get #moment(): Moment {
    return { at: this.#options.elapsed(), skew: this.roundTrips.measure.value?.skew };
  }

  #ponged(message: ServerMessageOf<"pong">, at: number): undefined {
    const ms = this.roundTrips.answered(message, at);
    if (ms !== undefined) this.history.measured(ms, at);
  }

  #ticked(message: ServerMessageOf<"time">, at: number): number | undefined {
    this.roundTrips.ticked(message, at);
    this.history.ticked(at);
    return this.pulse.ticked(message, this.#moment);
  }

  #heard({ timestamp }: ServerMessageOf<"chat">): void {
    const { at, skew } = this.#moment;
    const sentAt = Date.parse(timestamp);
    // What was said before the welcome was kept for this connection, and not on its way.
    if (skew === undefined || sentAt < this.#welcomedAt) return;
    const way = { ms: Math.max(0, at + skew - sentAt), at };
    this.#ways = [...this.#ways.slice(1 - CHATS_COMPARED), way];
  }
}
