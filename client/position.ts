/**
 * Up to where the chats of the server's order have come by, and whether one is missing: each offset comes once, as
 * somebody's chat or as the ack of one's own.
 *
 * Invariant: offsets pass in their order, each once; where one is left out for good, it is told that something may have
 * been missed.
 *
 * @see docs/PROTOCOL.md, section 4
 * @module
 */

import type { ServerMessageOf } from "../lib/protocol.ts";
import type { Surroundings } from "./surroundings.ts";
import { TIMING } from "./timing.ts";

/**
 * How coming back went: all that others said meanwhile has come by, so many `messages` of it, or some of it, up to an offset,
 * may be missing.
 */
export type CaughtUp =
  | { readonly is: "caught_up"; readonly messages: number }
  | { readonly is: "may_have_missed"; readonly upTo: number };

/** A place in the order: up to the offset `position` of this `epoch` everything has come by. */
export interface Place {
  readonly epoch: string;
  readonly position: number;
}

/** What {@linkcode Position} takes. */
export interface PositionOptions {
  readonly surroundings: Pick<Surroundings, "elapsed" | "after">;
  /** Something has not come: the server is to be asked again from here. */
  readonly missing: () => void;
  /**
   * What came before the welcome has come by; with how that went, unless the welcome was the first of all. Also told where
   * something is given up later.
   */
  readonly reached: (outcome: CaughtUp | undefined) => void;
}

/** The position of one connection, over all its sockets. */
export class Position {
  readonly #options: PositionOptions;
  #epoch: string | undefined;
  #offset = 0;
  /** Whether there is a connection that was welcomed: before that nothing counts. */
  #isLive = false;
  /** Up to here it is catching up. */
  #target: number | undefined;
  #tellsOutcome = false;
  #messages = 0;
  #hasHole = false;
  /** From where the server was asked for something missing: what does not come then never will. */
  #askedFrom: number | undefined;
  /** The newest offset that the clock has told. */
  #newest = 0;
  /** Up to here what has not come is done without; what comes all the same is taken. */
  #forgone = 0;
  /** Since when nothing has come that was to come. */
  #since = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(options: PositionOptions) {
    this.#options = options;
  }

  /** Where it stands; `undefined` before the first welcome. */
  get place(): Place | undefined {
    return this.#epoch === undefined ? undefined : { epoch: this.#epoch, position: this.#offset };
  }

  /** Begins anew: at a place that was kept, or at none. */
  begin(place: Place | undefined): void {
    this.#epoch = place?.epoch;
    this.#offset = place?.position ?? 0;
    this.#target = this.#askedFrom = undefined;
  }

  /** Takes a welcome: where it does not resume, the order goes on from its offset. */
  welcomed({ epoch, offset, resumed }: ServerMessageOf<"welcome">): void {
    this.rest();
    this.#isLive = true;
    this.#target = offset;
    this.#tellsOutcome = this.#epoch !== undefined;
    const isSameOrder = epoch === this.#epoch;
    if (resumed && isSameOrder) return;
    this.#hasHole ||= this.#tellsOutcome && !(isSameOrder && offset === this.#offset);
    this.#epoch = epoch;
    // A server that is behind will tell of what has come by already.
    this.#offset = isSameOrder ? Math.max(this.#offset, offset) : offset;
    this.#forgone = 0;
    this.#askedFrom = undefined;
  }

  /**
   * Takes the offset of a chat or an ack.
   *
   * @returns Whether it is its turn. One that was had already is `old`. One that is `early` is not to be taken: something
   * before it is missing, which has been told, or the welcome.
   */
  take({ type, offset }: ServerMessageOf<"chat" | "ack">): "next" | "old" | "early" {
    if (!this.#isLive) return "early";
    if (offset <= this.#offset) return "old";
    if (offset > this.#front + 1 && !this.#givesUp()) {
      this.#options.missing();
      return "early";
    }
    this.#offset = offset;
    this.#since = this.#options.surroundings.elapsed();
    if (type === "chat" && offset <= (this.#target ?? 0)) this.#messages++;
    return "next";
  }

  /** Takes the server's clock, which may run ahead of chats that are still on their way. */
  ticked({ epoch, offset }: ServerMessageOf<"time">): void {
    if (!this.#isLive) return;
    if (epoch !== this.#epoch) return this.#options.missing();
    const wasBehind = this.#isBehind;
    // Nobody is told the time while there is still something to catch up with.
    this.#newest = Math.max(this.#newest, offset, this.#target ?? 0);
    if (!this.#isBehind) return;
    if (wasBehind) return this.#look();
    this.#since = this.#options.surroundings.elapsed();
    this.#lookAfter(TIMING.missingAfterMs);
  }

  /** Tells that everything up to the welcome has come by, once it has; to be called when each message has been told. */
  settle(): void {
    const isReached = this.#target === undefined ? this.#hasHole : this.#front >= this.#target;
    if (!isReached) return;
    const outcome: CaughtUp = this.#hasHole
      ? { is: "may_have_missed", upTo: this.#front }
      : { is: "caught_up", messages: this.#messages };
    this.#target = undefined;
    this.#messages = 0;
    this.#hasHole = false;
    this.#options.reached(this.#tellsOutcome ? outcome : undefined);
  }

  /** There is no connection: nothing is awaited. */
  rest(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#isLive = false;
    this.#newest = 0;
  }

  get #isBehind(): boolean {
    return this.#newest > this.#front;
  }

  /** Up to here nothing is awaited any more. */
  get #front(): number {
    return Math.max(this.#offset, this.#forgone);
  }

  /** Whether what is missing next was asked for already, so that it is to be done without. */
  #givesUp(): boolean {
    if (this.#askedFrom !== this.#offset) {
      this.#askedFrom = this.#offset;
      return false;
    }
    this.#hasHole = this.#tellsOutcome = true;
    return true;
  }

  /** Sees whether nothing has come for too long. */
  #look(): void {
    if (!this.#isBehind) return;
    const waitMs = this.#since + TIMING.missingAfterMs - this.#options.surroundings.elapsed();
    if (waitMs > 0) return this.#lookAfter(waitMs);
    if (!this.#givesUp()) return this.#options.missing();
    this.#forgone = this.#newest;
    this.settle();
  }

  #lookAfter(ms: number): void {
    const { elapsed, after } = this.#options.surroundings;
    this.#cancelTimer?.();
    const plannedAt = elapsed() + ms;
    this.#cancelTimer = after(ms, () => {
      // A timer this late means that the process slept or was busy: what came in meanwhile is still to be read.
      if (elapsed() - plannedAt > TIMING.lateMs) this.#since = elapsed();
      this.#look();
    });
  }
}
