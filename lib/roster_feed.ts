/**
 * Tells everybody who came and who went: merged, at most once a second, and of so many at a time as the room can bear.
 *
 * @module
 */

import type { Time } from "./clock.ts";
import type { FanOut } from "./fan_out.ts";
import type { Roster } from "./roster.ts";

/** The least time between two messages of presence. */
const INTERVAL_MS = 1000;
/**
 * Each is told to each: where ten thousand come at once, that is fifty million times, gigabytes, and no time for anything
 * else. So many times a second it is done at the most, for at least so many people.
 */
const TOLD = { times: 500_000, people: 25 } as const;

/** The presence messages of one hub. */
export class RosterFeed {
  readonly #roster: Roster;
  readonly #fanOut: FanOut;
  readonly #time: Time;
  #toldAt = -Infinity;
  #planned = false;

  constructor(options: { readonly roster: Roster; readonly fanOut: FanOut; readonly time: Time }) {
    this.#roster = options.roster;
    this.#fanOut = options.fanOut;
    this.#time = options.time;
  }

  /** To be called when the roster has changed; tells of it as soon as may be. */
  changed(): void {
    this.#plan(Math.max(0, this.#toldAt + INTERVAL_MS - this.#time.elapsed()));
  }

  #plan(waitMs: number): void {
    if (this.#planned) return;
    this.#planned = true;
    this.#time.after(waitMs, () => {
      this.#planned = false;
      // Whoever came and went in between was nobody's news.
      if (!this.#roster.changed) return;
      this.#toldAt = this.#time.elapsed();
      const most = Math.max(TOLD.people, Math.floor(TOLD.times / (this.#fanOut.size || 1)));
      this.#fanOut.announce(this.#roster.takeChanges(most));
      if (this.#roster.changed) this.#plan(INTERVAL_MS + this.#untilBetweenTicks());
    });
  }

  // To tell a large room takes its time, which is not to be that of the tick.
  #untilBetweenTicks(): number {
    const phaseMs = this.#time.now() % 1000;
    return phaseMs >= 500 && phaseMs < 750 ? 0 : (1500 - phaseMs) % 1000;
  }
}
