/**
 * When a request over HTTP begins: where many come at once, a few at a time, with a look at the sockets in between. What it
 * is answered is the routes' business.
 *
 * Invariant: a socket waits for a few requests at the most, however many come; a few that come together wait for nothing.
 *
 * @module
 */

import { systemTime, type Time } from "./clock.ts";

/** How many begin before the sockets are read again. */
const AT_ONCE = 4;
/** How long there is nothing to do then. It is only when it has nothing to do that Deno surely reads the sockets: of a few
 * connections that send request after request, without waiting for the answers, it would have something to do for seconds. */
const PAUSE_MS = 1;

/** The pace of one server. */
export class HttpPace {
  readonly #time: Pick<Time, "after">;
  /** Those that wait, in the order in which they came: only while {@linkcode AT_ONCE} have begun since the last pause. */
  readonly #waiting = new Set<() => void>();
  /** How many have begun since the last pause. */
  #begun = 0;

  constructor(time: Pick<Time, "after"> = systemTime) {
    this.#time = time;
  }

  /** Resolves when a request may begin, in the order in which they come. */
  begin(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#begun < AT_ONCE) this.#let(resolve);
    else this.#waiting.add(resolve);
    return promise;
  }

  #let(begin: () => void): void {
    begin();
    // The pause comes after their work: a timer that is set before it may be over by the end of it.
    if (this.#begun++ === 0) this.#time.after(0, () => this.#time.after(PAUSE_MS, this.#next));
  }

  readonly #next = (): void => {
    this.#begun = 0;
    for (const begin of this.#waiting) {
      if (this.#begun === AT_ONCE) return;
      this.#waiting.delete(begin);
      this.#let(begin);
    }
  };
}
