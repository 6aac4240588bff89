/**
 * When the database is asked who is there: as soon as something may have been missed, and each 30 s. What becomes of the
 * answer is peers.ts's business.
 *
 * Invariant: it is asked one thing at a time, and at most once a second.
 *
 * @module
 */

import type { Time } from "./clock.ts";
import { describeError, type Log } from "./log.ts";
import type { PresenceEntry, PresencePort } from "./presence.ts";
import { DatabaseError } from "./queries.ts";

/** How often it is looked whether one is due; also the least time between two. */
const BEAT_MS = 1000;
/** When one is taken though nothing was missed. */
const PUT_RIGHT_MS = 30_000;
/** When one is taken again that failed. */
const AGAIN_MS = 5000;
/** When one is taken again that could not decide everything, since what was told shortly before had not settled. */
const OPEN_MS = 2000;

/** What {@linkcode Snapshots} takes. */
export interface SnapshotsOptions {
  readonly presence: Pick<PresencePort, "snapshot">;
  readonly log: Log;
  readonly time: Time;
  /** Called when one is asked for. */
  readonly asked: (at: number) => void;
  /** Called with each that was asked for at `began`; returns whether it has left nothing open. */
  readonly taken: (entries: readonly PresenceEntry[], began: number) => boolean;
  /** Called when one was taken, or has failed. */
  readonly ended: () => void;
}

/** The snapshots of one node. */
export class Snapshots {
  readonly #options: SnapshotsOptions;
  readonly #time: Time;
  #isUnderWay = false;
  #endedAt = -Infinity;
  /** When the next one is to be taken. */
  #dueAt = -Infinity;
  #isFailing = false;
  #stopped = false;
  #cancelBeat: () => void = () => {};

  constructor(options: SnapshotsOptions) {
    this.#options = options;
    this.#time = options.time;
  }

  /** Takes the first one at once. */
  start(): void {
    this.#takeIfDue();
    this.#cancelBeat = this.#time.after(BEAT_MS, () => this.start());
  }

  /** Wants one as soon as may be. */
  want(): void {
    this.#dueAt = -Infinity;
    this.#takeIfDue();
  }

  /** Wants one after a while, since something was left open. */
  wantLater(afterMs = OPEN_MS): void {
    this.#dueAt = Math.min(this.#dueAt, this.#time.elapsed() + afterMs);
  }

  /** Takes no more; one that is under way is not told of. */
  stop(): void {
    this.#stopped = true;
    this.#cancelBeat();
  }

  #takeIfDue(): void {
    const now = this.#time.elapsed();
    const isDue = now >= this.#dueAt && now >= this.#endedAt + BEAT_MS;
    if (isDue && !this.#isUnderWay) void this.#take(now);
  }

  async #take(began: number): Promise<void> {
    const { presence, asked, taken, ended } = this.#options;
    this.#isUnderWay = true;
    this.#dueAt = began + PUT_RIGHT_MS;
    asked(began);
    try {
      const entries = await presence.snapshot();
      if (this.#stopped) return;
      this.#isFailing = false;
      if (!taken(entries, began)) this.wantLater();
    } catch (error) {
      this.#complain(error);
      this.wantLater(AGAIN_MS);
    } finally {
      this.#isUnderWay = false;
      this.#endedAt = this.#time.elapsed();
      ended();
    }
  }

  #complain(error: unknown): void {
    // Of a database that is known to be away presence.ts has told.
    const isKnown = error instanceof DatabaseError && error.code === "AWAY";
    if (isKnown || this.#isFailing) return;
    this.#isFailing = true;
    this.#options.log.warning("snapshot_failed", {
      reason: describeError(error),
      remedy: "check the server behind DATABASE_URL: who is on other nodes may be shown wrong",
      retry_ms: AGAIN_MS,
    });
  }
}
