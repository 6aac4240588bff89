/**
 * The lease by which a node has its rows: its node_id, when it was confirmed, what may be done by it. When it is renewed or
 * replaced is presence.ts's business.
 *
 * Invariant: only the database says whether a lease is over; what is known here is since when that was not asked.
 *
 * @module
 */

import { systemTime, type Time } from "./clock.ts";
import type { Log } from "./log.ts";
import { reapNodes, renewLease, replaceNode } from "./nodes_sql.ts";
import type { PresenceRows } from "./presence_rows.ts";
import type { NodeOn } from "./presence_sql.ts";
import type { Database } from "./queries.ts";

/** What {@linkcode NodeLease} takes. */
export interface NodeLeaseOptions {
  readonly database: Database;
  /** How long a node may be silent before others take its names, in ms. */
  readonly leaseMs: number;
  /** How long a session that is away may come back, in ms. */
  readonly graceMs: number;
  /** How many days it is known who was here; 0: not at all. */
  readonly visitsDays: number;
  readonly log: Log;
  readonly time?: Time;
}

/** The lease of one node, and those that come after it. */
export class NodeLease {
  readonly #options: NodeLeaseOptions;
  readonly #time: Time;
  #nodeId: string = crypto.randomUUID();
  /** Kept over a try that failed: its commit may have come after the deadline. */
  #nextNodeId: string = crypto.randomUUID();
  /** When the newest renewal was begun, by both clocks: one of them stands still while the machine sleeps. */
  #confirmedAt = { elapsed: -Infinity, now: -Infinity };
  /** By `elapsed`: from when on nodes whose lease is over are dead, and from when on their names are free. */
  #reapFrom = 0;
  #takeFrom = 0;

  constructor(options: NodeLeaseOptions) {
    this.#options = options;
    this.#time = options.time ?? systemTime;
  }

  /** The node, and where its rows are written. */
  get own(): NodeOn {
    const { database: on, visitsDays } = this.#options;
    return { on, nodeId: this.#nodeId, keepsVisits: visitsDays > 0 };
  }

  /** The only node that loses its names with its lease; `undefined` where any does. */
  get takesFrom(): string | undefined {
    return this.#time.elapsed() < this.#takeFrom ? this.#nodeId : undefined;
  }

  /** Whether it is time to renew. */
  get isDue(): boolean {
    return this.#unconfirmedMs >= this.#options.leaseMs / 3;
  }

  /** Whether it may be over: then the process has slept. */
  get mayBeOver(): boolean {
    return this.#unconfirmedMs >= this.#options.leaseMs;
  }

  /**
   * Prolongs it; false where it is over.
   *
   * @throws {DatabaseError} If the database is away.
   */
  async renew(): Promise<boolean> {
    const begun = this.#clocks();
    const isRenewed = await renewLease(this.own, this.#options.leaseMs);
    if (isRenewed) this.#confirmedAt = begun;
    return isRenewed;
  }

  /**
   * Takes a new lease, under a new node_id, and writes all rows for it, in one transaction.
   *
   * @param isReturn Whether the database, or this node, was away: then others may have been too and be about to come back,
   *   and for one lease nobody's name is free but by their own wish.
   * @throws {DatabaseError} If the database is away.
   */
  async replace(rows: PresenceRows, isReturn: boolean): Promise<void> {
    const { database, leaseMs, graceMs } = this.#options;
    const begun = this.#clocks();
    const [old, nodeId] = [this.#nodeId, this.#nextNodeId];
    await rows.rewrite(async (ends, write) => {
      await database.transaction((on) => {
        const own = { ...this.own, on, nodeId };
        const claim = () => write({ ...own, takesFrom: isReturn ? old : undefined });
        return replaceNode(own, { old, leaseMs, graceMs, ends, claim });
      });
      this.#nodeId = nodeId;
      this.#nextNodeId = crypto.randomUUID();
      this.#confirmedAt = begun;
      // Other nodes could not renew either: who comes back first must not take the others for dead.
      this.#reapFrom = this.#time.elapsed() + leaseMs;
      if (isReturn) this.#takeFrom = this.#reapFrom;
    });
  }

  /**
   * Removes the nodes that are dead, and with them their sessions, and a part of what is too old in the log of visits.
   *
   * @returns The client_ids of those sessions, to one node of all that ask.
   * @throws {DatabaseError} If the database is away.
   */
  async reap(): Promise<readonly string[]> {
    if (this.#time.elapsed() < this.#reapFrom) return [];
    const { log } = this.#options;
    const { nodes, clientIds } = await reapNodes(this.own, this.#options);
    for (const { node, lost } of nodes) {
      // Of a node that has left properly all are away, or elsewhere.
      log[lost > 0 ? "warning" : "info"]("node_reaped", { node, lost });
    }
    return clientIds;
  }

  get #unconfirmedMs(): number {
    const { elapsed, now } = this.#confirmedAt;
    return Math.max(this.#time.elapsed() - elapsed, this.#time.now() - now);
  }

  #clocks(): { readonly elapsed: number; readonly now: number } {
    return { elapsed: this.#time.elapsed(), now: this.#time.now() };
  }
}
