/**
 * The rows that one node is to have, and what of them is still to be written. When it is written, and what is done where
 * the database is away or the lease is lost, is presence.ts's business.
 *
 * Invariant: of all that was asked for a session the last thing wins, whatever was under way; once nothing is pending,
 * the node's rows are those that are kept here.
 *
 * @module
 */

import type { Time } from "./clock.ts";
import { type Ended, EndedSessions } from "./ended_sessions.ts";
import type { Log } from "./log.ts";
import {
  claimNames,
  type End,
  findSessions,
  type NodeOn,
  type PresenceRow,
  releaseNames,
  type ResumedRow,
  resumeSessions,
} from "./presence_sql.ts";

/**
 * A session that wants its name, or wants it again; no two of one node want the same at a time. `connectedAt` is set
 * where it comes back; `version` is 0 for a new one.
 */
export type Claimant = Omit<PresenceRow, "away">;

/**
 * What became of a claim: the name is held since `connectedAt`; somebody else holds it, or another node has the session;
 * or the database is away, and the claim is made when it is back.
 */
export type ClaimOutcome =
  | { readonly is: "held"; readonly connectedAt: Date }
  | { readonly is: "taken" }
  | { readonly is: "unrecorded" };

/** A session that this node has taken over: since when it is connected, and its version, one more than before. */
export type Resumed = Omit<ResumedRow, "sessionHash">;

/** A node that has a lease, where its rows are written, and from whom it may take names. */
export interface Lease extends NodeOn {
  /** Whether the lease is not over yet. */
  readonly holds: () => Promise<boolean>;
  /** The only other node that loses its names with its lease; `undefined` where any does. */
  readonly takesFrom: string | undefined;
}

/** What {@linkcode PresenceRows} takes. */
export interface PresenceRowsOptions {
  /** How long a session that is away keeps its name, in ms. */
  readonly graceMs: number;
  readonly time: Time;
  readonly log: Log;
  /** Called when the name of a connected session that was written anew turned out to be somebody else's. */
  readonly taken: (clientId: string) => void;
  /** Called when such a session turned out to be another node's. */
  readonly moved: (clientId: string) => void;
}

interface Row extends Omit<Claimant, "connectedAt"> {
  connectedAt: Date | undefined;
  /** `undefined` while it is connected. */
  away: Ended | undefined;
  /** Whether a statement had it, so that the database may have it too. */
  sent: boolean;
  /** Whether another node has it, where it was refused. */
  isElsewhere: boolean;
  settle: ((outcome: ClaimOutcome) => void) | undefined;
}

interface Resumption {
  readonly sessionHash: string;
  readonly found: (resumed: Resumed | "away" | undefined) => void;
}

/** The most rows of one statement: also a slow machine is to write them within the deadline. */
const BATCH = 1000;

/** The rows of one node. */
export class PresenceRows {
  readonly #options: PresenceRowsOptions;
  /** Everyone who is to have a row, by client_id. */
  readonly #live = new Map<string, Row>();
  /** Those of them that are to be written as they are now. */
  readonly #unwritten = new Set<Row>();
  /** Those whose rows are to go, by client_id. */
  readonly #released: EndedSessions;
  #resumptions: Resumption[] = [];
  /** Whether what is asked will be written soon. */
  #recording = false;

  constructor(options: PresenceRowsOptions) {
    this.#options = options;
    this.#released = new EndedSessions(options.time);
  }

  /** Whether there is something to write. */
  get pending(): boolean {
    return this.#released.size + this.#resumptions.length + this.#unwritten.size > 0;
  }

