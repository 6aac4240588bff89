/**
 * Sessions of this node that have ended, until the database knows: how and when.
 *
 * @module
 */

import type { Time } from "./clock.ts";
import type { End } from "./presence_sql.ts";

/** How a session ended, and when, by `elapsed`. */
export interface Ended {
  readonly code: number;
  readonly at: number;
}

/** Of so many it is known while the database is away; then those that ended first are forgotten. */
const MOST = 100_000;

/** What is still to be written of ended sessions. */
export class EndedSessions {
  readonly #time: Pick<Time, "elapsed">;
  readonly #ended = new Map<string, Ended>();

  constructor(time: Pick<Time, "elapsed">) {
    this.#time = time;
  }

  get size(): number {
    return this.#ended.size;
  }

  /** Remembers one. */
  add(clientId: string, ended: Ended): void {
    this.#ended.set(clientId, ended);
  }

  /** Forgets one that is back; returns whether it was there. */
  delete(clientId: string): boolean {
    return this.#ended.delete(clientId);
  }

  /** Forgets the oldest where there are too many: only where their rows go without it. */
  bound(): void {
    const [oldest] = this.#ended.keys();
    if (oldest !== undefined && this.#ended.size > MOST) this.#ended.delete(oldest);
  }

  /** Writes those that there are, and forgets them when it is done; who comes meanwhile is still to be written. */
  async write<T>(work: (take: () => readonly End[]) => Promise<T>): Promise<T> {
    let taken: (readonly [string, Ended])[] = [];
    const done = await work(() => {
      const now = this.#time.elapsed();
      taken = [...this.#ended];
      return taken.map(([clientId, { code, at }]) => ({ clientId, code, agoMs: now - at }));
    });
    for (const [clientId, ended] of taken) {
      if (this.#ended.get(clientId) === ended) this.#ended.delete(clientId);
    }
    return done;
  }
}
