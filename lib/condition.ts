/**
 * How the server is: whether it has its database and its broker, and whether it is leaving. What the clients and the probes
 * are told comes from here.
 *
 * @module
 */

import type { Time } from "./clock.ts";
import type { Journal } from "./journal.ts";
import type { PresencePort } from "./presence.ts";
import type { ServerMessageOf } from "./protocol.ts";

/** For so long the broker may be away, in ms, before new clients are sent elsewhere. */
const BROKER_PATIENCE_MS = 10_000;

/** What {@linkcode Condition} takes. */
export interface ConditionOptions {
  readonly presence: Pick<PresencePort, "up">;
  readonly journal: Pick<Journal, "broker">;
  readonly time: Time;
}

/** The condition of one node. */
export class Condition {
  readonly #options: ConditionOptions;
  /** Whether the server is leaving. */
  draining = false;
  #told: ServerMessageOf<"status">;
  /** By `elapsed`. */
  #brokerLostAt: number | undefined;
  #hadBroker = false;

  constructor(options: ConditionOptions) {
    this.#options = options;
    this.#told = { type: "status", database: "up", broker: "none", draining: false };
    this.change();
  }

  /** The message that tells of it. */
  get status(): ServerMessageOf<"status"> {
    const { presence, journal } = this.#options;
    const { draining } = this;
    const database = presence.up ? "up" : "down";
    return { type: "status", database, broker: journal.broker, draining };
  }

  /** Whether all is there. */
  get isWell(): boolean {
    const { database, broker } = this.status;
    return database === "up" && broker !== "down";
  }

  /** Why no new clients should be sent here, if so. */
  get unready(): string | undefined {
    if (this.draining) return "the server is leaving";
    if (!this.#options.presence.up) return "the database is away";
    return this.stillLacksBroker || !this.#hadBroker ? "the broker is away" : undefined;
  }

  /** Whether the broker has been away for so long that it is not to be waited for. */
  get stillLacksBroker(): boolean {
    const awayMs = this.#options.time.elapsed() - (this.#brokerLostAt ?? Infinity);
    return awayMs >= BROKER_PATIENCE_MS;
  }

  /** To be called when the database or the broker came or went; returns whether that is news. */
  change(): boolean {
    const told = this.#told;
    const { status } = this;
    this.#hadBroker ||= status.broker !== "down";
    if (status.broker !== "down") this.#brokerLostAt = undefined;
    else this.#brokerLostAt ??= this.#options.time.elapsed();
    this.#told = status;
    return status.database !== told.database || status.broker !== told.broker;
  }
}
