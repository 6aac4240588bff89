/**
 * How long it takes to the server and back, for whoever runs the server to see: a ping now and then, which tells what the
 * one before has measured.
 *
 * Invariant: nobody reads of it; a ping is never sent in place of what was typed.
 *
 * @module
 */

import type { ServerMessage } from "../../lib/protocol.ts";
import type { Connection } from "../connection.ts";

/** How many ticks, of one a second, lie between two pings. */
const TICKS = 5;

/** The round trip, on one connection after the other. */
export class RoundTrip {
  readonly #connection: Pick<Connection, "ping" | "waitMs">;
  readonly #elapsed: () => number;
  #ticks = 0;
  #count = 0;
  #ms: number | undefined;
  /** The ping under way. */
  #asked: { readonly id: string; readonly at: number } | undefined;

  constructor(connection: Pick<Connection, "ping" | "waitMs">, elapsed: () => number) {
    this.#connection = connection;
    this.#elapsed = elapsed;
  }

  /**
   * The server has told a second; a ping that is not answered by the next one is given up.
   *
   * @param isFirst Whether it is the first of a connection: what was measured before was of another.
   */
  ticked(isFirst: boolean): void {
    if (isFirst) [this.#ticks, this.#ms] = [0, undefined];
    if (this.#ticks++ % TICKS !== 0 || this.#connection.waitMs > 0) return;
    const id = `ping-${++this.#count}`;
    const at = this.#elapsed();
    this.#asked = this.#connection.ping(id, this.#ms) ? { id, at } : undefined;
  }

  /** Takes a message that answers its ping; returns whether it did. */
  take(message: ServerMessage): boolean {
    const { id, at } = this.#asked ?? {};
    if (at === undefined || !("id" in message) || message.id !== id) return false;
    this.#asked = undefined;
    if (message.type === "pong") this.#ms = this.#elapsed() - at;
    return true;
  }
}