  /** Wants a row for a session that is connected. Never rejects. */
  claim(claimant: Claimant): Promise<ClaimOutcome> {
    const { promise, resolve } = Promise.withResolvers<ClaimOutcome>();
    const { clientId } = claimant;
    const sent = this.#drop(clientId)?.sent ?? this.#released.delete(clientId);
    const row: Row = { ...claimant, away: undefined, sent, isElsewhere: false, settle: resolve };
    this.#live.set(clientId, row);
    this.#unwritten.add(row);
    if (!this.#recording) this.#leaveUnrecorded(row);
    return promise;
  }

  /** Wants a session's row away for the grace from now on; `code`: that of the close. Idempotent. */
  leave(clientId: string, code: number): void {
    const row = this.#live.get(clientId);
    if (row === undefined || row.away !== undefined) return;
    row.away = { code, at: this.#options.time.elapsed() };
    this.#unwritten.add(row);
  }

  /** Wants no row for a session any more; `code`: that of the close. Idempotent. */
  release(clientId: string, code: number): void {
    const row = this.#drop(clientId);
    if (!row?.sent) return;
    this.#released.add(clientId, row.away ?? { code, at: this.#options.time.elapsed() });
    // Of those that are forgotten the database's return leaves the rows away, until nobody may come back.
    if (!this.#recording) this.#released.bound();
  }

  /**
   * These rows were a dead node's and are deleted. It may have taken over sessions of this node, but not their sockets:
   * they want their rows again.
   *
   * @returns The others.
   */
  claimAgain(clientIds: readonly string[]): string[] {
    return clientIds.filter((clientId) => {
      const row = this.#live.get(clientId);
      if (row !== undefined) this.#unwritten.add(row);
      return row === undefined;
    });
  }

  /** Wants a session from another node; `undefined` where there is none, `away` where nothing is written. Never rejects. */
  resume(sessionHash: string): Promise<Resumed | "away" | undefined> {
    if (!this.#recording) return Promise.resolve("away");
    const { promise, resolve } = Promise.withResolvers<Resumed | "away" | undefined>();
    this.#resumptions.push({ sessionHash, found: resolve });
    return promise;
  }

  /** Nothing is written for now: whoever waits is answered, and so is who asks from now on. */
  pause(): void {
    this.#recording = false;
    for (const row of this.#unwritten) this.#leaveUnrecorded(row);
    for (const { found } of this.#resumptions.splice(0)) found("away");
  }

  /**
   * Writes what is pending, in at most three statements.
   *
   * @returns False where the lease turned out to be lost: then all is to be rewritten.
   * @throws {DatabaseError} If the database is away; nothing is forgotten.
   */
  async write(lease: Lease): Promise<boolean> {
    // Whoever wants a name that was released is written only after that release: those who come meanwhile are next.
    const rows = [...this.#unwritten].slice(0, BATCH);
    await this.writeReleases(lease);
    return await this.#writeResumptions(lease) && await this.#writeRows(lease, rows);
  }

  /**
   * Deletes the rows of those who were released.
   *
   * @throws {DatabaseError} If the database is away; nothing is forgotten.
   */
  async writeReleases(own: NodeOn): Promise<void> {
    if (this.#released.size === 0) return;
    await this.#released.write(async (take) => {
      const ends = take();
      await releaseNames(own, ends);
      this.#options.log.debug("names_released", { rows: ends.length });
    });
  }

  /**
   * Writes all rows anew, for a node that has none that matter; from then on they are kept right.
   *
   * @param transact Runs what it is given in a transaction, perhaps several times; `ends` are the sessions that have ended
   *   since, of which the database may have rows.
   * @throws Whatever `transact` does.
   */
  async rewrite(
    transact: (
      ends: () => readonly End[],
      work: (lease: Omit<Lease, "holds">) => Promise<void>,
    ) => Promise<void>,
  ): Promise<void> {
    let rows: Row[] = [];
    let refused: Row[] = [];
    const work = async (lease: Omit<Lease, "holds">) => {
      refused = [];
      for (let start = 0; start < rows.length; start += BATCH) {
        refused.push(...await this.#send(lease, rows.slice(start, start + BATCH)));
      }
    };
    try {
      // Both of the same moment: whoever has a name by then is written only after whoever had it before.
      const take = (ends: readonly End[]) => {
        rows = [...this.#live.values()];
        this.#unwritten.clear();
        for (const row of rows) row.sent = true;
        return ends;
      };
      await this.#released.write((takeEnds) => transact(() => take(takeEnds()), work));
    } catch (error) {
      this.#putBack(rows);
      throw error;
    }
    this.#recording = true;
    this.#settle(rows, refused);
  }

  async #writeResumptions(lease: Lease): Promise<boolean> {
    const resumptions = this.#resumptions.splice(0, BATCH);
    if (resumptions.length === 0) return true;
    try {
      const hashes = resumptions.map(({ sessionHash }) => sessionHash);
      const rows = await resumeSessions(lease, hashes);
      // Nothing comes back for an unknown session, and nothing at all for a node without a lease.
      if (rows.length === 0 && !await lease.holds()) {
        this.#resumptions.unshift(...resumptions);
        return false;
      }
      const resumed = new Map(rows.map((row) => [row.sessionHash, this.#keep(row)]));
      for (const { sessionHash, found } of resumptions) found(resumed.get(sessionHash));
      this.#options.log.debug("sessions_resumed", { rows: rows.length });
      return true;
    } catch (error) {
      for (const { found } of resumptions) found("away");
      throw error;
    }
  }

  /** Takes in a session that is this node's now. */
  #keep({ sessionHash, ...resumed }: ResumedRow): Resumed {
    this.#drop(resumed.clientId);
    this.#released.delete(resumed.clientId);
    const state = { away: undefined, sent: true, isElsewhere: false, settle: undefined };
    this.#live.set(resumed.clientId, { ...resumed, sessionHash, ...state });
    return resumed;
  }

  async #writeRows(lease: Lease, wanted: readonly Row[]): Promise<boolean> {
    const rows = wanted.filter((row) => this.#unwritten.has(row));
    if (rows.length === 0) return true;
    for (const row of rows) this.#unwritten.delete(row);
    try {
      const refused = await this.#send(lease, rows);
      // No row comes back for a taken name, and none at all for a node without a lease.
      if (refused.length === rows.length && !await lease.holds()) {
        this.#putBack(rows);
        return false;
      }
      this.#settle(rows, refused);
      this.#options.log.debug("names_claimed", { rows: rows.length, refused: refused.length });
      return true;
    } catch (error) {
      this.#putBack(rows);
      throw error;
    }
  }

  /** Writes rows as they are now; returns those that got none because they are others'. */
  async #send(lease: Omit<Lease, "holds">, rows: readonly Row[]): Promise<Row[]> {
    for (const row of rows) row.sent = true;
    const { takesFrom } = lease;
    const held = await claimNames(lease, {
      rows: rows.map((row) => this.#toWrite(row)),
      takesFrom,
    });
    for (const row of rows) row.connectedAt = held.get(row.clientId) ?? row.connectedAt;
    const refused = rows.filter((row) => !held.has(row.clientId));
    const lost = refused.filter(({ settle, away }) => settle === undefined && away === undefined);
    if (lost.length > 0) {
      const found = await findSessions(lease.on, lost.map(({ clientId }) => clientId));
      for (const row of lost) row.isElsewhere = found.has(row.clientId);
    }
    return refused;
  }

  #toWrite(row: Row): PresenceRow {
    if (row.away === undefined) return { ...row, away: undefined };
    const { graceMs, time } = this.#options;
    const agoMs = time.elapsed() - row.away.at;
    const { code } = row.away;
    return { ...row, away: { leftMs: Math.max(0, graceMs - agoMs), agoMs, code } };
  }

  #settle(rows: readonly Row[], refused: readonly Row[]): void {
    for (const row of refused) {
      // A claim that came meanwhile is written by itself.
      if (this.#live.get(row.clientId) !== row) continue;
      this.#live.delete(row.clientId);
      this.#unwritten.delete(row);
      if (row.settle !== undefined) settle(row, { is: "taken" });
      else if (row.isElsewhere) this.#options.moved(row.clientId);
      else if (row.away === undefined) this.#options.taken(row.clientId);
    }
    for (const row of rows) {
      if (row.connectedAt !== undefined) settle(row, { is: "held", connectedAt: row.connectedAt });
    }
  }

  #putBack(rows: readonly Row[]): void {
    for (const row of rows) if (this.#live.get(row.clientId) === row) this.#unwritten.add(row);
  }

  #drop(clientId: string): Row | undefined {
    const row = this.#live.get(clientId);
    if (row === undefined) return undefined;
    this.#live.delete(clientId);
    this.#unwritten.delete(row);
    settle(row, { is: "unrecorded" });
    return row;
  }

  #leaveUnrecorded(row: Row): void {
    row.connectedAt ??= new Date(this.#options.time.now());
    settle(row, { is: "unrecorded" });
  }
}

function settle(row: Row, outcome: ClaimOutcome): void {
  row.settle?.(outcome);
  row.settle = undefined;
}
